"""The author's sound files, as they were when their flow was loaded."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from providers.base import ProviderError
from runtime.carrier import wav


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Recording:
    """One sound file; a file that is saved anew is another recording."""

    audio: bytes
    """Mu-law."""
    digest: str

    @classmethod
    def read(cls, path: str) -> "Recording":
        """Read a WAV file. Raises `ProviderError` where it cannot be played."""
        try:
            audio = wav.read(Path(path).read_bytes())
        except (OSError, wav.WavProblem) as exc:
            raise ProviderError(f"{path} cannot be played: {exc}", retryable=False) from exc
        return cls(audio, hashlib.sha256(audio).hexdigest())


class Recordings:
    """Lets the versions of a flow share the recordings that did not change between them."""

    def __init__(self) -> None:
        self._known: WeakValueDictionary[str, Recording] = WeakValueDictionary()

    def read(self, paths: Iterable[str]) -> Mapping[str, Recording]:
        """Read the files, by their paths; blocks. Raises `ProviderError`."""
        found = {path: Recording.read(path) for path in paths}
        return {path: self._known.setdefault(x.digest, x) for path, x in found.items()}
