"""Where the tests of a flow lead a call: what `callwright graph --coverage` draws."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from os.path import realpath
from pathlib import Path

import typer

from runtime.call.classifiers import Classifiers
from runtime.cli.chat import Ranking
from runtime.cli.test import read_tests, test_files
from runtime.flow.conversation.coverage import Trail
from runtime.flow.conversation.result import Result
from runtime.flow.conversation.running import run
from runtime.flow.model import Flow, with_runs


def trails_of(flow: Flow, paths: Sequence[Path]) -> Iterator[Trail]:
    """Play the tests among `paths` that lead through the flow; yield where each has been.

    Files of tests with mistakes are named on stderr, and left out. Tests that fail are named too;
    they count as far as they came.
    """
    # A test may name the same files by another path.
    names = {realpath(each.file): each.file for each in with_runs(flow)}
    for result in _results(flow, paths):
        if result.failure is not None:
            typer.echo(f"{result.conversation.name}: {result.failure.in_a_line}", err=True)
        yield [replace(x, flow=names.get(realpath(x.flow), x.flow)) for x in result.trail]


def _results(flow: Flow, paths: Sequence[Path]) -> Iterator[Result]:
    classifiers = Classifiers("light")
    file = realpath(flow.file)
    for path in test_files(paths):
        reading = read_tests(path)
        for problem in reading.problems:
            if problem.is_error:
                typer.echo(str(problem), err=True)
        tests = [x for x in reading.conversations if _leads_through(x.flow, file)]
        if tests:
            rank = Ranking(tests[0].flow, classifiers)
            yield from (run(test, rank) for test in tests)


def _leads_through(flow: Flow, file: str) -> bool:
    return any(realpath(each.file) == file for each in with_runs(flow))
