"""Measure how fast kept calls are replayed: python -m bench.replays [FOLDER] [--calls 200].

The calls are those of the folder's own tests (`flows/`), kept as the store keeps them, over and
over up to so many. Each is read from its JSON and played to the flow of its folder, in one thread.

Printed: steps and bytes of a call; what keeping a step takes (`kept_step`, and its JSON); the
seconds that replaying all takes, by the wall and by the processor, and what came of it.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from bench.conversations import Suite, read
from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.running import run_by, started
from runtime.flow.conversation.stand_ins import AnswerModel, AnswerRequest
from runtime.flow.conversation.steps import Conversation
from runtime.flow.conversation.talk import Talk
from runtime.flow.engine.effects import Effect
from runtime.flow.engine.events import CallStarted, Event
from runtime.flow.engine.state import CallState
from runtime.flow.model import Flow
from runtime.flow.replay import KeptStep, kept_step
from runtime.flow.replay.replaying import replay
from runtime.flow.replay.summing_up import Summary, sum_up


@dataclass(slots=True)
class Keeper:
    """Keeps the steps of one call."""

    flow: Flow
    steps: list[str] = field(default_factory=list)
    seconds: float = 0.0
    _replayed: CallState | None = None

    def watch(
        self, before: CallState, event: Event, effects: tuple[Effect, ...], after: CallState
    ) -> None:
        began = time.process_time()
        start = None if isinstance(event, CallStarted) else before
        kept = kept_step(self.flow, start, event, effects, after, self._replayed)
        self._replayed = kept.replayed
        self.steps.append(json.dumps(kept.as_json()))
        self.seconds += time.process_time() - began


def calls_of(suite: Suite) -> Iterator[Keeper]:
    """Play the tests of a bot, and keep each as a call."""
    for conversation in suite.tests:
        keeper = Keeper(conversation.flow)

        def begin(
            of: Conversation, web: AnswerRequest, model: AnswerModel, keeper: Keeper = keeper
        ) -> Talk:
            return Rehearsal(of.flow, suite.rank, started(of), web, model, watch=keeper.watch)

        run_by(conversation, begin)
        yield keeper


def replay_all(calls: Sequence[Keeper]) -> Summary:
    """Replay the calls as `callwright calls replay --all` does."""
    return sum_up(
        replay(call.flow, [KeptStep.from_json(json.loads(step)) for step in call.steps])
        for call in calls
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default="flows", type=Path)
    parser.add_argument("--calls", default=200, type=int)
    options = parser.parse_args()
    suites = [read(file) for file in sorted(options.folder.glob("*.test.yaml"))]
    for suite in suites:
        list(calls_of(suite))  # Templates and patterns are compiled at their first use.
    kept = [call for suite in suites for call in calls_of(suite)]
    if not kept:
        raise SystemExit(f"there are no *.test.yaml in {options.folder}")
    steps = sum(len(call.steps) for call in kept)
    size = sum(len(step) for call in kept for step in call.steps)
    microseconds = sum(call.seconds for call in kept) / steps * 1e6
    print(
        f"{len(kept)} different calls: {steps / len(kept):.0f} steps, {size / len(kept):.0f} bytes"
    )
    print(f"keeping a step: {microseconds:.0f} µs")
    calls = list(islice(cycle(kept), options.calls))
    wall, processor = time.perf_counter(), time.process_time()
    summary = replay_all(calls)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"replaying {len(calls)} calls: {wall:.2f} s, {processor:.2f} s of the processor")
    print(", ".join(f"{each.value} {count}" for each, count in summary.likeness.items()))


if __name__ == "__main__":
    main()
