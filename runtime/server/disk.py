"""The author's files as they stand on the disk, and how to tell that they have changed."""

from collections.abc import Mapping
from os.path import normpath
from pathlib import Path

from runtime.flow.document.draft import OpenFile

Stamp = tuple[int, int, int] | None
"""Time of change, size and number of a file; None: there is none."""

Stamps = Mapping[Path, Stamp]


def key(path: Path) -> Path:
    """Return the one name by which a file is compared, however it was named.

    Symbolic links stay: a folder that is swapped as a whole (as Kubernetes does) is a change.
    """
    return Path(normpath(path.absolute()))


def stamp(path: Path) -> Stamp:
    """Return how the file stands now."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino


def changed(stamps: Stamps) -> bool:
    """Tell whether any of the files stands otherwise by now."""
    return any(stamp(path) != before for path, before in stamps.items())


class Disk:
    """The files as one load sees them: each is read once, so that all who ask see the same.

    `stamps` are those of all files that were asked for, also of those that are missing. They are
    taken before the reading: a save in between shows as a change.
    """

    def __init__(self) -> None:
        self.stamps: dict[Path, Stamp] = {}
        self._contents: dict[Path, bytes] = {}

    def read(self, path: Path) -> bytes:
        """Return the file's content. Raises `OSError`."""
        name = key(path)
        if name not in self._contents:
            self.stamps[name] = stamp(name)
            self._contents[name] = path.read_bytes()
        return self._contents[name]

    def opener(self, folder: Path) -> OpenFile:
        """Return what opens files that are named relative to `folder`."""

        def open_file(name: str) -> bytes | None:
            path = folder / name
            self.stamps.setdefault(key(path), stamp(path))
            try:
                # Anything else (a pipe, a device) could be read for ever.
                return self.read(path) if path.is_file() else None
            except OSError:
                return None

        return open_file
