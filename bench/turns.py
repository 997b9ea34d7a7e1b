"""How well the server takes turns, on sound: calls under conditions, led in real time, as a table.

Starts the real server with its local speech, calls it several times at once and compares what the
callers said and heard with what should have been. Everything is on this machine and ends by itself.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx2

from bench.answers import percentile
from bench.server import NotMeasurable, ServerProcess, Usage, serving
from bench.turn_caller import lead
from bench.turn_calls import CONDITIONS, PlannedCall, planned
from bench.turn_rehearsal import Rehearsal
from bench.turn_table import UNFAIR, Row, as_markdown, as_text, cut_offs_by_kind, row, targets
from bench.turn_track import LedCall
from bench.turn_verdicts import Verdict, judge
from bench.turn_voices import Studio
from runtime.carrier import wav

BOTS = Path(__file__).with_name("turn_bots")
CONFIG = "server: {drain: 0}\nspeech: {activity: silero}\n"
START_GAP = 2.5
"""Seconds from one call's start to the next: their turns are spread."""
TRUSTED_LAG_MS = 40.0
"""Two frames: where the callers' frames leave later than that, all else was late too."""
BEFORE_OTHERS = -10
"""The nice value of `--first`, of the callers and the server."""
QUICK = ("clean", "noise-10", "babble-10", "radio-15", "whisper", "stammer", "bad-line", "sounds")

EXAMPLE = """\
example:
  python bench/turns.py --conditions clean,noise-10 --calls 2 --keep out/turns
"""


