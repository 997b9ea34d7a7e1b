"""A flow's file as it was saved: read, checked and tested, but not serving yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.flow.model import Flow
from runtime.flow.reading import read_flow
from runtime.flow.source import Fields, read_source
from runtime.server.disk import Disk, Stamps
from runtime.server.own_tests import failures


@dataclass(frozen=True, slots=True)
class Candidate:
    """What came of a file."""

    flow: Flow | None
    """None where the file has mistakes or one of its tests fails."""
    problems: tuple[str, ...]
    stamps: Stamps
    """Of all files that had a part in it."""
    is_part: bool = False
    """It has no states: a file that others include."""


def read_candidate(path: Path, tests: Sequence[Path]) -> Candidate:
    """Read and check a flow, and run `tests`; pure work that takes its time, so in a thread."""
    disk = Disk()
    try:
        text = disk.read(path).decode()
    except (OSError, UnicodeDecodeError) as exc:
        return Candidate(None, (f"{path}: cannot be read: {exc}",), disk.stamps)
    reading = read_flow(text, str(path), open_file=disk.opener(path.parent))
    problems = tuple(str(problem) for problem in reading.problems if problem.is_error)
    if reading.flow is None:
        return Candidate(None, problems, disk.stamps, is_part=_has_no_states(text, path))
    problems = failures(reading.flow, tests, disk) if tests else ()
    return Candidate(None if problems else reading.flow, problems, disk.stamps)


def _has_no_states(text: str, path: Path) -> bool:
    root = read_source(text, path.name).root
    return isinstance(root, Fields) and bool(root.entries) and "states" not in root.entries
