"""The runs of one comparison, in turn, on the same two cores, each with a server of its own."""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import flow_turns
from bench.contestants import (
    ALL,
    BARE,
    CALLWRIGHT,
    DIRECT,
    EXAMPLE,
    LEANEST,
    STOCK,
    Callwright,
)
from bench.load import CONNECT_GAP, Caller, Generator
from bench.profiled import top_functions
from bench.row import HEADINGS, line, measure, warm
from bench.search import LOW_RUNGS, RUNGS, next_rung
from bench.server import BOT, DID, Command, NotMeasurable, running
from bench.targets import BARE_CALLS, FEW_CALLS, Measured, Target, half_load
from providers.base import ProviderMissing

SILENCE = 3.0
NOISE_DB = -60.0
"""dBFS, on every caller's line."""
REPEATS = 2
LIKELY = {CALLWRIGHT: 200, LEANEST: 17, EXAMPLE: 8}
"""Where the search for the most calls begins: at what is to be reached, or was measured once."""
SEARCH_SECONDS = {CALLWRIGHT: 190.0, LEANEST: 150.0, EXAMPLE: 110.0}
"""No step of a search begins later, so that the whole stays within a quarter of an hour."""
FLOW_TURNS = 5000
PROFILE_TURNS = 1000

Tell = Callable[[str], None]


def two_cores() -> tuple[int, int]:
    """Return the server's core and the carrier's; raises `NotMeasurable`."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise NotMeasurable("two cores are needed: one for the server, one for the carrier")
    return cores[0], cores[1]


@dataclass
class Comparison:
    """Runs one contestant after the other, and keeps what was found."""

    tell: Tell
    seconds: float = 10.0
    warm_up: float = 3.0
    cores: tuple[int, int] = field(default_factory=two_cores)
    caller: Caller = field(default_factory=lambda: Caller.of(BOT / "caller.wav", SILENCE, NOISE_DB))
    found: Measured = field(default_factory=Measured)

    def whole(self) -> None:
        """Measure everything; about a quarter of an hour."""
        self._head()
        # In pairs, one after the other: what else runs on the machine then meets all of them.
        for calls in FEW_CALLS:
            self._in_turn((CALLWRIGHT, LEANEST), calls, REPEATS)
        self._in_turn((BARE, STOCK, DIRECT), BARE_CALLS, REPEATS)
        self._search(CALLWRIGHT, RUNGS)
        self._search(LEANEST, LOW_RUNGS)
        self._search(EXAMPLE, LOW_RUNGS)
        for name in (CALLWRIGHT, LEANEST):
            calls = half_load(name, self.found.of(name))
            if calls and not self.found.of(name, calls):
                self.run(name, calls)
        self._flow(("light", "local"))

    def quick(self) -> None:
        """See in two minutes that all of it works; limits are tried, not searched."""
        self._head()
        for name, calls in LIKELY.items():
            self.run(name, calls)
        self._in_turn((CALLWRIGHT, LEANEST), FEW_CALLS[0], 1)
        self._in_turn((BARE, STOCK, DIRECT), BARE_CALLS, 1)
        self.run(CALLWRIGHT, half_load(CALLWRIGHT, self.found.of(CALLWRIGHT)))
        self._flow(("light",))

    def _head(self) -> None:
        self.tell(f"server on core {self.cores[0]}, carrier on core {self.cores[1]}")
        self.tell(f"{'':32}{HEADINGS}")

    def _in_turn(self, names: Sequence[str], calls: int, repeats: int) -> None:
        for _ in range(repeats):
            for name in names:
                self.run(name, calls)

    def _search(self, name: str, rungs: Sequence[int]) -> None:
        until = time.monotonic() + SEARCH_SECONDS[name]
        while name not in self.found.reasons and time.monotonic() < until:
            calls = next_rung(self.found.of(name), rungs, LIKELY[name])
            if calls is None:
                return
            self.run(name, calls)

    def run(self, name: str, calls: int) -> None:
        """Measure one contestant once; where it cannot be, the reason is kept."""
        if name in self.found.reasons:
            return
        lasts = calls * CONNECT_GAP + self.warm_up + self.seconds + 8
        self.tell(f"{name}: {calls} calls, about {lasts:.0f} s …")
        contestant = ALL[name]
        try:
            # A server of its own for each run: what the last one's calls left would be memory.
            with running(contestant.command, *self.cores) as server:
                warm(server, self.caller)
                row = measure(
                    server, calls, self.caller, contestant.decide, self.seconds, self.warm_up
                )
        except NotMeasurable as reason:
            self.found.reasons[name] = str(reason)
            self.tell(f"{name} cannot be measured: {reason}")
            return
        self.found.rows.setdefault(name, []).append(row)
        self.tell(f"{name:32}{line(row)}")

    def _flow(self, grades: Sequence[flow_turns.Grade]) -> None:
        self.tell(f"a flow of {flow_turns.STATES:,} states, half a minute at most …")
        flow = flow_turns.large()
        for grade in grades:
            try:
                self.found.flow.append(flow_turns.measure(flow, grade, FLOW_TURNS))
            except ProviderMissing as missing:
                self.found.reasons[f"the flow, understood by {grade}"] = missing.message

    def profile(self, target: Target) -> str:
        """Return what the target's run spends its time on; raises `NotMeasurable`."""
        assert target.runs is not None
        name, count = target.runs
        if name in ("light", "local"):
            grade: flow_turns.Grade = "light" if name == "light" else "local"
            return top_functions(flow_turns.profile(flow_turns.large(), grade, PROFILE_TURNS))
        contestant = ALL[name]
        assert isinstance(contestant, Callwright), name
        with tempfile.TemporaryDirectory(prefix="callwright-bench-") as folder:
            out = Path(folder, "profile")
            self._lead(contestant.profiled(out), count)
            return top_functions(str(out))

    def _lead(self, command: Command, calls: int) -> None:
        with running(command, *self.cores) as server:
            address = (server.host, server.port, f"/media/{DID}")
            generator = Generator(*address, calls, self.caller, time.monotonic)
            generator.run(self.warm_up, self.seconds)
