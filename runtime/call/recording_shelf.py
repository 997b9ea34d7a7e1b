"""The recordings of calls, on disk: one file a call, below the day on which it began (UTC)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from runtime.call.recording_writer import RecordingFile, RecordingWriter
from runtime.carrier import wav

_ID: Final = re.compile(r"[0-9a-f]{32}")
_PIECE: Final = 65536


@dataclass(frozen=True, slots=True)
class Shelved:
    """A recording on the shelf."""

    call: str
    """The call's id, ours."""
    path: Path
    size: int
    """Bytes."""
    changed_at: float
    """POSIX seconds; that of a live call is of this moment or the last."""


class RecordingShelf:
    """Where the recordings of a process lie; all but `open` blocks on the disk.

    What callers leave (`record`) and what authors play lies elsewhere.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer = RecordingWriter()

    def open(self, call: str, began_at: float) -> tuple[RecordingFile, str]:
        """Begin the recording of a call; return it, and its path below the data folder."""
        day = datetime.fromtimestamp(began_at, UTC).date().isoformat()
        path = self._folder / day / f"{call}.wav"
        name = path.relative_to(self._folder.parent).as_posix()
        return self._writer.open(call, path), name

    def find(self, call: str) -> Path | None:
        """Return where the call's recording lies, if there is one."""
        if _ID.fullmatch(call) is None:
            return None
        return next(self._folder.glob(f"*/{call}.wav"), None)

    def read(self, call: str) -> tuple[int, Iterator[bytes]] | None:
        """Return the recording's length and its bytes, as of now: that of a live call grows."""
        path = self.find(call)
        if path is None:
            return None
        try:
            file = path.open("rb")
        except FileNotFoundError:
            # Deleted this very moment.
            return None
        head = file.read(wav.STEREO_HEADER_BYTES)
        if len(head) < wav.STEREO_HEADER_BYTES:
            # The disk was full at once.
            file.close()
            return None
        length = wav.length(head)
        return length, _pieces(file, head, length)

    def delete(self, call: str) -> bool:
        """Delete the call's recording, and end it where it goes on; False where there is none."""
        path = self.find(call)
        if path is None:
            return False
        path.unlink(missing_ok=True)
        return True

    def __iter__(self) -> Iterator[Shelved]:
        """Iterate over all recordings, the oldest day first."""
        for path in sorted(self._folder.glob("*/*.wav")):
            try:
                facts = path.stat()
            except FileNotFoundError:
                # Somebody else has just deleted it.
                continue
            yield Shelved(path.stem, path, facts.st_size, facts.st_mtime)

    def close(self) -> None:
        """Write what is still to be written; no call may be recorded any more."""
        self._writer.close()


def _pieces(file: BinaryIO, head: bytes, length: int) -> Iterator[bytes]:
    with file:
        yield head
        left = length - len(head)
        while left > 0 and (piece := file.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece
