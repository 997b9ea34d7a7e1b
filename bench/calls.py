"""What a call costs Callwright, and how many calls one core carries, as a table.

Starts the real server on one core and the carrier of `load.py` on another. Everything is on this
machine and ends by itself; figures of a machine that others use too are no better than that.
"""

import argparse
import json
import math
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

from bench.comparison import NOISE_DB, SILENCE, two_cores
from bench.contestants import END_OF_SPEECH
from bench.decision import decider
from bench.load import CONNECT_GAP, Caller
from bench.row import BEARABLE_MS, HEADINGS, Row, line, measure, warm
from bench.search import RUNGS, memory_per_call, most_calls, next_rung, too_many
from bench.server import BOT, NotMeasurable, running_server
from runtime.audio.vad import AudioModelMissing

SEARCH_SECONDS = 190.0
"""No step of the search begins later, so that the whole stays under four minutes."""

EXAMPLE = """\
example:
  python bench/calls.py --calls 50,100 --seconds 12 --activity silero
"""


def summary(rows: Sequence[Row]) -> str:
    """Return what the rows come to, in a few lines."""
    best, beyond = most_calls(rows), too_many(rows)
    border = f"not borne: {beyond}" if beyond else "more was not tried"
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
        "--noise", type=float, default=NOISE_DB, metavar="DBFS", help="on every caller's line [-60]"
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
    cores = two_cores()
    seconds, warm_up = (5.0, 2.0) if options.quick else (options.seconds, 3.0)
    caller = Caller.of(BOT / "caller.wav", SILENCE, options.noise)
    try:
        decide = decider(options.activity, END_OF_SPEECH)
    except AudioModelMissing as error:
        raise NotMeasurable(str(error)) from error
    rows: list[Row] = []
    begin = time.monotonic()

    def run(calls: int) -> None:
        lasts = calls * CONNECT_GAP + warm_up + seconds + 5
        _tell(f"{calls} calls, about {lasts:.0f} s …")
        # A server of its own for each run: what the last one's calls left would count as memory.
        with running_server(options.activity, *cores) as server:
            warm(server, caller)
            rows.append(measure(server, calls, caller, decide, seconds, warm_up))
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
