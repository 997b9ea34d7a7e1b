import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def node_packages() -> Path:
    """What package-lock.json names, installed once, whichever worker comes first."""
    packages, lock = HERE / "node_modules", HERE / "package-lock.json"
    # npm writes it last.
    installed = packages / ".package-lock.json"
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
            npm = shutil.which("npm")
            subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    return packages
