"""Many live calls for half an hour: does memory grow, is a call dropped, does the clock drift?

The server is `callwright serve` with scripted speech. Its bot speaks five lines back to back and
waits a second. The callers listen; after the last line has really been played, every other time
they say yes, else they stay silent. A call lasts a minute; then it hangs up and another comes: the
calls are always as many. Last is told what the server's garbage collector did.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import collected
from bench.answers import percentile
from bench.comparison import NOISE_DB, SILENCE, two_cores
from bench.contestants import END_OF_SPEECH
from bench.drift import RULE, trend, verdict
from bench.listeners import Listeners, Seen
from bench.load import Caller
from bench.pauses import Pauses, watched
from bench.server import BOT, NotMeasurable, ServerProcess, Usage, callwright, running

FLOWS = Path(__file__).with_name("soaked")
SAMPLE_SECONDS = 2.0
TRUSTED_LAG_MS = 10.0
WARM_CALLS = 1_000
"""Calls after which caches are full and the allocators have what they need."""

EXAMPLE = """\
example:
  python bench/soak.py --calls 200 --minutes 2
"""
HEADINGS = (
    "minute  memory MB  core %  others %  calls  ended  dropped  ping p50    p99  max ms"
    "  answer p99 ms  drift p50    p99  max ms  own max  cut  lag p99  max ms"
)


@dataclass(slots=True)
class Log:
    """What the whole run has shown."""

    began: float = field(default_factory=time.monotonic)
    samples: list[tuple[float, float]] = field(default_factory=list)
    """(seconds since the start, MB)."""
    warm_at: float | None = None
    """When the records of ended calls were full: from then on each new one takes the oldest's."""
    drifts: list[float] = field(default_factory=list)
    own_drifts: list[float] = field(default_factory=list)
    pings: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    cut: int = 0

    def add(self, seen: Seen) -> None:
        """Keep what a minute has shown."""
        self.drifts += seen.drifts
        self.own_drifts += seen.own_drifts
        self.pings += seen.pings
        self.cut += seen.cut
        # Of each minute's frames only what is told of them.
        self.lags.append(seen.lags.percentile(99) or 0.0)


def line(minute: int, before: Usage, after: Usage, seen: Seen, listeners: Listeners) -> str:
    """Return a minute as a line of the table."""
    answers = [seconds - END_OF_SPEECH for seconds in seen.answers]
    core = (after.cpu_seconds - before.cpu_seconds) / 60
    others = (
        after.core_busy_seconds
        - before.core_busy_seconds
        + after.core_stolen_seconds
        - before.core_stolen_seconds
    ) / 60 - core
    return (
        f"{minute:6}{after.resident_bytes / 1e6:11.1f}{100 * core:8.0f}{100 * others:10.0f}"
        f"{listeners.live:7}{listeners.ended:7}{listeners.dropped.total():9}"
        f"{_ms(seen.pings, 50):>10}{_ms(seen.pings, 99):>7}{_ms(seen.pings, 100):>8}"
        f"{_ms(answers, 99):>15}"
        f"{_ms(seen.drifts, 50):>11}{_ms(seen.drifts, 99):>7}{_ms(seen.drifts, 100):>8}"
        f"{_ms(seen.own_drifts, 100):>9}{seen.cut:5}"
        f"{_in_ms(seen.lags.percentile(99)):>9}{_in_ms(seen.lags.percentile(100)):>8}"
    )


def _ms(seconds: Sequence[float], share: float) -> str:
    return _in_ms(percentile(seconds, share))


def _in_ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1000 * seconds:.1f}"


def summary(log: Log, listeners: Listeners) -> str:
    """Return what the run comes to."""
    dropped = ", ".join(f"{n} x {what}" for what, n in listeners.dropped.items()) or "none"
    lines = [
        f"Calls: {listeners.begun} begun, {listeners.ended} hung up by us, dropped: {dropped}",
        f"Times that lines were stopped although they had been heard out: {log.cut}",
    ]
    if log.drifts:
        lines.append(
            f"Play-out clock against the real one, {len(log.drifts)} rounds: max drift "
            f"{1000 * max(map(abs, log.drifts)):.1f} ms (late {1000 * max(log.drifts):.1f}, early "
            f"{-1000 * min(0.0, *log.drifts):.1f}); the step that follows is in it"
        )
        lines.append(
            f"Less the pauses of the machine beneath: {1000 * max(log.own_drifts):.1f} ms late"
        )
    lines.append(f"Event loop, a ping to its pong: max {_ms(log.pings, 100)} ms")
    lines.append(memory(log))
    if log.lags and 1000 * max(log.lags) > TRUSTED_LAG_MS:
        lines.append(
            f"The generator itself was late (p99 {1000 * max(log.lags):.0f} ms in its worst minute)"
            ": pings and answers are not the server's alone."
        )
    return "\n".join(lines)


