"""The bots that ship."""

from pathlib import Path

FLOWS = Path(__file__).parents[2] / "flows"
BOTS = [FLOWS / f"{name}.yaml" for name in ("clinic", "reception", "survey")]


def beside(name: str) -> bytes | None:
    """Open what a bot that ships includes."""
    path = FLOWS / name
    return path.read_bytes() if path.is_file() else None
