"""Where the tests beside a flow lead a call: what `callwright graph --coverage` draws."""

from collections.abc import Iterator
from os.path import normpath
from pathlib import Path

import typer

from runtime.call.classifiers import Classifiers
from runtime.cli.chat import Ranking
from runtime.cli.check import open_beside
from runtime.flow.conversation.coverage import Trail
from runtime.flow.conversation.reading import TEST_ENDING, read_conversations
from runtime.flow.conversation.running import run
from runtime.flow.model import Flow, with_runs


def trails_beside(flow: Flow) -> Iterator[Trail]:
    """Play the tests in the flow's folder that lead through it; yield where each has been.

    Files of tests with mistakes are named on stderr, and left out.
    """
    file = normpath(flow.file)
    for path in sorted(Path(file).parent.glob(f"*{TEST_ENDING}")):
        try:
            text = path.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as exc:
            typer.echo(f"{path} cannot be read: {exc}", err=True)
            continue
        reading = read_conversations(text, str(path), open_file=open_beside(path))
        for problem in reading.problems:
            if problem.is_error:
                typer.echo(str(problem), err=True)
        tests = [x for x in reading.conversations if _leads_through(x.flow, file)]
        if tests:
            rank = Ranking(tests[0].flow, Classifiers("light"))
            yield from (run(test, rank).trail for test in tests)


def _leads_through(flow: Flow, file: str) -> bool:
    return any(each.file == file for each in with_runs(flow))
