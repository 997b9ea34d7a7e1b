"""The flows that are served: each file's last good version, and the DIDs that lead to them.

A reload is a transaction. What was saved is read, checked, tested and made ready away from the
calls; then it serves the next call, or else nothing changes but what `/v1/flows` says.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os.path import normpath
from pathlib import Path
from time import time
from typing import Any

from watchfiles import awatch

from providers.base import ProviderError
from runtime.call.equipment import LoadedFlow
from runtime.call.figures import Figures
from runtime.flow.did_entry import DidEntry, Entry, Trial
from runtime.flow.dids import DEFAULT_NAME, Dids, caller_key
from runtime.flow.model import Flow
from runtime.server.candidate import read_candidate
from runtime.server.dids_file import DidsFile, SavedDids, Variables
from runtime.server.disk import Stamps, changed, key, stamp
from runtime.server.own_tests import OwnTests
from runtime.server.trials import Trials
from runtime.store.changes import FlowSeen, Told
from runtime.store.rows import as_time
from runtime.store.writer import Keep, KeepNothing

DIDS_FILE = "dids.yaml"
NOT_FLOWS = (DIDS_FILE, "callwright.yaml")
SETTLE = 0.15
"""Seconds: an editor saves in several steps; changes within that time are one."""

LOOK_MS = 500
"""How often the files themselves are looked at besides: a disk may tell nothing, and an included
file or the DIDs may lie outside the folder."""

KEEP_NOTHING = KeepNothing()

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0
"""After so long a flow is tried again that a provider failed, as vendors do for a while."""

Make = Callable[[Flow, Sequence[Mapping[str, object]]], Awaitable[LoadedFlow]]
"""Makes a flow ready (classifier, prompts); raises `ProviderError` where it cannot be served."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A file, the version of it that serves, and what is wrong with the file as it is now."""

    path: Path
    serving: LoadedFlow | None = None
    problems: tuple[str, ...] = ()
    loaded_at: float = 0.0
    stamps: Stamps = field(default_factory=dict)
    """Of the files that the newest attempt was made of."""
    tests: tuple[Path, ...] = ()
    variables: Variables = ()
    made_for: Variables = ()
    """The variables for which the serving version's prompts were made."""
    retry_at: float | None = None
    """The newest attempt failed for a provider's reason: the same file may do later."""
    is_part: bool = False
    """As it is now, it is good only for other flows to include or run."""

    def as_json(self) -> dict[str, Any]:
        """Return the shape of a row of `GET /v1/flows`."""
        flow = self.serving.flow if self.serving else None
        return {
            "name": flow.name if flow else self.path.stem,
            "file": self.path.name,
            "version": flow.version if flow else None,
            "valid": not self.problems,
            "errors": list(self.problems),
            "loaded_at": as_time(self.loaded_at or None),
        }


