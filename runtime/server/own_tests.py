"""A flow's own tests: the files of conversations beside it, run before a version serves."""

from collections.abc import Mapping, Sequence
from os.path import normpath
from pathlib import Path

from runtime.call.classifiers import Classifiers
from runtime.flow.conversation.reading import TEST_ENDING, read_conversations
from runtime.flow.conversation.rehearsal import Rank
from runtime.flow.conversation.running import run
from runtime.flow.model import Flow
from runtime.flow.source import Fields, Scalar, read_source
from runtime.server.disk import Disk, Stamp, stamp


class OwnTests:
    """Knows which files of tests stand beside the flows of a folder, and whose they are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._owners: dict[Path, tuple[Stamp, Path]] = {}

    def by_flow(self) -> Mapping[Path, tuple[Path, ...]]:
        """Look, and return the files of tests of each flow; blocks."""
        owners: dict[Path, tuple[Stamp, Path]] = {}
        found: dict[Path, tuple[Path, ...]] = {}
        for path in sorted(self._folder.glob(f"*{TEST_ENDING}")):
            now = stamp(path)
            known = self._owners.get(path)
            owner = known[1] if known and known[0] == now else self._owner(path)
            owners[path] = (now, owner)
            found[owner] = (*found.get(owner, ()), path)
        self._owners = owners
        return found

    def _owner(self, path: Path) -> Path:
        """Return the flow that the file tests: by its `flow:`, or by its name if that is lost."""
        name = f"{path.name.removesuffix(TEST_ENDING)}.yaml"
        try:
            root = read_source(path.read_bytes().decode(), path.name).root
        except (OSError, UnicodeDecodeError):
            root = None
        if isinstance(root, Fields) and "flow" in root.entries:
            written = root.entries["flow"].value
            if isinstance(written, Scalar) and written.text.strip():
                name = written.text.strip()
        return Path(normpath(self._folder / name))


def failures(flow: Flow, tests: Sequence[Path], disk: Disk) -> tuple[str, ...]:
    """Run the tests; return a line for each that fails, and for each mistake in their files."""
    rank = _rank(flow)
    found: list[str] = []
    for path in tests:
        try:
            text = disk.read(path).decode()
        except (OSError, UnicodeDecodeError) as exc:
            found.append(f"{path}: cannot be read: {exc}")
            continue
        reading = read_conversations(text, str(path), open_file=disk.opener(path.parent))
        found += (str(problem) for problem in reading.problems if problem.is_error)
        for conversation in reading.conversations:
            failure = run(conversation, rank).failure
            if failure is not None:
                found.append(f"{failure.in_a_line} (test '{conversation.name}')")
    return tuple(found)


def _rank(flow: Flow) -> Rank:
    """Return the light grade, as `callwright test` has it: the result is the same everywhere."""
    classifier = Classifiers("light").of(flow)

    def rank(text: str, among: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
        return tuple((each.intent, each.score) for each in classifier.rank(text, among))

    return rank
