"""What an adapter adds to the bare client, as people and programs read it. Pure."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

MOST_MS = 5.0
"""What the paired differences of an adapter stay under, p50 and p99, first and total."""

TITLES = (
    *("adapter", "answer", "bare p50", "p99", "adapter p50", "p99", "added p50", "p99"),
    *("paired p50", "p99", "", "in it"),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """How long one call took, in ms."""

    first: float
    """To the first word or sound, or to the transcript from when all sound was sent."""

    total: float


@dataclass(frozen=True, slots=True)
class Added:
    """The bare client's time, the adapter's, and what it adds, in ms."""

    bare_p50: float
    bare_p99: float
    adapter_p50: float
    adapter_p99: float
    paired_p50: float
    """Of the differences between a call of the adapter's and the bare one beside it."""
    paired_p99: float

    @property
    def p50(self) -> float:
        return self.adapter_p50 - self.bare_p50

    @property
    def p99(self) -> float:
        return self.adapter_p99 - self.bare_p99

    @property
    def is_reached(self) -> bool:
        # By the pairs: a slow call of the bare client's would hide one of the adapter's in the
        # difference of the percentiles. What else runs on the machine can only make these greater.
        return max(self.paired_p50, self.paired_p99) < MOST_MS


@dataclass(frozen=True, slots=True)
class Row:
    """One adapter; without figures where it could not be measured, and `why` says so."""

    name: str
    holds: str
    """What the adapter does and the bare client does not."""
    calls: int = 0
    first: Added | None = None
    total: Added | None = None
    why: str = ""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value not below `share` (0 to 1) of all; there is at least one."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def added(bare: Sequence[float], adapter: Sequence[float]) -> Added:
    """Compare calls that were made in pairs: those of one place belong together."""
    paired = [ours - theirs for ours, theirs in zip(adapter, bare, strict=True)]
    p50, p99 = (
        [percentile(each, share) for each in (bare, adapter, paired)] for share in (0.5, 0.99)
    )
    return Added(p50[0], p99[0], p50[1], p99[1], p50[2], p99[2])


def row_of(name: str, holds: str, bare: Sequence[Taken], adapter: Sequence[Taken]) -> Row:
    """Return the row of calls that were made in pairs."""
    first = added([each.first for each in bare], [each.first for each in adapter])
    total = added([each.total for each in bare], [each.total for each in adapter])
    return Row(name, holds, len(bare), first, total)


def as_text(rows: Sequence[Row]) -> str:
    """Return the rows in columns."""
    lines = _lines(rows)
    widths = [max(len(line[at]) for line in lines) for at in range(len(TITLES))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the rows as a table for a document."""
    titles, *lines = _lines(rows)
    # A reason may quote anything; a bar would begin a column.
    cells = [[cell.replace("|", "/") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in (titles, ["---"] * len(titles), *cells))


def as_json(rows: Sequence[Row]) -> str:
    """Return all figures."""
    content = [
        asdict(row) | {name: _figures(value) for name, value in _answers(row)} for row in rows
    ]
    return json.dumps({"most_ms": MOST_MS, "adapters": content}, indent=1)


def _figures(value: Added) -> dict[str, float | bool]:
    more = {"added_p50": value.p50, "added_p99": value.p99, "reached": value.is_reached}
    return asdict(value) | more


def _answers(row: Row) -> list[tuple[str, Added]]:
    both = (("first", row.first), ("total", row.total))
    return [(name, value) for name, value in both if value is not None]


def _lines(rows: Sequence[Row]) -> list[Sequence[str]]:
    lines: list[Sequence[str]] = [TITLES]
    for row in rows:
        lines += [_line(row, name, value) for name, value in _answers(row)]
        if row.why:
            lines.append((row.name, *[""] * 9, f"not measured: {row.why}", row.holds))
    return lines


def _line(row: Row, name: str, value: Added) -> Sequence[str]:
    figures = (
        *(value.bare_p50, value.bare_p99, value.adapter_p50, value.adapter_p99),
        *(value.p50, value.p99, value.paired_p50, value.paired_p99),
    )
    verdict = "reached" if value.is_reached else "NOT REACHED"
    return row.name, name, *(f"{figure:.2f}" for figure in figures), verdict, row.holds
