"""The bots that ship."""

from pathlib import Path

FLOWS = Path(__file__).parents[2] / "flows"
BOTS = [FLOWS / f"{name}.yaml" for name in ("clinic", "reception", "survey")]
