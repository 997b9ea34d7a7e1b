"""The flows that are served: each file's last good version, and the DIDs that lead to them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

from watchfiles import awatch

from providers.base import ProviderError
from runtime.call.equipment import LoadedFlow
from runtime.call.figures import Figures
from runtime.flow.did_entry import DidEntry, Trial
from runtime.flow.dids import Dids, caller_key, read_dids
from runtime.flow.model import Flow
from runtime.flow.reading import read_flow
from runtime.server.trials import Trials

DIDS_FILE = "dids.yaml"
NOT_FLOWS = (DIDS_FILE, "callwright.yaml")
SETTLE_MS = 150
"""An editor saves in several steps; changes within that time are one."""

LOOK_MS = 700
"""How often the files' times are looked at besides."""

log = logging.getLogger(__name__)

Make = Callable[[Flow, Mapping[str, object]], Awaitable[LoadedFlow]]
"""Makes a flow ready (classifier, prompts); raises `ProviderError` where it cannot be served."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A file, the version of it that serves, and what is wrong with the file as it is now."""

    path: Path
    serving: LoadedFlow | None
    problems: tuple[str, ...]
    loaded_at: float
    version: str
    """Of the newest good reading, serving or about to."""

    def as_json(self) -> dict[str, Any]:
        """Return the shape of a row of `GET /v1/flows`."""
        flow = self.serving.flow if self.serving else None
        return {
            "name": flow.name if flow else self.path.stem,
            "file": self.path.name,
            "version": flow.version if flow else None,
            "valid": not self.problems,
            "errors": list(self.problems),
            "loaded_at": self.loaded_at,
        }


def _nobody_counts(reason: str) -> None:
    """Stands where a call belongs to no trial."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What takes a call."""

    loaded: LoadedFlow
    variables: Mapping[str, object]
    """Over the flow's own starting values."""
    ended: Callable[[str], None] = _nobody_counts
    """Is told the end reason when the call has ended."""


