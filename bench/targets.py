"""What Callwright is to reach beside its peers, and whether it has, by the rows of one run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from statistics import median

from bench.contestants import BARE, CALLWRIGHT, DIRECT, EXAMPLE, LEANEST, STOCK
from bench.flow_turns import STATES, FlowTurns
from bench.row import BEARABLE_MS, Row
from bench.search import memory_per_call, most_calls, too_many

FEW_CALLS = (10, 15)
"""At which a peer's CPU can be compared: more are too many for some."""
BARE_CALLS = 200

MOST_CALLS = 200
TIMES_LEANEST = 12.0
CPU_SHARE = 0.25
STOCK_TIMES_BARE = 2.0
DIRECT_TIMES_BARE = 1.2
MEMORY_MB = 0.3
ADDED_P50_MS = 1.0
ADDED_P99_MS = 25.0
FLOW_P99_MS = 5.0

NOTHING = "-"


class Verdict(Enum):
    """Whether a target is reached; `OPEN` where this run cannot tell."""

    REACHED = "reached"
    MISSED = "NOT REACHED"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the report."""

    what: str
    asked: str
    ours: str
    peer: str
    verdict: Verdict
    why: str = ""
    """Of an open one; of a missed one, what else may have had a part in it."""
    runs: tuple[str, int] | None = None
    """Who was measured, and with how many calls: what is to be profiled where it is missed."""


@dataclass(slots=True)
class Measured:
    """What a run has found so far."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    """By contestant."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Why a contestant could not be measured."""
    flow: list[FlowTurns] = field(default_factory=list)

    def of(self, name: str, calls: int | None = None) -> list[Row]:
        """Return the rows of a contestant, or those with so many calls."""
        return [row for row in self.rows.get(name, ()) if calls in (None, row.calls)]

    def why_not(self, *names: str) -> str:
        """Return why something is missing."""
        told = [f"{name}: {self.reasons[name]}" for name in names if name in self.reasons]
        behind = [name for name in names if any(not row.whole for row in self.of(name))]
        if not told and behind:
            return f"not all turns were answered by: {', '.join(behind)}"
        return "; ".join(told) or "not measured in this run"


