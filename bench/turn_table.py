"""The table of the measure of turn-taking: a row a condition, and which targets are reached."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.answers import percentile
from bench.turn_lines import Kind
from bench.turn_verdicts import Verdict

END_OF_SPEECH_MS = 700
"""The flow language's default, which the office does not change."""
UNFAIR = frozenset({"slow"})
"""Conditions whose pauses are longer than the default waits: counted in no target."""

HEADINGS = (
    *("condition", "turns", "cut off %", "unansw.", "false stops /10 min", "went on", "gap ms"),
    *("missed", "stop p50", "delay p50", "p95", "yes/no p50", "p95", "words wrong %", "nobody's"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What the calls of one condition came to; times in milliseconds."""

    condition: str
    calls: int
    turns: int
    cut_off: int
    unanswered: int
    bot_minutes: float
    false_stops: int
    """The bot stopped although nobody spoke to it."""
    went_on: int
    """Of these, those after which it took up again what it had been saying."""
    gap_p50: float | None
    """From such a stop to the sound that follows."""
    barge_ins: int
    missed: int
    stop_p50: float | None
    """From the first sound of a barge-in to the bot's stop."""
    delay_p50: float | None
    delay_p95: float | None
    """From the caller's last sound to the first of the answer: all but whole yes and no."""
    yes_no_p50: float | None
    yes_no_p95: float | None
    words: int
    wrong_words: int
    nobodys: int
    """Turns in the transcript of a caller who had said nothing."""

    @property
    def cut_off_percent(self) -> float:
        return 100 * self.cut_off / self.turns if self.turns else 0.0

    @property
    def false_stops_per_ten_minutes(self) -> float:
        return 10 * self.false_stops / self.bot_minutes if self.bot_minutes else 0.0

    @property
    def wrong_words_percent(self) -> float:
        return 100 * self.wrong_words / self.words if self.words else 0.0


def row(condition: str, verdicts: Sequence[Verdict]) -> Row:
    """Put together the calls of a condition."""
    turns = [turn for verdict in verdicts for turn in verdict.turns]
    stops = [stop for verdict in verdicts for stop in verdict.false_stops]
    gaps = [stop.went_on_after for stop in stops if stop.went_on_after is not None]
    over = [turn for turn in turns if turn.over_the_bot]
    delays = [(turn.kind, turn.delay) for turn in turns if turn.delay is not None]
    plain = [delay for kind, delay in delays if kind is not Kind.YES_NO]
    yes_no = [delay for kind, delay in delays if kind is Kind.YES_NO]
    return Row(
        condition=condition,
        calls=len(verdicts),
        turns=len(turns),
        cut_off=sum(turn.cut_off for turn in turns),
        unanswered=sum(turn.unanswered for turn in turns),
        bot_minutes=round(sum(verdict.bot_seconds for verdict in verdicts) / 60, 2),
        false_stops=len(stops),
        went_on=len(gaps),
        gap_p50=_ms(gaps, 50),
        barge_ins=len(over),
        missed=sum(turn.missed for turn in over),
        stop_p50=_ms([turn.stopped_after for turn in over if turn.stopped_after is not None], 50),
        delay_p50=_ms(plain, 50),
        delay_p95=_ms(plain, 95),
        yes_no_p50=_ms(yes_no, 50),
        yes_no_p95=_ms(yes_no, 95),
        words=sum(turn.words for turn in turns),
        wrong_words=sum(turn.wrong_words for turn in turns),
        nobodys=sum(verdict.nobodys for verdict in verdicts),
    )


def cells(one: Row) -> tuple[str, ...]:
    """Return a row as it is printed, in the order of `HEADINGS`."""
    return (
        one.condition,
        str(one.turns),
        f"{one.cut_off_percent:.1f}",
        str(one.unanswered),
        f"{one.false_stops_per_ten_minutes:.1f} ({one.false_stops})",
        f"{one.went_on}/{one.false_stops}",
        _shown(one.gap_p50),
        f"{one.missed}/{one.barge_ins}",
        *map(_shown, (one.stop_p50, one.delay_p50, one.delay_p95)),
        *map(_shown, (one.yes_no_p50, one.yes_no_p95)),
        f"{one.wrong_words_percent:.1f}",
        str(one.nobodys),
    )


def as_text(rows: Sequence[Row]) -> str:
    """Return the table for a terminal."""
    table = [HEADINGS, *map(cells, rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(
            (cell.ljust if column == 0 else cell.rjust)(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in table
    )


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the table for a page."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *map(cells, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@dataclass(frozen=True, slots=True)
class Target:
    """Something to be reached."""

    what: str
    found: float | None
    """None where nothing was measured that tells."""
    limit: float
    unit: str
    sample: str
    """Out of how much."""

    @property
    def is_reached(self) -> bool:
        return self.found is not None and self.found < self.limit

    def __str__(self) -> str:
        if self.found is None:
            return f"not measured  {self.what}"
        verdict = "reached     " if self.is_reached else "NOT REACHED "
        limit = f"{self.found:.1f}{self.unit}, wanted under {self.limit:g}{self.unit}"
        return f"{verdict}  {self.what}: {limit} ({self.sample})"


def targets(rows: Sequence[Row]) -> Iterator[Target]:
    """Yield the targets; those of one condition only where it was measured."""
    by_name = {one.condition: one for one in rows}
    noisy = by_name.get("noise-10")
    yield Target(
        "false stops in noise of 10 dB, in ten minutes of the bot's speech",
        noisy.false_stops_per_ten_minutes if noisy else None,
        1.0,
        "",
        f"{noisy.bot_minutes:.1f} minutes" if noisy else "",
    )
    fair = [one for one in rows if one.condition not in UNFAIR]
    turns = sum(one.turns for one in fair)
    yield Target(
        "turns cut off, all conditions but slow",
        100 * sum(one.cut_off for one in fair) / turns if turns else None,
        3.0,
        " %",
        f"{turns} turns",
    )
    clean = by_name.get("clean")
    delays = (
        ("response, clean", 150.0, clean and (clean.delay_p50, clean.delay_p95)),
        (
            "response to a whole yes or no, clean",
            -300.0,
            clean and (clean.yes_no_p50, clean.yes_no_p95),
        ),
    )
    for what, beyond, found in delays:
        for share, delay in zip(("p50", "p95"), found or (None, None), strict=True):
            limit, sample = END_OF_SPEECH_MS + beyond, f"{clean.turns if clean else 0} turns"
            yield Target(f"{what}, {share}", delay, limit, " ms", sample)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _ms(seconds: Sequence[float], share: float) -> float | None:
    found = percentile(seconds, share)
    return None if found is None else round(1000 * found, 1)
