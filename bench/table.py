"""The report as people and programs read it: a table, Markdown, or JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from bench.row import HEADINGS, line
from bench.search import memory_per_call, most_calls
from bench.targets import Measured, Target, notes

TITLES = ("target", "asked", "Callwright", "peer", "")


def as_text(targets: Sequence[Target]) -> str:
    """Return the targets in columns."""
    rows = [TITLES, *map(_cells, targets)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(TITLES))]
    return "\n".join(_aligned(row, widths) for row in rows)


def _aligned(row: Sequence[str], widths: Iterable[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()


def as_markdown(targets: Sequence[Target]) -> str:
    """Return the targets as a table for the README."""
    # A reason may quote anything; a bar would begin a column.
    cells = [[cell.replace("|", "/") for cell in _cells(target)] for target in targets]
    rows = [TITLES, ["---"] * len(TITLES), *cells]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(target: Target) -> tuple[str, ...]:
    verdict = target.verdict.value + (f": {target.why}" if target.why else "")
    return target.what, target.asked, target.ours, target.peer, verdict


def as_runs(measured: Measured) -> str:
    """Return every run, by contestant."""
    lines = [f"{'':32}{HEADINGS}"]
    for name, rows in measured.rows.items():
        lines += [f"{name:32}{line(row)}" for row in rows]
    return "\n".join((*lines, *notes(measured)))


def as_json(measured: Measured, targets: Sequence[Target]) -> str:
    """Return all that was found."""
    content = {
        "targets": [
            {
                "target": target.what,
                "asked": target.asked,
                "callwright": target.ours,
                "peer": target.peer,
                "verdict": target.verdict.value,
                "why": target.why,
            }
            for target in targets
        ],
        "contestants": {
            name: {
                "most_calls_on_one_core": most_calls(rows),
                "memory_kb_per_call": memory_per_call(rows),
                "runs": [asdict(row) for row in rows],
            }
            for name, rows in measured.rows.items()
        },
        "flow": [asdict(found) for found in measured.flow],
        "notes": notes(measured),
    }
    return json.dumps(content, indent=1)
