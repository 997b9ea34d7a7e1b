"""The steps of calls, as replay needs them and as they may be kept."""

from collections.abc import Iterable, Iterator

from runtime.flow.engine.state import CallState, Phase
from runtime.flow.replay import kept_step
from runtime.store.changes import Change, StepKept, Stepped, Writable
from runtime.store.rows import as_text

MOST_CALLS = 5_000


class StepMaker:
    """Makes each step what may be kept of it, in the order of a call's steps; once for each."""

    def __init__(self) -> None:
        self._replayed: dict[str, CallState] = {}
        """Of calls in which a stand-in was put: where a replay of them stands."""

    def made(self, changes: Iterable[Change]) -> Iterator[Writable]:
        """Iterate over the changes with each step made ready for its row."""
        for change in changes:
            yield self._kept(change) if isinstance(change, Stepped) else change

    def _kept(self, step: Stepped) -> StepKept:
        replayed = self._replayed.pop(step.call, None)
        kept = kept_step(step.flow, step.before, step.event, step.effects, step.after, replayed)
        if kept.replayed is not None and step.after.phase is not Phase.OVER:
            self._replayed[step.call] = kept.replayed
        if len(self._replayed) > MOST_CALLS:
            # A call that a fault of ours has ended never comes to its last step.
            del self._replayed[next(iter(self._replayed))]
        return StepKept(step.call, step.number, as_text(kept.as_json()))
