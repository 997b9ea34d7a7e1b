"""The trials of `dids.yaml` under way: how the calls of each side ended, and who is out."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.call.figures import Figures
from runtime.flow.did_entry import Side, Trial
from runtime.flow.dids import Dids

ERRORS = frozenset({"error", "fault"})
"""End reasons that `stop_if.errors` counts."""

GAVE_UP = "gave_up"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """How the calls of one version of one side ended; the calls write, in the order they end."""

    did: str
    place: int
    """0 is the side that was there before; all others are newcomers."""
    trial: Trial
    version: str | None
    figures: Figures
    calls: int = 0
    errors: int = 0
    gave_up: int = 0
    stopped: str | None = None
    """Why it takes no more calls."""

    @property
    def side(self) -> Side:
        """Whose calls these are."""
        return self.trial.sides[self.place]

    def ended(self, reason: str) -> None:
        """Count a call; take the newcomer out if that was one too many."""
        end = "error" if reason in ERRORS else GAVE_UP if reason == GAVE_UP else "other"
        self.calls += 1
        self.errors += end == "error"
        self.gave_up += end == GAVE_UP
        self.figures.trial_calls.labels(*self._labels, end).inc()
        if self.place == 0 or self.stopped is not None or self.trial.stop_if is None:
            return
        self.stopped = self.trial.stop_if.verdict(self.calls, self.errors, self.gave_up)
        if self.stopped is not None:
            self.figures.trial_stopped.labels(*self._labels).set(1)
            facts = {"did": self.did, "flow": self.side.entry.flow, "version": self.version}
            log.error("trial_stopped", extra={**facts, "why": self.stopped})

    def begin(self) -> None:
        """Show from now on that the side takes part."""
        self.figures.trial_stopped.labels(*self._labels).set(0)

    def forget(self) -> None:
        """Show it no longer."""
        self.figures.trial_stopped.remove(*self._labels)

    def as_json(self) -> dict[str, Any]:
        """Return the shape of a side in `GET /v1/flows`."""
        return {
            "flow": self.side.entry.flow,
            "share": self.side.share,
            "version": self.version,
            "calls": self.calls,
            "errors": self.errors,
            "gave_up": self.gave_up,
            "stopped": self.stopped,
        }

    @property
    def _labels(self) -> tuple[str, str, str]:
        return self.did, str(self.place + 1), self.side.entry.flow


class Trials:
    """Counts in memory; a count lasts as long as the entry and the side's version do."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._tallies: Mapping[str, tuple[Tally, ...]] = {}

    def renew(self, dids: Dids, version_of: Callable[[str], str | None]) -> None:
        """Go by these DIDs, and by the versions in which their flows now serve.

        What has not changed counts on. A newcomer that was out comes back where its entry or its
        flow has changed: the author has done something about it.
        """
        trials = {did: entry for did, entry in dids.named() if isinstance(entry, Trial)}
        before = self._tallies
        self._tallies = {
            did: tuple(
                self._tally(did, trial, place, version_of(side.entry.flow))
                for place, side in enumerate(trial.sides)
            )
            for did, trial in trials.items()
        }
        kept = {id(tally) for tallies in self._tallies.values() for tally in tallies}
        for gone in (tally for tallies in before.values() for tally in tallies):
            if id(gone) not in kept:
                gone.forget()
        for tallies in self._tallies.values():
            for tally in tallies:
                if tally.stopped is None:
                    tally.begin()

    def _tally(self, did: str, trial: Trial, place: int, version: str | None) -> Tally:
        for tally in self._tallies.get(did, ()):
            if (tally.trial, tally.place, tally.version) == (trial, place, version):
                return tally
        return Tally(did, place, trial, version, self._figures)

    def choose(self, did: str, caller: str) -> tuple[Tally, ...]:
        """Return the sides of a trial, the one that is to answer first."""
        tallies = self._tallies[did]
        chosen = tallies[tallies[0].trial.side_of(did, caller)]
        if chosen.stopped is not None:
            chosen = tallies[0]
        return (chosen, *(tally for tally in tallies if tally is not chosen))

    def as_json(self) -> list[dict[str, Any]]:
        """Return the shape of `trials` in `GET /v1/flows`."""
        return [
            {"did": did, "sides": [tally.as_json() for tally in tallies]}
            for did, tallies in self._tallies.items()
        ]
