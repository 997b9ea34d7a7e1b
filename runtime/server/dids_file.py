"""The DIDs' file as it was saved: read and checked again only where that may change something."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime.flow.dids import Dids, read_dids
from runtime.server.disk import Stamp, key, stamp

Variables = tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class SavedDids:
    """What came of the file: the DIDs unless there is an error, and what is wrong."""

    dids: Dids | None = None
    problems: tuple[str, ...] = ()
    variables: Mapping[str, Variables] = field(default_factory=dict)
    """Of each flow's file: those of the numbers that it answers, each once."""


@dataclass(slots=True)
class DidsFile:
    """Reads the file; not again while neither it nor the flows' names have changed."""

    path: Path
    _newest: SavedDids = field(default_factory=SavedDids)
    _made_of: tuple[Stamp, frozenset[str]] | None = None

    def read(self, flows: Collection[str], touched: Collection[Path] = ()) -> SavedDids:
        """Return the file's newest reading; `flows` are the names of the flows' files. Blocks."""
        made_of = (stamp(self.path), frozenset(flows))
        if made_of != self._made_of or key(self.path) in touched:
            self._newest, self._made_of = _read(self.path, flows), made_of
        return self._newest


def _read(path: Path, flows: Collection[str]) -> SavedDids:
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        return SavedDids(None, (f"{path}: there is no such file",))
    except (OSError, UnicodeDecodeError) as exc:
        return SavedDids(None, (f"{path}: cannot be read: {exc}",))
    reading = read_dids(text, str(path), flows=flows)
    problems = tuple(str(x) for x in reading.problems if x.is_error)
    if reading.dids is None:
        return SavedDids(None, problems)
    return SavedDids(reading.dids, problems, _variables(reading.dids))


def _variables(dids: Dids) -> Mapping[str, Variables]:
    found: dict[str, dict[str, Mapping[str, object]]] = {}
    for _, entry in dids.named():
        for each in entry.possible:
            if each.variables:
                found.setdefault(each.flow, {})[repr(each.variables)] = each.variables
    return {flow: tuple(each.values()) for flow, each in found.items()}
