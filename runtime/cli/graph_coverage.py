"""What the conversation tests of a flow have taken of it, for its picture."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from os.path import realpath
from pathlib import Path

import typer

from runtime.call.classifiers import Classifiers
from runtime.cli.chat import Ranking
from runtime.cli.test import read_tests, test_files
from runtime.flow.conversation.coverage import Coverage, coverage_of
from runtime.flow.conversation.result import Result
from runtime.flow.conversation.running import run
from runtime.flow.engine.effects import Entered, Took
from runtime.flow.model import Flow, with_runs


def coverage_by_tests(flow: Flow, paths: Sequence[Path]) -> Coverage:
    """Run the tests of `flow` among the files and folders of `paths`.

    A test that fails, and a file that cannot be read, are told on stderr: what they would have
    taken is missing. Ends the command with 2 where there is no test of the flow.
    """
    results = list(_results(flow, paths))
    if not results:
        folders = ", ".join(map(str, paths))
        typer.echo(f"there is no test of {flow.file} in {folders}.", err=True)
        raise typer.Exit(2)
    for result in results:
        if result.failure is not None:
            typer.echo(f"{result.conversation.name}: {result.failure.in_a_line}", err=True)
    # A test may name the same files by another path.
    names = {realpath(each.file): each.file for each in with_runs(flow)}
    return coverage_of(flow, (_renamed(result.trail, names) for result in results))


def _results(flow: Flow, paths: Sequence[Path]) -> Iterator[Result]:
    classifiers = Classifiers("light")
    here = realpath(flow.file)
    for file in test_files(paths):
        reading = read_tests(file)
        for problem in reading.problems:
            if problem.is_error:
                typer.echo(str(problem), err=True)
        own = [x for x in reading.conversations if realpath(x.flow.file) == here]
        if own:
            play = partial(run, rank=Ranking(own[0].flow, classifiers))
            yield from map(play, own)


def _renamed(trail: Sequence[Entered | Took], names: dict[str, str]) -> Iterator[Entered | Took]:
    for step in trail:
        yield replace(step, flow=names.get(realpath(step.flow), step.flow))