@dataclass(frozen=True, slots=True)
class _Saved:
    """What is found on the disk, and which flows have to be read again for it."""

    dids: SavedDids
    flows: tuple[Path, ...]
    tests: Mapping[Path, tuple[Path, ...]]
    stale: tuple[Path, ...]


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

    def __init__(
        self,
        folder: Path,
        dids: Path,
        make: Make,
        figures: Figures,
        *,
        run_tests: bool = True,
        settle: float = SETTLE,
        keep: Keep = KEEP_NOTHING,
    ) -> None:
        self._keep = keep
        self._folder = folder
        self._make = make
        self._figures = figures
        self._run_tests = run_tests
        self._own_tests = OwnTests(folder)
        self._dids_file = DidsFile(dids)
        self._loading = asyncio.Lock()
        self._settle = settle
        self._shelved: dict[Path, Shelved] = {}
        self._dids = Dids({})
        self._good_dids = self._newest_dids = SavedDids()
        self.dids_problems: tuple[str, ...] = ()
        self.trials = Trials(figures)

    @property
    def shelved(self) -> tuple[Shelved, ...]:
        """All flows' files, by name; a file that only other flows need is none."""
        each = [self._shelved[path] for path in sorted(self._shelved)]
        return tuple(x for x in each if not self._is_for_others(x, self._newest_dids))

    @property
    def dids(self) -> Dids:
        """The last good DIDs."""
        return self._dids

    # -- for calls ---------------------------------------------------------------------------------

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

    def by_name(self, name: str) -> LoadedFlow | None:
        """Return the flow of that name, or of that file."""
        for shelved in self._shelved.values():
            flow = shelved.serving
            if flow is not None and name in (flow.flow.name, shelved.path.name, shelved.path.stem):
                return flow
        return None

    def _serving(self, file: str) -> LoadedFlow | None:
        shelved = self._shelved.get(self._folder / file)
        return shelved.serving if shelved else None

    def _version(self, file: str) -> str | None:
        loaded = self._serving(file)
        return loaded.flow.version if loaded else None

    # -- reloads -----------------------------------------------------------------------------------

    async def watch(self) -> None:
        """Load again whenever something that a flow is made of, or the DIDs, is saved."""
        async for changes in awatch(
            self._folder,
            step=round(self._settle * 1000 / 3),
            debounce=round(self._settle * 1000),
            rust_timeout=LOOK_MS,
            yield_on_timeout=True,
        ):
            await self.load(frozenset(key(Path(name)) for _, name in changes))

    async def load(self, touched: Collection[Path] = ()) -> None:
        """Read what has changed; what has not is left as it is.

        One at a time; what is saved meanwhile is found by the next. `touched` are files that were
        saved for certain, even if their times say nothing.
        """
        async with self._loading:
            saved = await asyncio.to_thread(self._look, touched)
            gone = self._shelved.keys() - set(saved.flows)
            if not saved.stale and not gone and saved.dids is self._newest_dids:
                return
            for path in gone:
                del self._shelved[path]
                log.info("flow_removed", extra={"file": path.name})
            for path in saved.stale:
                await self._load_flow(path, saved)
            # Only now is it known whether others need a file that does not serve by itself.
            for part in (self._shelved[path] for path in saved.stale):
                if part.is_part and not self._is_for_others(part, saved.dids):
                    self._tell_refused(part)
            self._take_dids(saved.dids)
            self.trials.renew(self._dids, self._version)

    def _look(self, touched: Collection[Path]) -> _Saved:
        names = self._folder.glob("*.yaml")
        flows = sorted(
            x for x in names if x.name not in NOT_FLOWS and not x.name.endswith(".test.yaml")
        )
        dids = self._dids_file.read([path.name for path in flows], touched)
        tests = self._own_tests.by_flow() if self._run_tests else {}
        found = _Saved(dids, tuple(flows), tests, ())
        stale = [path for path in flows if self._is_stale(path, found, touched)]
        return replace(found, stale=tuple(stale))

    def _is_stale(self, path: Path, saved: _Saved, touched: Collection[Path]) -> bool:
        before = self._shelved.get(path)
        return (
            before is None
            or before.tests != _of(saved.tests, path)
            or before.variables != self._variables(path, saved)
            or not before.stamps.keys().isdisjoint(touched)
            or (before.retry_at is not None and time() >= before.retry_at)
            or changed(before.stamps)
        )

    def _variables(self, path: Path, saved: _Saved) -> Variables:
        dids = saved.dids if saved.dids.dids is not None else self._good_dids
        return dids.variables.get(path.name, ())

    async def _load_flow(self, path: Path, saved: _Saved) -> None:
        before = self._shelved.get(path, Shelved(path))
        after = replace(
            before,
            # Of the file alone, should nothing come of it at all.
            stamps={key(path): stamp(path)},
            tests=_of(saved.tests, path),
            variables=self._variables(path, saved),
            retry_at=None,
        )
        try:
            candidate = await asyncio.to_thread(read_candidate, path, after.tests)
            after = replace(after, stamps=candidate.stamps, is_part=candidate.is_part)
            if candidate.flow is None:
                self._refuse(after, candidate.problems)
            elif _serves(before, candidate.flow, after.variables):
                self._shelved[path] = replace(after, problems=())
                if before.problems:
                    log.info("flow_mended", extra={"file": path.name})
            else:
                await self._make_ready(after, candidate.flow, candidate.files)
        except Exception as exc:
            # A bug of ours that one file meets must not keep the others from being served.
            log.exception("flow_broke_the_loader", extra={"file": path.name})
            self._refuse(after, (f"{path}: a fault of Callwright's own: {type(exc).__name__}",))

    async def _make_ready(self, after: Shelved, flow: Flow, files: Mapping[str, str]) -> None:
        try:
            loaded = await self._make(flow, after.variables)
        except ProviderError as exc:
            retry_at = time() + RETRY_SECONDS if exc.retryable else None
            self._refuse(replace(after, retry_at=retry_at), (f"{after.path}: {exc.message}",))
            return
        self._shelved[after.path] = replace(
            after, serving=loaded, problems=(), loaded_at=time(), made_for=after.variables
        )
        self._figures.reloads.labels("loaded").inc()
        self._keep.put(FlowSeen(flow.name, flow.version, time(), files))
        facts = {"flow": flow.name, "version": flow.version}
        self._keep.put(Told(time(), "flow_loaded", facts))
        log.info("flow_loaded", extra=facts)

    def _refuse(self, after: Shelved, problems: tuple[str, ...]) -> None:
        """Leave serving what serves, and say why, once."""
        is_known = after.problems == problems
        at = after.loaded_at if is_known else time()
        self._shelved[after.path] = replace(after, problems=problems, loaded_at=at)
        if not is_known and not after.is_part:
            self._tell_refused(self._shelved[after.path])

    def _tell_refused(self, shelved: Shelved) -> None:
        self._figures.reloads.labels("refused").inc()
        facts = {"file": shelved.path.name, "problems": shelved.problems}
        self._keep.put(Told(time(), "flow_refused", facts))
        log.error("flow_refused", extra=facts)

    def _is_for_others(self, shelved: Shelved, dids: SavedDids) -> bool:
        """Tell whether a file serves in other flows only, and no number leads to it."""
        named = dids.dids.named() if dids.dids is not None else ()
        if not shelved.is_part or any(
            each.flow == shelved.path.name for _, entry in named for each in entry.possible
        ):
            return False
        others = (each for each in self._shelved.values() if each.path != shelved.path)
        return any(key(shelved.path) in each.stamps for each in others)

    def _take_dids(self, saved: SavedDids) -> None:
        self._newest_dids = saved
        problems = saved.problems
        if saved.dids is not None:
            problems = self._lost(saved.dids)
            if not problems:
                self._dids, self._good_dids = saved.dids, saved
        if problems and problems != self.dids_problems:
            log.error("dids_refused", extra={"problems": problems})
        self.dids_problems = problems

    def _lost(self, dids: Dids) -> tuple[str, ...]:
        """Return a line for each number that is answered now, and would not be any more."""
        return tuple(
            f"{self._dids_file.path}: {did}: {entry.possible[0].flow} does not serve, "
            "so that all numbers stay as they were."
            for did, entry in dids.named()
            if not self._is_answered(entry) and self._is_answered(self._now(did))
        )

    def _now(self, did: str) -> Entry | None:
        return self._dids.default if did == DEFAULT_NAME else self._dids.flow_for(did)

    def _is_answered(self, entry: Entry | None) -> bool:
        return entry is not None and any(self._serving(each.flow) for each in entry.possible)


def _of(tests: Mapping[Path, tuple[Path, ...]], path: Path) -> tuple[Path, ...]:
    return tests.get(Path(normpath(path)), ())


def _serves(before: Shelved, flow: Flow, variables: Variables) -> bool:
    """Tell whether the flow is what serves already, with its prompts."""
    now = before.serving
    return now is not None and now.flow.version == flow.version and before.made_for == variables
