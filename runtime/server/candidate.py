"""A flow's file as it was saved: read, checked and tested, but not serving yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os.path import relpath
from pathlib import Path

from runtime.flow.model import Flow
from runtime.flow.reading import read_flow
from runtime.flow.references import has_states
from runtime.flow.replay.versions import is_text
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
    files: Mapping[str, str] = field(default_factory=dict)
    """The texts that the flow is made of, by their paths from its folder; its own is the first.

    Of its recordings it has the paths only.
    """
    is_part: bool = False
    """It is good for other flows only: it has no states, or where nothing follows it returns."""


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
        is_part = _is_good_for_others(text, path, disk)
        return Candidate(None, problems, disk.stamps, is_part=is_part)
    problems = failures(reading.flow, tests, disk) if tests else ()
    if problems:
        return Candidate(None, problems, disk.stamps)
    return Candidate(reading.flow, (), disk.stamps, _texts(reading.flow, path, disk))


def _texts(flow: Flow, path: Path, disk: Disk) -> Mapping[str, str]:
    return {
        relpath(file, path.parent): disk.read(Path(file)).decode(errors="replace")
        if is_text(file)
        else ""
        for file in flow.files
    }


def _is_good_for_others(text: str, path: Path, disk: Disk) -> bool:
    root = read_source(text, path.name).root
    if isinstance(root, Fields) and bool(root.entries) and not has_states(root):
        return True
    reading = read_flow(text, str(path), open_file=disk.opener(path.parent), is_run=True)
    return reading.flow is not None
