"""Lets tests import what they share: `tests` is no package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "shared"))