class FlowShelf:
    """Reads the folder, and again when a file is saved; a bad file changes nothing that serves."""

    def __init__(self, folder: Path, dids: Path, make: Make, figures: Figures) -> None:
        self._folder = folder
        self._dids_file = dids
        self._make = make
        self._figures = figures
        self._shelved: dict[Path, Shelved] = {}
        self._dids = Dids({})
        self.trials = Trials(figures)
        self._seen: Mapping[Path, int] = {}
        self.dids_problems: tuple[str, ...] = ()

    @property
    def shelved(self) -> tuple[Shelved, ...]:
        """All files, by name."""
        return tuple(self._shelved[path] for path in sorted(self._shelved))

    @property
    def dids(self) -> Dids:
        """The last good DIDs."""
        return self._dids

    def for_did(self, did: str, mobile: str = "", call_id: str = "") -> Answer | None:
        """Return what answers a call to `did`; in a trial the caller's number decides."""
        entry = self._dids.flow_for(did)
        match entry:
            case None:
                return None
            case DidEntry():
                loaded = self._serving(entry.flow)
                return Answer(loaded, entry.variables) if loaded else None
            case Trial():
                name = self._dids.name_of(did)
                for tally in self.trials.choose(name, caller_key(mobile, call_id)):
                    side = tally.side.entry
                    loaded = self._serving(side.flow)
                    if loaded is not None:
                        return Answer(loaded, side.variables, tally.ended)
                return None

    def _serving(self, file: str) -> LoadedFlow | None:
        shelved = self._shelved.get(self._folder / file)
        return shelved.serving if shelved else None

    def _version(self, file: str) -> str | None:
        loaded = self._serving(file)
        return loaded.flow.version if loaded else None

    def by_name(self, name: str) -> LoadedFlow | None:
        """Return the flow of that name, or of that file."""
        for shelved in self._shelved.values():
            flow = shelved.serving
            if flow is not None and name in (flow.flow.name, shelved.path.name, shelved.path.stem):
                return flow
        return None

    async def load(self) -> None:
        """Read everything; what has not changed is left as it is."""
        self._seen = self._stamps()
        self._load_dids()
        files = set(self._flow_files())
        for path in self._shelved.keys() - files:
            del self._shelved[path]
            log.info("flow_removed", extra={"file": path.name})
        for path in sorted(files):
            await self._load_flow(path)
        self.trials.renew(self._dids, self._version)

    async def watch(self) -> None:
        """Load again whenever something in the folder or the DIDs' file is saved."""
        watched = {self._folder, self._dids_file.parent}
        async for changes in awatch(
            *watched,
            step=50,
            debounce=SETTLE_MS,
            rust_timeout=LOOK_MS,
            yield_on_timeout=True,
        ):
            # What was saved before the watch began, or on a disk that tells nothing, shows in
            # the files' own times.
            if changes or self._stamps() != self._seen:
                await self.load()

    def _stamps(self) -> Mapping[Path, int]:
        files = [self._dids_file, *self._flow_files()]
        return {path: path.stat().st_mtime_ns for path in files if path.exists()}

    def _flow_files(self) -> list[Path]:
        names = self._folder.glob("*.yaml")
        return [x for x in names if x.name not in NOT_FLOWS and not x.name.endswith(".test.yaml")]

    def _load_dids(self) -> None:
        try:
            text = self._dids_file.read_text(encoding="utf-8")
        except FileNotFoundError:
            self.dids_problems = (f"{self._dids_file}: there is no such file",)
            return
        except (OSError, UnicodeDecodeError) as exc:
            self.dids_problems = (f"{self._dids_file}: cannot be read: {exc}",)
            return
        names = [path.name for path in self._flow_files()]
        reading = read_dids(text, str(self._dids_file), flows=names)
        problems = tuple(str(problem) for problem in reading.problems if problem.is_error)
        if reading.dids is not None:
            self._dids = reading.dids
        if problems and problems != self.dids_problems:
            log.error("dids_refused", extra={"problems": problems})
        self.dids_problems = problems

    async def _load_flow(self, path: Path) -> None:
        before = self._shelved.get(path)
        try:
            text = await asyncio.to_thread(path.read_text, encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            self._refuse(path, (f"{path}: cannot be read: {exc}",))
            return
        reading = await asyncio.to_thread(
            read_flow, text, str(path), open_file=_opener(path.parent)
        )
        if reading.flow is None:
            self._refuse(path, tuple(str(x) for x in reading.problems if x.is_error))
            return
        version = reading.flow.version
        if before is not None and before.version == version and not before.problems:
            return
        try:
            loaded = await self._make(reading.flow, self._variables(path))
        except ProviderError as exc:
            self._refuse(path, (f"{path}: {exc.message}",))
            return
        self._shelved[path] = Shelved(path, loaded, (), time(), version)
        self._figures.reloads.labels("loaded").inc()
        log.info("flow_loaded", extra={"flow": reading.flow.name, "version": version})

    def _variables(self, path: Path) -> Mapping[str, object]:
        merged: dict[str, object] = {}
        for _, entry in self._dids.named():
            for possible in entry.possible:
                if possible.flow == path.name:
                    merged.update(possible.variables)
        return merged

    def _refuse(self, path: Path, problems: tuple[str, ...]) -> None:
        before = self._shelved.get(path)
        if before is not None and before.problems == problems:
            return
        serving = before.serving if before else None
        version = before.version if before else ""
        self._shelved[path] = Shelved(path, serving, problems, time(), version)
        self._figures.reloads.labels("refused").inc()
        log.error("flow_refused", extra={"file": path.name, "problems": problems})


def _opener(folder: Path) -> Callable[[str], bytes | None]:
    def open_file(name: str) -> bytes | None:
        try:
            return (folder / name).read_bytes()
        except OSError:
            return None

    return open_file