@dataclass(frozen=True, slots=True)
class Strain:
    """How loaded the machine was; shares are percent of one core."""

    cores: int
    at_once: int
    seconds: float
    server_percent: float
    others_percent: float
    """All others, the callers among them, and what the hypervisor took."""
    lag_p99_ms: float | None
    """How late the callers' frames left."""

    @classmethod
    def of(
        cls, before: Usage, after: Usage, seconds: float, at_once: int, calls: Sequence[LedCall]
    ) -> "Strain":
        cpu = after.cpu_seconds - before.cpu_seconds
        busy = after.core_busy_seconds - before.core_busy_seconds
        stolen = after.core_stolen_seconds - before.core_stolen_seconds
        lag = percentile([lag for call in calls for lag in call.lags], 99)
        return cls(
            len(os.sched_getaffinity(0)),
            at_once,
            round(seconds, 1),
            round(100 * cpu / seconds, 1),
            round(100 * (busy - cpu + stolen) / seconds, 1),
            None if lag is None else round(1000 * lag, 1),
        )

    def __str__(self) -> str:
        late = self.lag_p99_ms is not None and self.lag_p99_ms > TRUSTED_LAG_MS
        doubt = "; too much to trust the delays" if late else ""
        return (
            f"{self.at_once} calls at once for {self.seconds:.0f} s on {self.cores} cores: "
            f"the server took {self.server_percent:.0f} % of a core, all others "
            f"{self.others_percent:.0f} %; the callers' frames left up to {self.lag_p99_ms} ms "
            f"late (p99){doubt}"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ",".join(CONDITIONS)
    parser.add_argument("--conditions", type=_conditions, help=f"some of {names} [all]")
    parser.add_argument(
        "--calls", type=int, help="a condition; more where a target is measured [4]"
    )
    parser.add_argument("--at-once", type=int, help="calls at the same time [5; --quick: 8]")
    parser.add_argument("--quick", action="store_true", help="two minutes: a call a condition")
    parser.add_argument("--seed", type=int, default=1, help="other callers, moments, noises [1]")
    parser.add_argument(
        "--data", type=Path, default=Path(tempfile.gettempdir(), "callwright-turns"),
        help="keeps synthesised voices and prompts [callwright-turns in the temporary folder]",
    )  # fmt: skip
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write each call: WAV and JSON")
    parser.add_argument(
        "--first",
        action="store_true",
        help="before all other processes of this machine; needs root",
    )
    parser.add_argument(
        "--rehearse",
        action="store_true",
        help="without real time, in this process: others on the machine change nothing",
    )
    parser.add_argument("--json", action="store_true", help="the report as JSON, turn by turn")
    parser.add_argument("--markdown", action="store_true", help="the table for a page")
    options = parser.parse_args()
    options.at_once = options.at_once or (8 if options.quick else 5)
    return options


def _conditions(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - CONDITIONS.keys():
        raise argparse.ArgumentTypeError(
            f"{', '.join(sorted(unknown))}: there are {', '.join(CONDITIONS)}"
        )
    return names


def _plan(options: argparse.Namespace) -> list[PlannedCall]:
    """The calls in the order in which they are led: conditions alternate, so that all of them
    see the same machine."""
    studio = Studio(options.data / "voices")
    voices = studio.voices()
    names = options.conditions or (QUICK if options.quick else tuple(CONDITIONS))
    calls = options.calls or 4
    numbers = {name: 1 if options.quick else calls * CONDITIONS[name].weight for name in names}
    return [
        planned(studio, voices, CONDITIONS[name], number, options.seed)
        for number in range(max(numbers.values()))
        for name in names
        if number < numbers[name]
    ]


async def _lead_all(
    calls: Sequence[PlannedCall], server: ServerProcess, options: argparse.Namespace
) -> list[LedCall]:
    gate = asyncio.Semaphore(options.at_once)
    address = f"http://{server.host}:{server.port}"
    over: list[str] = []
    async with httpx2.AsyncClient(base_url=address, timeout=10, trust_env=False) as http:

        async def one(number: int, call: PlannedCall) -> LedCall:
            await asyncio.sleep(START_GAP * min(number, options.at_once))
            async with gate:
                led = await lead(call, server, http)
            over.append(call.name)
            how = f"{call.name}, {led.seconds:.0f} s {led.ended}".strip()
            _tell(f"{len(over):3} of {len(calls)} calls: {how}")
            return led

        async with asyncio.TaskGroup() as tasks:
            under_way = [tasks.create_task(one(n, call)) for n, call in enumerate(calls)]
        return [task.result() for task in under_way]


def _measure(options: argparse.Namespace) -> tuple[list[LedCall], Strain | None]:
    """Lead the calls; without real time there is no strain."""
    _tell("making the callers' sound …")
    calls = _plan(options)
    if options.rehearse:
        _tell(f"{len(calls)} calls, {options.at_once} at once, without real time …")
        over = (f"{n:3} of {len(calls)} calls: " for n in range(1, len(calls) + 1))
        rehearsal = Rehearsal(BOTS, options.data)
        return rehearsal.lead(
            calls, options.at_once, START_GAP, lambda name: _tell(next(over) + name)
        ), None
    _tell(f"{len(calls)} calls, {options.at_once} at once; starting the server …")
    with serving(BOTS, CONFIG, options.data) as server:
        before, begun = server.usage(), time.monotonic()
        led = asyncio.run(_lead_all(calls, server, options))
        seconds = time.monotonic() - begun
        strain = Strain.of(before, server.usage(), seconds, options.at_once, led)
    return led, strain


@contextmanager
def _before_others() -> Iterator[None]:
    """Let this process and those that it starts go first. Raises `NotMeasurable`."""
    # Linux may share the processors out by session, and priorities count within one only.
    group = Path("/proc/self/autogroup")
    try:
        os.setpriority(os.PRIO_PROCESS, 0, BEFORE_OTHERS)
        before = group.read_text().split()[-1] if group.exists() else ""
        if before:
            group.write_text(str(BEFORE_OTHERS))
    except PermissionError as error:
        raise NotMeasurable("--first needs root") from error
    try:
        yield
    finally:
        # The session is that of the shell, which outlives us.
        if before:
            group.write_text(before)


def _keep(folder: Path, call: LedCall, verdict: Verdict) -> None:
    """Write a call as it was heard (caller left, bot right), and what was said when."""
    folder.mkdir(parents=True, exist_ok=True)
    sound = wav.stereo(call.caller_sound, call.bot.sound(call.seconds))
    (folder / f"{call.name}.wav").write_bytes(sound)
    content = {
        "condition": call.condition,
        "voice": call.voice,
        "spoken": [asdict(each) for each in call.spoken],
        "noised": [asdict(each) for each in call.noised],
        "bot": [
            {"arrived": x.arrived, "starts": x.starts, "ends": x.ends, "cut": x.was_cut}
            for x in call.bot.pieces
        ],
        "stops": [stop.at for stop in call.bot.stops],
        "verdict": asdict(verdict),
        "answered_at": call.answered_at,
        "record": call.record,
    }
    (folder / f"{call.name}.json").write_text(json.dumps(content, indent=1), encoding="utf-8")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Measure and print; 2 where nothing could be measured."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    try:
        options.data.mkdir(parents=True, exist_ok=True)
        with _before_others() if options.first else nullcontext():
            calls, strain = _measure(options)
    except NotMeasurable as reason:
        _tell(f"Cannot measure: {reason}")
        return 2
    except KeyboardInterrupt:
        _tell("Stopped.")
        return 2
    verdicts = [judge(call) for call in calls]
    if options.keep:
        for call, verdict in zip(calls, verdicts, strict=True):
            _keep(options.keep, call, verdict)
    _print(options, calls, verdicts, strain)
    return 0


def _print(
    options: argparse.Namespace,
    calls: Sequence[LedCall],
    verdicts: Sequence[Verdict],
    strain: Strain | None,
) -> None:
    by_condition: dict[str, list[Verdict]] = {}
    for call, verdict in zip(calls, verdicts, strict=True):
        by_condition.setdefault(call.condition, []).append(verdict)
    rows: list[Row] = [row(name, some) for name, some in by_condition.items()]
    goals = list(targets(rows))
    fair = [x for name, some in by_condition.items() if name not in UNFAIR for x in some]
    by_kind = cut_offs_by_kind(fair)
    if options.json:
        content = {
            "strain": None if strain is None else asdict(strain),
            "cut_offs_by_kind": by_kind,
            "rows": [asdict(one) for one in rows],
            "targets": [asdict(goal) | {"is_reached": goal.is_reached} for goal in goals],
            "calls": [asdict(verdict) for verdict in verdicts],
        }
        print(json.dumps(content, indent=1))
        return
    table = as_markdown(rows) if options.markdown else as_text(rows)
    kinds = ", ".join(f"{kind} {cut} of {all_}" for kind, (cut, all_) in by_kind.items())
    machine = "rehearsed, without real time" if strain is None else str(strain)
    lines = (table, "", f"cut off, all but slow: {kinds}", machine, "", *map(str, goals))
    print("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
