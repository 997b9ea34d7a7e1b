"""How a talk is shown: beside each other on a terminal, plain lines in a pipe."""

from collections.abc import Iterable, Mapping

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from runtime.flow.conversation.talk import Shown
from runtime.flow.engine.effects import Failed, HangUp, Say, Understood
from runtime.flow.engine.state import CallState

FACTS_WIDTH = 38
"""Columns of what stands beside the talk."""


class PlainView:
    """A line for everything, for pipes and programs."""

    def show(self, shown: Iterable[Shown], state: CallState) -> None:
        """Show what came of a move."""
        for each in shown:
            match each:
                case Say(text=text, sound=sound):
                    typer.echo(f"bot: {text or sound}")
                case Understood():
                    typer.echo(f"     ({_understood(each)})")
                case Failed(state=name, message=message):
                    typer.echo(f"error in state '{name}': {message}", err=True)
                case HangUp(reason=reason):
                    typer.echo(f"-- the call has ended: {reason}")


class TerminalView:
    """The talk on the left; the state, how it was understood and what changed on the right."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._known: Mapping[str, object] = {}

    def show(self, shown: Iterable[Shown], state: CallState) -> None:
        """Show what came of a move."""
        talk, facts = Text(), Text(style="dim")
        for each in shown:
            match each:
                case Say(text=text, sound=sound):
                    talk.append("bot  ", style="bold cyan")
                    talk.append(f"{text or sound}\n")
                case Understood():
                    facts.append(f"{_understood(each)}\n")
                case Failed(state=name, message=message):
                    talk.append(f"error in state '{name}': {message}\n", style="red")
                case HangUp(reason=reason):
                    talk.append(f"the call has ended: {reason}\n", style="bold")
        facts.append(f"state {state.state}", style="not dim green")
        if state.asking:
            facts.append(f", asks for {state.asking}")
        if state.misses:
            facts.append(f", {state.misses} missed")
        for line in self._changed(state):
            facts.append(f"\n{line}")
        self._print(talk, facts)

    def _changed(self, state: CallState) -> Iterable[str]:
        now = {**state.variables, **state.slots}
        before, self._known = self._known, now
        if not before:
            return
        for name in now.keys() | before.keys():
            if now.get(name) != before.get(name):
                yield f"{name}: {now.get(name, '(empty)')}"

    def _print(self, talk: Text, facts: Text) -> None:
        grid = Table.grid(padding=(0, 2), expand=True)
        grid.add_column(ratio=1)
        grid.add_column(width=FACTS_WIDTH)
        talk.rstrip()
        grid.add_row(talk, facts)
        self._console.print(grid)


def _understood(each: Understood) -> str:
    return f"{each.intent or 'nothing'}, {each.how} {each.confidence:.2f}"
