"""A campaign's results as a CSV: the list's own columns, and what came of each row."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

from runtime.outbound.campaign.register import Result

COLUMNS = ("line", "status", "outcome", "attempts", "why", "slots", "calls")


def as_csv(header: Sequence[str], results: Iterable[Result]) -> Iterator[str]:
    """Yield the lines; a column of the list that is named as one of ours keeps its place."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*header, *(f"campaign_{name}" for name in COLUMNS)])
    for result in results:
        # A bad row may have more cells than the list has columns, or fewer.
        cells = [*result.cells, *[""] * len(header)][: max(len(header), 1)]
        slots = json.dumps(result.slots, ensure_ascii=False) if result.slots else ""
        writer.writerow(
            [
                *(_harmless(cell) for cell in cells),
                *(result.line, result.state, result.outcome or "", result.attempts),
                *(_harmless(result.why), slots, " ".join(result.calls)),
            ]
        )
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def as_json_lines(header: Sequence[str], results: Iterable[Result]) -> Iterator[str]:
    """Yield a JSON object a line, for programs."""
    for result in results:
        row = {
            "line": result.line,
            "row": dict(zip(header, result.cells, strict=False)),
            "mobile": result.mobile or None,
            "status": result.state,
            "outcome": result.outcome,
            "attempts": result.attempts,
            "why": result.why,
            "slots": dict(result.slots),
            "calls": list(result.calls),
        }
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _harmless(cell: str) -> str:
    """Return a cell that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "@", "\t", "\r") else cell