def half_load(name: str, rows: Sequence[Row]) -> int:
    """Return half of what a core carries, in whole tens where there are some.

    For Callwright at least half of what it is to carry.
    """
    half = most_calls(rows) // 2
    if name == CALLWRIGHT:
        half = max(half, MOST_CALLS // 2)
    return half if half < 20 else half // 10 * 10


def targets(measured: Measured) -> list[Target]:
    """Return all rows of the report, in order."""
    return [
        _calls_a_core(measured),
        _times_leanest(measured),
        *(_few_calls(measured, calls) for calls in FEW_CALLS),
        _beside_bare(measured, STOCK, STOCK_TIMES_BARE),
        _beside_bare(measured, DIRECT, DIRECT_TIMES_BARE),
        _memory(measured),
        _added(measured),
        *(_flow(found) for found in measured.flow),
    ]


def _judged(is_reached: bool, rows: Sequence[Row] = ()) -> tuple[Verdict, str]:
    """Judge by rows; what others took of the core excuses nothing, but it is told."""
    if is_reached:
        return Verdict.REACHED, ""
    return Verdict.MISSED, _shared(rows)


def _compared(is_reached: bool, rows: Sequence[Row]) -> tuple[Verdict, str]:
    """Judge what depends on the peer, too: on a core that others shared nothing is reached."""
    verdict, why = _judged(is_reached, rows)
    if verdict is Verdict.REACHED and _shared(rows):
        return Verdict.OPEN, _shared(rows)
    return verdict, why


def _shared(rows: Sequence[Row]) -> str:
    taken = max((row.others_percent for row in rows if row.shared), default=0.0)
    return f"others took up to {taken:.0f} % of the core" if taken else ""


def border(rows: Sequence[Row]) -> str:
    """Return the most calls that were borne, and whether more were tried."""
    if not rows:
        return NOTHING
    beyond = too_many(rows)
    return f"{most_calls(rows)} ({'more not tried' if beyond is None else f'not {beyond}'})"


def _calls_a_core(measured: Measured) -> Target:
    rows = measured.of(CALLWRIGHT)
    best, beyond = most_calls(rows), too_many(rows)
    peers = f"leanest {border(measured.of(LEANEST))}, example {border(measured.of(EXAMPLE))}"
    what = f"calls a core, added p99 <= {BEARABLE_MS:.0f} ms"
    asked = f">= {MOST_CALLS}"
    if best < MOST_CALLS and (beyond is None or beyond > MOST_CALLS):
        why = measured.why_not(CALLWRIGHT) if not rows else "so many were not tried"
        return Target(what, asked, border(rows), peers, Verdict.OPEN, why)
    tried = beyond or best
    judged = _judged(best >= MOST_CALLS, measured.of(CALLWRIGHT, tried))
    return Target(what, asked, border(rows), peers, *judged, runs=(CALLWRIGHT, tried))


def _times_leanest(measured: Measured) -> Target:
    ours, theirs = measured.of(CALLWRIGHT), measured.of(LEANEST)
    what, asked = "the same beside Pipecat's leanest bot", f">= {TIMES_LEANEST:g} times"
    best, peer = most_calls(ours), most_calls(theirs)
    if not best or not peer:
        why = measured.why_not(LEANEST) if not theirs else "not one number of calls was borne"
        return Target(what, asked, NOTHING, border(theirs), Verdict.OPEN, why)
    times = best / peer
    shown = f"{times:.1f} times"
    if too_many(theirs) is None:
        return Target(what, asked, shown, border(theirs), Verdict.OPEN, "the peer may carry more")
    if times < TIMES_LEANEST and too_many(ours) is None:
        return Target(what, asked, shown, border(theirs), Verdict.OPEN, "we may carry more")
    tried = too_many(ours) or best
    judged = _compared(times >= TIMES_LEANEST, (*measured.of(CALLWRIGHT, tried), *theirs))
    return Target(what, asked, shown, border(theirs), *judged, runs=(CALLWRIGHT, tried))


def _few_calls(measured: Measured, calls: int) -> Target:
    rows, theirs = _whole(measured, CALLWRIGHT, calls), _whole(measured, LEANEST, calls)
    ours = _median([row.cpu_ms_per_call_second for row in rows])
    peer = _median([row.cpu_ms_per_call_second for row in theirs])
    what, asked = f"CPU ms a call-second, {calls} calls", f"<= {CPU_SHARE:g} of the peer's"
    shown_peer = NOTHING if peer is None else f"leanest {peer:.1f}"
    if ours is None or not peer:
        why = measured.why_not(CALLWRIGHT, LEANEST)
        return Target(what, asked, NOTHING, shown_peer, Verdict.OPEN, why)
    share = ours / peer
    shown = f"{ours:.1f} ({share:.2f} of it)"
    judged = _compared(share <= CPU_SHARE, (*rows, *theirs))
    return Target(what, asked, shown, shown_peer, *judged, runs=(CALLWRIGHT, calls))


def _beside_bare(measured: Measured, name: str, most: float) -> Target:
    rows, theirs = _whole(measured, name, BARE_CALLS), _whole(measured, BARE, BARE_CALLS)
    ours, bare = _median(_per_frame(rows)), _median(_per_frame(theirs))
    what = f"CPU us a frame, {BARE_CALLS} calls, {name.partition(', ')[2]}"
    asked = f"<= {most:g} times the bare limit"
    peer = NOTHING if bare is None else f"picows {bare:.0f}"
    if ours is None or not bare:
        return Target(what, asked, NOTHING, peer, Verdict.OPEN, measured.why_not(name, BARE))
    times = ours / bare
    shown = f"{ours:.0f} ({times:.2f} times)"
    judged = _compared(times <= most, (*rows, *theirs))
    return Target(what, asked, shown, peer, *judged, runs=(name, BARE_CALLS))


def _whole(measured: Measured, name: str, calls: int) -> list[Row]:
    """Return the runs in which all turns were answered: who falls behind does less work."""
    return [row for row in measured.of(name, calls) if row.whole]


def _per_frame(rows: Sequence[Row]) -> list[float]:
    return [row.cpu_us_per_frame for row in rows if row.cpu_us_per_frame is not None]


def _memory(measured: Measured) -> Target:
    ours, theirs = memory_per_call(measured.of(CALLWRIGHT)), memory_per_call(measured.of(LEANEST))
    what, asked = "memory a call, without recording", f"<= {MEMORY_MB:g} MB"
    peer = NOTHING if theirs is None else f"leanest {theirs / 1000:.1f} MB"
    if ours is None:
        return Target(what, asked, NOTHING, peer, Verdict.OPEN, measured.why_not(CALLWRIGHT))
    judged = _judged(ours / 1000 <= MEMORY_MB)
    return Target(what, asked, f"{ours / 1000:.2f} MB", peer, *judged)


def _added(measured: Measured) -> Target:
    ours, theirs = measured.of(CALLWRIGHT), measured.of(LEANEST)
    calls = half_load(CALLWRIGHT, ours)
    what = f"added latency at half load ({calls} calls), p50 / p99"
    asked = f"<= {ADDED_P50_MS:g} / {ADDED_P99_MS:g} ms"
    peer_calls = half_load(LEANEST, theirs)
    found = _added_at(ours, calls)
    peer = _shown_added(_added_at(theirs, peer_calls))
    peer = peer if peer == NOTHING else f"leanest, {peer_calls} calls: {peer}"
    if found is None:
        return Target(what, asked, NOTHING, peer, Verdict.OPEN, measured.why_not(CALLWRIGHT))
    is_reached = found[0] <= ADDED_P50_MS and found[1] <= ADDED_P99_MS
    judged = _judged(is_reached, measured.of(CALLWRIGHT, calls))
    return Target(what, asked, _shown_added(found), peer, *judged, runs=(CALLWRIGHT, calls))


def _added_at(rows: Sequence[Row], calls: int) -> tuple[float, float] | None:
    """Return the median of each, of the runs with so many calls."""
    found = [
        (row.added_p50, row.added_p99)
        for row in rows
        if row.calls == calls and row.added_p50 is not None and row.added_p99 is not None
    ]
    if not found:
        return None
    return median(p50 for p50, _ in found), median(p99 for _, p99 in found)


def _shown_added(found: tuple[float, float] | None) -> str:
    return NOTHING if found is None else f"{found[0]:.1f} / {found[1]:.1f} ms"


def _flow(found: FlowTurns) -> Target:
    how = "by spelling" if found.grade == "light" else "by meaning"
    return Target(
        f"the flow's part of a turn, {STATES:,} states, understood {how}",
        f"p99 <= {FLOW_P99_MS:g} ms",
        f"{found.p50:.1f} / {found.p99:.1f} ms (the engine alone {found.engine_p99:.1f}; "
        f"by the processor's time {found.processor_p99:.1f})",
        NOTHING,
        *_judged(found.p99 <= FLOW_P99_MS),
        runs=(found.grade, STATES),
    )


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def notes(measured: Measured) -> list[str]:
    """Return what the reader of the table has to know beside it."""
    lines = [f"{name} could not be measured: {why}" for name, why in measured.reasons.items()]
    shared = [row.others_percent for rows in measured.rows.values() for row in rows if row.shared]
    if shared:
        runs = sum(map(len, measured.rows.values()))
        lines.append(
            f"Others used the server's core in {len(shared)} of {runs} runs (up to "
            f"{max(shared):.0f} %): latencies and limits are not the servers' alone."
        )
    return lines
