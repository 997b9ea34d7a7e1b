"""`make bench`: what a call costs, and how many calls one core carries, as a table.

Starts the real server on one core and the carrier of `load.py` on another. Everything is on this
machine and ends by itself; figures of a machine that others use too are no better than that.
"""

import argparse
import json
import math
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from bench.answers import percentile
from bench.decision import decision_delays
from bench.load import CONNECT_GAP, Caller, Generator, Load
from bench.server import BOT, DID, NotMeasurable, ServerProcess, Usage, running_server
from runtime.audio.vad import AudioModelMissing

END_OF_SPEECH = 0.7
"""Seconds, as `bot/echo.yaml` sets it."""
SILENCE = 3.0
BEARABLE_MS = 100.0
"""A core carries so many calls while the 99th percentile of the added latency is under this."""
TRUSTED_LAG_MS = 10.0
RUNGS = (10, 25, 50, 75, 100, 150, 200, 250, 300, 400, 500)
"""The numbers of calls that are tried; beyond the last, the generator is the limit."""
SEARCH_SECONDS = 190.0
"""No step of the search begins later, so that the whole stays under four minutes."""

EXAMPLE = """\
example:
  python bench/report.py --calls 50,100 --seconds 12 --activity silero
"""


@dataclass(frozen=True, slots=True)
class Callers:
    """What all callers say, and how long the detector needs to know that they have finished."""

    caller: Caller
    delays: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One run with so many calls; times in milliseconds, shares in percent of a core."""

    calls: int
    connected: int
    core_percent: float
    cpu_ms_per_call_second: float
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
    early: int
    blocked: int
    closes: Mapping[str, int]
    errors: Mapping[str, int]

    @classmethod
    def of(cls, load: Load, before: Usage, after: Usage, delays: Sequence[float]) -> "Row":
        """Put together what the generator saw and what the server used in the same window."""
        seconds = load.window[1] - load.window[0]
        cpu = after.cpu_seconds - before.cpu_seconds
        busy = after.core_busy_seconds - before.core_busy_seconds
        stolen = after.core_stolen_seconds - before.core_stolen_seconds
        answered = [(turn.seconds, turn.frames) for turn in load.turns if turn.seconds is not None]
        waits = [waited - END_OF_SPEECH for waited, _ in answered]
        added = [waited - delays[frames % len(delays)] for waited, frames in answered]
        return cls(
            load.calls,
            load.connected,
            round(100 * cpu / seconds, 1),
            round(1000 * cpu / seconds / load.calls, 2),
            _ms(waits, 50),
            _ms(waits, 99),
            _ms(added, 50),
            _ms(added, 99),
            _ms(load.greetings, 50),
            _ms(load.greetings, 99),
            round(after.resident_bytes / 1e6, 1),
            _ms(load.lags, 99),
            round(100 * (max(0.0, busy - cpu) + stolen) / seconds, 1),
            len(load.turns),
            load.unanswered,
            load.early,
            load.blocked,
            dict(load.closes),
            dict(load.errors),
        )

    @property
    def bearable(self) -> bool:
        """Whether the callers would have noticed nothing."""
        return (
            not self.errors
            and not self.unanswered
            and self.added_p99 is not None
            and self.added_p99 < BEARABLE_MS
        )

    @property
    def trusted(self) -> bool:
        """Whether the generator kept its pace."""
        return self.lag_p99 is not None and self.lag_p99 < TRUSTED_LAG_MS


def _ms(seconds: Sequence[float], share: float) -> float | None:
    found = percentile(seconds, share)
    return None if found is None else round(1000 * found, 1)


def most_calls(rows: Sequence[Row]) -> int:
    """Return the highest number of calls that was borne at least once; 0 where none was."""
    return max((row.calls for row in rows if row.bearable), default=0)


def next_rung(rows: Sequence[Row]) -> int | None:
    """Return how many calls to try next; None where the border is known.

    A number of calls is too many when it was not borne twice: on a shared machine once may be
    somebody else's doing. A run that cannot be trusted gives it a third chance.
    """
    best = most_calls(rows)
    for calls in RUNGS:
        if calls <= best:
            continue
        failures = [row for row in rows if row.calls == calls]
        given_up = len(failures) > 2 or sum(row.trusted for row in failures) > 1
        return None if given_up else calls
    return None


def memory_per_call(rows: Sequence[Row]) -> float | None:
    """Return the kilobytes that a further call takes: the slope over all runs (least squares)."""
    calls = [row.calls for row in rows]
    if len(set(calls)) < 2:
        return None
    mean_calls = sum(calls) / len(rows)
    mean_mb = sum(row.resident_mb for row in rows) / len(rows)
    over = sum((row.calls - mean_calls) * (row.resident_mb - mean_mb) for row in rows)
    return round(1000 * over / sum((n - mean_calls) ** 2 for n in calls), 1)


def measure(
    server: ServerProcess, calls: int, callers: "Callers", seconds: float, warm_up: float
) -> Row:
    """Run so many calls against the server; raises `NotMeasurable`."""
    used: list[Usage] = []
    generator = Generator(
        server.host, server.port, f"/media/{DID}", calls, callers.caller, time.monotonic
    )
    load = generator.run(warm_up, seconds, lambda: used.append(server.usage()))
    return Row.of(load, used[0], used[1], callers.delays)


HEADINGS = (
    "calls  CPU ms/call-s  core %  others %  added p50  p99 ms  wait p50  p99 ms"
    "  greeting p50  p99 ms  memory MB  lag p99  turns  unanswered  errors"
)


def line(row: Row) -> str:
    """Return a run as a line of the table."""
    errors = ", ".join(f"{count} x {what}" for what, count in row.errors.items()) or "-"
    return (
        f"{row.calls:5}{row.cpu_ms_per_call_second:15.2f}{row.core_percent:8.1f}"
        f"{row.others_percent:10.1f}{_shown(row.added_p50):>11}{_shown(row.added_p99):>8}"
        f"{_shown(row.wait_p50):>10}{_shown(row.wait_p99):>8}"
        f"{_shown(row.greeting_p50):>14}{_shown(row.greeting_p99):>8}"
        f"{row.resident_mb:11.1f}{_shown(row.lag_p99):>9}{row.turns:7}{row.unanswered:12}"
        f"  {errors}{'' if row.trusted else '  (generator too slow: not to be trusted)'}"
    )


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def summary(rows: Sequence[Row]) -> str:
    """Return what the rows come to, in a few lines."""
    best = most_calls(rows)
    too_many = min((row.calls for row in rows if row.calls > best), default=None)
    border = f"not borne: {too_many}" if too_many else "more was not tried"
    memory = memory_per_call(rows)
    lines = [
        f"Calls on one core, p99 of added latency under {BEARABLE_MS:.0f} ms: {best} ({border})",
        f"Memory for a further call: {'-' if memory is None else f'{memory:.0f} kB'}",
        f"wait: last frame of speech sent to first sound back, less the {END_OF_SPEECH} s set",
        "added: the part of wait after the frame with which the detector could know",
    ]
    if max(row.others_percent for row in rows) > 5:
        lines.append("Others used the server's core meanwhile: the server alone does better.")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=_numbers, default=(10, 50, 100), help="[10,50,100]")
    parser.add_argument("--seconds", type=_seconds, default=12.0, help="measured, a run [12]")
    parser.add_argument("--activity", choices=("silero", "energy", "webrtc"), default="silero")
    parser.add_argument(
        "--noise", type=float, default=-60.0, metavar="DBFS", help="on every caller's line [-60]"
    )
    parser.add_argument("--no-search", action="store_true", help="only the calls that are named")
    parser.add_argument("--quick", action="store_true", help="40 s: shorter runs, no search")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(int(part) for part in text.split(","))
    if not all(1 <= number <= RUNGS[-1] for number in numbers):
        raise argparse.ArgumentTypeError(f"from 1 to {RUNGS[-1]} calls")
    return numbers


def _seconds(text: str) -> float:
    seconds = float(text)
    if not math.isfinite(seconds) or not 5 <= seconds <= 60:
        raise argparse.ArgumentTypeError("from 5 (a turn of every caller) to 60 seconds")
    return seconds


def _run(options: argparse.Namespace) -> list[Row]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise NotMeasurable("two cores are needed: one for the server, one for the carrier")
    seconds, warm_up = (5.0, 2.0) if options.quick else (options.seconds, 3.0)
    caller = Caller.of(BOT / "caller.wav", SILENCE, options.noise)
    try:
        delays = decision_delays(options.activity, caller, END_OF_SPEECH)
    except (ValueError, AudioModelMissing) as error:
        raise NotMeasurable(str(error)) from error
    callers = Callers(caller, delays)
    rows: list[Row] = []
    begin = time.monotonic()

    def run(calls: int) -> None:
        lasts = calls * CONNECT_GAP + warm_up + seconds + 5
        _tell(f"{calls} calls, about {lasts:.0f} s …")
        # A server of its own for each run: what the last one's calls left would count as memory.
        with running_server(options.activity, cores[0], cores[1]) as server:
            measure(server, 1, callers, 1.0, 0.0)
            rows.append(measure(server, calls, callers, seconds, warm_up))
        _tell(line(rows[-1]))

    _tell(f"server on core {cores[0]}, carrier on core {cores[1]}, {options.activity}")
    _tell(HEADINGS)
    for calls in options.calls:
        run(calls)
    while not (options.no_search or options.quick) and (rung := next_rung(rows)):
        if time.monotonic() - begin > SEARCH_SECONDS:
            _tell("no more time to search")
            break
        run(rung)
    return rows


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Measure and print; 2 where nothing could be measured."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    try:
        rows = _run(options)
    except NotMeasurable as reason:
        _tell(f"Cannot measure: {reason}")
        return 2
    except KeyboardInterrupt:
        _tell("Stopped.")
        return 2
    if not any(row.connected and row.turns for row in rows):
        _tell("Cannot measure: no call came about.")
        return 2
    if options.json:
        content = {
            "activity": options.activity,
            "most_calls_on_one_core": most_calls(rows),
            "memory_kb_per_call": memory_per_call(rows),
            "runs": [asdict(row) for row in rows],
        }
        print(json.dumps(content, indent=1))
    else:
        print("\n".join((HEADINGS, *map(line, rows), "", summary(rows))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
