"""One run with so many calls, as a row: what the generator saw and what the server used."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.answers import percentile
from bench.contestants import END_OF_SPEECH
from bench.decision import Decide, Decided, delay
from bench.load import Caller, Generator, Load, Stream
from bench.server import DID, ServerProcess, Usage

BEARABLE_MS = 100.0
"""A core carries so many calls while the 99th percentile of the added latency is within this."""
TRUSTED_LAG_MS = 10.0
SHARED_PERCENT = 10.0
"""Of the server's core, used by others: from there on its figures say little of the server."""


@dataclass(frozen=True, slots=True)
class Row:
    """Times in milliseconds, shares in percent of a core."""

    calls: int
    connected: int
    core_percent: float
    cpu_ms_per_call_second: float
    cpu_us_per_frame: float | None
    wait_p50: float | None
    wait_p99: float | None
    """Last frame of speech sent to first sound received, less `END_OF_SPEECH`."""
    added_p50: float | None
    added_p99: float | None
    """The part of it after the frame that let the detector decide: the server's own."""
    greeting_p50: float | None
    greeting_p99: float | None
    resident_mb: float
    lag_p99: float | None
    others_percent: float
    """Of the server's core, what others ran on it and what the hypervisor took."""
    turns: int
    unanswered: int
    undecided: int
    """Turns whose end the detector does not hear; they have no `added`."""
    early: int
    blocked: int
    closes: Mapping[str, int]
    errors: Mapping[str, int]

    @classmethod
    def of(cls, load: Load, before: Usage, after: Usage, decided: Mapping[int, Decided]) -> "Row":
        """Put together what was seen in the same window; `decided` is by the calls' numbers."""
        seconds = load.window[1] - load.window[0]
        cpu = after.cpu_seconds - before.cpu_seconds
        busy = after.core_busy_seconds - before.core_busy_seconds
        stolen = after.core_stolen_seconds - before.core_stolen_seconds
        answered = [(turn.seconds, turn) for turn in load.turns if turn.seconds is not None]
        delays = [delay(turn, decided) for _, turn in answered]
        added = [
            waited - needed
            for (waited, _), needed in zip(answered, delays, strict=True)
            if needed is not None
        ]
        waits = [waited - END_OF_SPEECH for waited, _ in answered]
        return cls(
            load.calls,
            load.connected,
            round(100 * cpu / seconds, 1),
            round(1000 * cpu / seconds / load.calls, 2),
            round(1e6 * cpu / load.frames, 1) if load.frames else None,
            _ms(waits, 50),
            _ms(waits, 99),
            _ms(added, 50),
            _ms(added, 99),
            _ms(load.greetings, 50),
            _ms(load.greetings, 99),
            round(after.resident_bytes / 1e6, 1),
            _in_ms(load.lags.percentile(99)),
            round(100 * (max(0.0, busy - cpu) + stolen) / seconds, 1),
            len(load.turns),
            load.unanswered,
            len(answered) - len(added),
            load.early,
            load.blocked,
            dict(load.closes),
            dict(load.errors),
        )

    @property
    def whole(self) -> bool:
        """Whether the server did all that it was there for."""
        return not self.errors and not self.unanswered

    @property
    def bearable(self) -> bool:
        """Whether the callers would have noticed nothing."""
        return self.whole and self.added_p99 is not None and self.added_p99 <= BEARABLE_MS

    @property
    def trusted(self) -> bool:
        """Whether the generator kept its pace."""
        return self.lag_p99 is not None and self.lag_p99 < TRUSTED_LAG_MS

    @property
    def shared(self) -> bool:
        """Whether others had a part of the server's core."""
        return self.others_percent > SHARED_PERCENT


def _ms(seconds: Sequence[float], share: float) -> float | None:
    return _in_ms(percentile(seconds, share))


def _in_ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 1)


def measure(
    server: ServerProcess,
    calls: int,
    caller: Caller,
    decide: Decide,
    seconds: float,
    warm_up: float,
) -> Row:
    """Run so many calls against the server; raises `NotMeasurable`."""
    used: list[Usage] = []
    generator = Generator(server.host, server.port, f"/media/{DID}", calls, caller, time.monotonic)
    load = generator.run(warm_up, seconds, lambda: used.append(server.usage()))
    return Row.of(load, used[0], used[1], decisions(decide, caller, load.streams))


def warm(server: ServerProcess, caller: Caller) -> None:
    """Lead a single call, so that what is made at the first one is made."""
    path = f"/media/{DID}"
    Generator(server.host, server.port, path, 1, caller, time.monotonic).run(
        1.0, 0.0, listen_on=0.0
    )


def decisions(decide: Decide, caller: Caller, streams: Mapping[int, Stream]) -> dict[int, Decided]:
    """Hear every call again; those that began alike are heard once, as long as the longest."""
    longest: dict[int, int] = defaultdict(int)
    for stream in streams.values():
        longest[stream.first] = max(longest[stream.first], stream.frames)
    distinct = [Stream(first, frames) for first, frames in longest.items()]
    heard = decide(caller, distinct) if distinct else ()
    by_first = {stream.first: found for stream, found in zip(distinct, heard, strict=True)}
    return {number: by_first[stream.first] for number, stream in streams.items()}


HEADINGS = (
    "calls  CPU ms/call-s  us/frame  core %  others %  added p50  p99 ms  wait p50  p99 ms"
    "  greeting p50  p99 ms  memory MB  lag p99  turns  unanswered  errors"
)


def line(row: Row) -> str:
    """Return a run as a line of the table."""
    errors = ", ".join(f"{count} x {what}" for what, count in row.errors.items()) or "-"
    return (
        f"{row.calls:5}{row.cpu_ms_per_call_second:15.2f}{_shown(row.cpu_us_per_frame):>10}"
        f"{row.core_percent:8.1f}"
        f"{row.others_percent:10.1f}{_shown(row.added_p50):>11}{_shown(row.added_p99):>8}"
        f"{_shown(row.wait_p50):>10}{_shown(row.wait_p99):>8}"
        f"{_shown(row.greeting_p50):>14}{_shown(row.greeting_p99):>8}"
        f"{row.resident_mb:11.1f}{_shown(row.lag_p99):>9}{row.turns:7}{row.unanswered:12}"
        f"  {errors}{'' if row.trusted else '  (generator too slow: not to be trusted)'}"
    )


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
