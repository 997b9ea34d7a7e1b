"""`callwright test --update`: what was seen is written into the file of tests."""

from collections.abc import Callable
from pathlib import Path

import typer

from runtime.flow.conversation.reading import ConversationsReading
from runtime.flow.conversation.running import Begin, corrections
from runtime.flow.conversation.updating import Change, updated
from runtime.flow.model import Flow

MAX_ROUNDS = 5
"""Times that a file is played anew: a line that is put in may be one that another step named."""

Read = Callable[[Path], ConversationsReading]


def update_tests(
    file: Path, name: str, read: Read, beginner: Callable[[Flow], Begin]
) -> tuple[Change, ...]:
    """Write what the failing steps of the tests named `name` have seen; return what was changed."""
    written: list[Change] = []
    kept: list[Change] = []
    for _ in range(MAX_ROUNDS):
        chosen = read(file).chosen(name)
        if not chosen:
            break
        begin = beginner(chosen[0].flow)
        found = [each for test in chosen for each in corrections(test, begin)]
        # Line ends stay what they are.
        text, made = updated(file.read_bytes().decode(), found)
        kept = [change for change in made if not change.is_written]
        if len(kept) == len(made):
            break
        written += (change for change in made if change.is_written)
        _write(file, text)
    return (*written, *kept)


def _write(file: Path, text: str) -> None:
    try:
        file.write_bytes(text.encode())
    except OSError as exc:
        message = f"{file} cannot be written: {exc.strerror}"
        raise typer.BadParameter(message, param_hint="--update") from exc


def shown(change: Change) -> str:
    """Return a line that says what has become of an expectation."""
    key = ".".join(change.correction.path)
    if change.is_written:
        return f"updated {change.correction.place}: {key}: {change.was} -> {change.now}"
    return (
        f"kept    {change.correction.place}: {key}: {change.was} "
        f"(to be {change.now}, but it cannot be replaced alone)"
    )
