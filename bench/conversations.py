"""Measure how fast conversation tests are played: python -m bench.conversations [FOLDER].

The tests of a folder (`flows/`) are read and played again and again, in one thread of one core. A
turn is a move of the caller's: something said, keys pressed, a silence, hanging up.

Columns: turns a second in the median round (a round plays every test once), in the slowest of ten,
and in the processor's time alone; what reading the file and learning the examples takes, once.
`--quick` plays for two seconds, `--profile` prints where the time goes.
"""

import argparse
import cProfile
import pstats
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.call.classifiers import Classifiers
from runtime.cli.chat import Ranking
from runtime.cli.check import open_beside
from runtime.flow.conversation.reading import TEST_ENDING, read_conversations
from runtime.flow.conversation.rehearsal import Rank
from runtime.flow.conversation.running import run
from runtime.flow.conversation.steps import Act, Conversation, ProviderGoesDown


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one file, ready to be played."""

    name: str
    tests: Sequence[Conversation]
    rank: Rank
    seconds: float
    """That reading and learning took."""

    @property
    def turns(self) -> int:
        return sum(
            isinstance(step, Act) and not isinstance(step, ProviderGoesDown)
            for test in self.tests
            for step in test.talk
        )

    def play(self) -> None:
        for test in self.tests:
            failure = run(test, self.rank).failure
            if failure is not None:
                raise SystemExit(f"a test fails, so nothing is measured: {failure.in_a_line}")


@dataclass(frozen=True, slots=True)
class Round:
    """Every test, played once."""

    wall: float
    processor: float


def read(file: Path) -> Suite:
    began = time.perf_counter()
    reading = read_conversations(file.read_text(), str(file), open_file=open_beside(file))
    if not reading.conversations:
        raise SystemExit(f"{file} has mistakes: callwright check {file}")
    rank = Ranking(reading.conversations[0].flow, Classifiers("light"))
    return Suite(file.name, reading.conversations, rank, time.perf_counter() - began)


def measure(suite: Suite, seconds: float) -> list[Round]:
    suite.play()  # Templates and patterns are compiled at their first use.
    rounds: list[Round] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(rounds) < 3:
        wall, processor = time.perf_counter(), time.process_time()
        suite.play()
        rounds.append(Round(time.perf_counter() - wall, time.process_time() - processor))
    return rounds


def row(suite: Suite, rounds: Sequence[Round]) -> str:
    walls = sorted(each.wall for each in rounds)
    median, slow = walls[len(walls) // 2], walls[len(walls) * 9 // 10]
    processor = sum(each.processor for each in rounds) / len(rounds)
    rates = "".join(f"{suite.turns / taken:10,.0f}" for taken in (median, slow, processor))
    return f"{suite.name:24}{len(suite.tests):7}{suite.turns:7}{rates}{suite.seconds * 1000:10.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default="flows", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    suites = [read(file) for file in sorted(options.folder.glob(f"*{TEST_ENDING}"))]
    if not suites:
        raise SystemExit(f"there are no *{TEST_ENDING} in {options.folder}")
    if options.profile:
        profile(suites)
        return
    titles = ("median", "slowest", "processor", "read, ms")
    print(f"{'turns a second of':24}{'tests':>7}{'turns':>7}{''.join(f'{x:>10}' for x in titles)}")
    for suite in suites:
        print(row(suite, measure(suite, (2.0 if options.quick else 15.0) / len(suites))))


def profile(suites: Sequence[Suite]) -> None:
    for suite in suites:
        suite.play()
    with cProfile.Profile() as profiler:
        for suite in suites * 20:
            suite.play()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
