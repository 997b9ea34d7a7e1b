"""How a campaign is shown while it runs: a bar on a terminal, plain lines in a pipe."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from runtime.outbound.campaign.register import Campaign, Standing

Report = Callable[[Standing], None]
Tell = Callable[[str], None]

LINE_EVERY = 5.0
"""Seconds between two lines in a pipe, where the state itself has not changed."""


def as_json(campaign: str, standing: Standing) -> dict[str, Any]:
    """Return how a campaign stands, for programs."""
    return {
        "campaign": campaign,
        "state": standing.state,
        "why": standing.why,
        "waiting": standing.waiting,
        "calling": standing.calling,
        "ended": standing.ended,
        "bad": standing.bad,
        "next_due": standing.next_due,
        "outcomes": dict(standing.outcomes),
    }


def as_line(standing: Standing, now: float) -> str:
    """Return how a campaign stands, in one line."""
    rows = standing.waiting + standing.calling + standing.ended
    parts = [f"{standing.ended} of {rows} done"]
    if standing.calling:
        parts.append(f"{standing.calling} on the phone")
    if standing.waiting:
        due = standing.next_due or now
        when = "" if due <= now else time.strftime(", the next at %a %H:%M:%S", time.localtime(due))
        parts.append(f"{standing.waiting} waiting{when}")
    if standing.bad:
        parts.append(f"{standing.bad} bad rows")
    line = f"{standing.state}: {', '.join(parts)}"
    if standing.outcomes:
        counts = (
            f"{name or 'not called'} {count}" for name, count in sorted(standing.outcomes.items())
        )
        line += f" ({', '.join(counts)})"
    if standing.why:
        line += f". {standing.why}"
    return f"{line}. Go on with: callwright campaign resume" if standing.state == "paused" else line


@contextmanager
def shown(campaign: Campaign, *, quiet: bool) -> Iterator[tuple[Report, Tell]]:
    """Give what shows how a campaign stands, and what tells why it does not go on."""
    console = Console(stderr=True)
    if quiet:
        yield lambda standing: None, _Once(lambda why: typer.echo(why, err=True))
    elif console.is_terminal:
        with _bar(campaign, console) as view:
            yield view
    else:
        yield _Lines(), _Once(typer.echo)


@contextmanager
def _bar(campaign: Campaign, console: Console) -> Iterator[tuple[Report, Tell]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    about: Any = {"console": console, "refresh_per_second": 2}
    with Progress(*columns, TextColumn("{task.fields[line]}"), **about) as progress:
        task = progress.add_task(campaign.id, total=None, line="")

        def report(standing: Standing) -> None:
            rows = standing.waiting + standing.calling + standing.ended
            line = as_line(standing, time.time())
            progress.update(task, total=rows, completed=standing.ended, line=line)

        yield report, _Once(progress.console.print)


class _Lines:
    """A line when the state has changed, or something else some seconds ago."""

    def __init__(self) -> None:
        self._last: Standing | None = None
        self._at = 0.0

    def __call__(self, standing: Standing) -> None:
        last, now = self._last, time.monotonic()
        is_turn = last is None or (last.state, last.why) != (standing.state, standing.why)
        if is_turn or (standing != last and now - self._at >= LINE_EVERY):
            typer.echo(as_line(standing, time.time()))
            self._last, self._at = standing, now


class _Once:
    """Says what is new, not what was said just before."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._last = ""

    def __call__(self, why: str) -> None:
        if why != self._last:
            self._say(f"waiting: {why}")
            self._last = why