def memory(log: Log) -> str:
    """Return what became of the memory, by `RULE`."""
    if log.warm_at is None:
        fill = f"fewer than {WARM_CALLS:,} calls had begun, the warm-up"
        return f"Memory: too short to say, {fill}"
    found = trend([sample for sample in log.samples if sample[0] >= log.warm_at])
    if found is None:
        return "Memory: too short to say"
    return (
        f"Memory after {log.warm_at / 60:.1f} minutes of warm-up ({WARM_CALLS:,} calls begun): "
        f"{found.slope:+.1f} MB/hour (standard error {found.error:.1f}) at {found.mean:.0f} MB, "
        f"over {60 * found.hours:.1f} minutes: {verdict(found)}\n({RULE})"
    )


def soak(server: ServerProcess, listeners: Listeners, minutes: int, log: Log) -> None:
    """Lead the calls so long; prints a line a minute."""
    listeners.connect()
    listeners.take_seen()
    begin = time.monotonic()
    before, minute, sampled_at = server.usage(), 0, begin
    while minute < minutes:
        listeners.go_on()
        now = time.monotonic()
        if listeners.begun >= WARM_CALLS and log.warm_at is None:
            log.warm_at = now - begin
        if now >= sampled_at:
            sampled_at += SAMPLE_SECONDS
            log.samples.append((now - begin, server.usage().resident_bytes / 1e6))
        if now >= begin + 60 * (minute + 1):
            minute += 1
            after, seen = server.usage(), listeners.take_seen()
            log.add(seen)
            print(line(minute, before, after, seen, listeners), flush=True)
            before = after


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=_number, default=200, help="live at any time [200]")
    parser.add_argument("--minutes", type=_minutes, default=30, help="[30]")
    parser.add_argument("--call-seconds", type=_seconds, default=60.0, help="of one call [60]")
    parser.add_argument("--activity", choices=("silero", "energy", "webrtc"), default="silero")
    return parser.parse_args()


def _number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 400:
        raise argparse.ArgumentTypeError("from 1 to 400 calls")
    return number


def _minutes(text: str) -> int:
    minutes = int(text)
    if not 1 <= minutes <= 24 * 60:
        raise argparse.ArgumentTypeError("from 1 minute to a day")
    return minutes


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 30 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("from 30 (two rounds) to 3600 seconds")
    return seconds


def main() -> int:
    """Measure and print; 2 where nothing could be measured."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    log = Log()
    with tempfile.TemporaryDirectory(prefix="callwright-soak-") as folder:
        out = Path(folder) / "collected.json"
        try:
            listeners = _listen(options, log, out)
        except NotMeasurable as reason:
            print(f"Cannot measure: {reason}", file=sys.stderr)
            return 2
        collections = collected.read(out)
    print(f"\n{summary(log, listeners)}")
    print(collected.told(collections, (time.monotonic() - log.began) / 60))
    return 0


def _listen(options: argparse.Namespace, log: Log, out: Path) -> Listeners:
    """Run the server and its callers; `out` gets what the server's collector did."""
    caller = Caller.of(BOT / "caller.wav", SILENCE, NOISE_DB)
    command = callwright(options.activity, flows=FLOWS, collected=out)
    server_core, own_core = two_cores()
    with running(command, server_core, own_core) as server, watched(server_core) as pauses:
        listeners = Listeners(
            server.host,
            server.port,
            options.calls,
            caller,
            options.call_seconds,
            time.monotonic,
            pauses,
        )
        print(HEADINGS, flush=True)
        try:
            soak(server, listeners, options.minutes, log)
        except KeyboardInterrupt:
            log.add(listeners.take_seen())
        finally:
            listeners.hang_up()
        print(f"\n{paused(pauses)}", end="")
    return listeners


def paused(pauses: Pauses) -> str:
    """Return what the machine beneath did."""
    if not pauses.are_watched:
        return "The server's core was not watched for pauses: that needs root"
    longest = f", the longest {1000 * pauses.longest:.1f} ms" if pauses.count else ""
    return f"The machine beneath took the server's core away {pauses.count} times{longest}"


if __name__ == "__main__":
    sys.exit(main())
