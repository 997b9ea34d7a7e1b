"""`pytest --forks N`: collect once, then run the files of tests in N forks of this process.

pytest-xdist starts its workers anew, each importing and collecting everything, and sends word of
every test as it is handed out; together that is as long as thousands of quick tests themselves.
Here a fork begins where collection ended, takes the next file when it has finished one, and tells
of each file at once. Files are never divided: what a module sets up is set up once.

To collect is a quarter of the whole and takes one core; on another a fork already runs what has
been collected so far.
"""

import gc
import os
from collections import deque
from collections.abc import Iterator
from itertools import groupby
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final

import pytest

_fork = get_context("fork")

# What a fork tells of a file: the arguments of pytest's hooks of logging, in their order.
_Told = list[tuple[str, dict[str, Any]]]

WORTH_A_FORK: Final = 150
"""So many collected tests are run ahead, if no others are."""

_CHOOSERS: Final = ("lf", "failedfirst", "newfirst", "stepwise")
"""Options by which pytest chooses among all tests, or orders them: first all have to be known."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--forks", type=int, default=0, help="run the tests in so many forks")


def pytest_configure(config: pytest.Config) -> None:
    option = config.option
    chooses = any(getattr(option, name, False) for name in _CHOOSERS)
    if option.forks > 1 and not option.collectonly and not chooses:
        config.pluginmanager.register(Ahead(config), "ahead")


class Ahead:
    """A plugin: runs what is collected while more is, in one fork at a time."""

    def __init__(self, config: pytest.Config) -> None:
        self.told: list[_Told] = []
        self.processes: dict[Connection, Any] = {}
        """The fork that runs, by the end at which it tells."""
        self._config = config
        self._collected: list[pytest.Item] = []
        self._given: list[list[pytest.Item]] = []
        self._to_take: int | None = None
        self._ran: set[Path] = set()

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        self._collected.append(item)

    def pytest_collectreport(self) -> None:
        """The tests of a file are all there now."""
        for end in list(self.processes):
            self._hear(end)
        if len(self._collected) >= WORTH_A_FORK and not self.processes:
            self._begin(self._collected)
            self._collected = []

    def ran(self) -> set[Path]:
        """Return the files that are run, or being run; all others are taken back."""
        self._take_back()
        return self._ran

    def _begin(self, items: list[pytest.Item]) -> None:
        self._take_back()
        self._config._tmp_path_factory.getbasetemp()
        self._given = _by_file(items)
        self._to_take = _queue(len(self._given))
        here, process = _started(_run_ahead, self._config, self._given, self._to_take)
        self.processes[here] = process

    def _take_back(self) -> None:
        if self._to_take is not None:
            back = {items[0].path for items in _taken(self._given, self._to_take)}
            self._ran.update({items[0].path for items in self._given} - back)
            os.close(self._to_take)
            self._to_take = None

    def _hear(self, end: Connection) -> None:
        """Take what is told so far: a full pipe would hold the fork up."""
        try:
            while end.poll():
                self.told.append(end.recv())
        except EOFError:
            process = self.processes.pop(end)
            process.join()
            _be_sure_of(process)


def _run_ahead(
    config: pytest.Config, files: list[list[pytest.Item]], to_take: int, there: Connection
) -> None:
    gc.freeze()
    session = files[0][0].session
    chosen = (_chosen(config, session, items) for items in _taken(files, to_take))
    _work(session, filter(None, chosen), there)


def _chosen(
    config: pytest.Config, session: pytest.Session, items: list[pytest.Item]
) -> list[pytest.Item]:
    """Return those of a file's tests that are to run; of all together pytest has not asked yet."""
    left = list(items)
    config.hook.pytest_collection_modifyitems(session=session, config=config, items=left)
    return left


def _started(work: Any, *arguments: Any) -> tuple[Connection, Any]:
    """Begin `work` in a fork; its last argument is the end at which it tells."""
    here, there = _fork.Pipe(duplex=False)
    process = _fork.Process(target=work, args=(*arguments, there), daemon=True)
    process.start()
    there.close()
    return here, process


def _be_sure_of(process: Any) -> None:
    if code := process.exitcode:
        pytest.exit(f"a fork ended with {code}", pytest.ExitCode.INTERNAL_ERROR)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    options = session.config.option
    if not options.forks or options.collectonly or session.testsfailed:
        return None  # pytest's own loop runs them, or says what could not be collected
    # One place for all temporary files: made later, each fork would make and leave its own.
    session.config._tmp_path_factory.getbasetemp()
    ahead = session.config.pluginmanager.getplugin("ahead") or Ahead(session.config)
    for told in ahead.told:
        _pass_on(session, told)
    ran = ahead.ran()
    left = [item for item in session.items if item.path not in ran]
    _run(session, _by_file(left), options.forks, ahead.processes)
    return True


def _by_file(items: list[pytest.Item]) -> list[list[pytest.Item]]:
    """Put the items of each file together, and the largest files first, to end evenly."""
    files = [list(group) for _, group in groupby(items, key=lambda item: item.path)]
    return sorted(files, key=len, reverse=True)


def _run(
    session: pytest.Session,
    files: list[list[pytest.Item]],
    forks: int,
    processes: dict[Connection, Any],
) -> None:
    """Run the files in so many forks, besides the `processes` that run already."""
    to_take = _queue(len(files))
    for _ in range(min(forks, len(files))):
        here, process = _started(_one_of_many, session, files, to_take)
        processes[here] = process
    os.close(to_take)
    try:
        _listen(session, processes)
    finally:
        for process in processes.values():
            process.kill()


def _one_of_many(
    session: pytest.Session, files: list[list[pytest.Item]], to_take: int, there: Connection
) -> None:
    _work(session, _taken(files, to_take), there)


def _listen(session: pytest.Session, processes: dict[Connection, Any]) -> None:
    """Pass on what the forks tell until all have ended.

    Raises: what pytest's own loop raises when it is to stop early; `pytest.exit` when a fork dies.
    """
    open_ends = set(processes)
    while open_ends:
        for end in wait(list(open_ends)):
            assert isinstance(end, Connection)
            try:
                _pass_on(session, end.recv())
            except EOFError:
                open_ends.remove(end)
                processes[end].join()
                _be_sure_of(processes[end])
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)


def _pass_on(session: pytest.Session, told: _Told) -> None:
    hook = session.config.hook
    for name, arguments in told:
        if name == "pytest_runtest_logreport":
            data = arguments["report"]
            report = hook.pytest_report_from_serializable(config=session.config, data=data)
            arguments = {"report": report}
        getattr(hook, name)(**arguments)


class _Teller:
    """A plugin: keeps what is to be told of the tests, in place of the terminal."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._times_all = bool(config.option.durations)
        self.told: _Told = []

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        self.told.append(("pytest_runtest_logstart", {"nodeid": nodeid, "location": location}))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.passed and report.when != "call" and not self._times_all:
            return  # nobody asks for it, and it is two thirds of all that there is to tell
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self.told.append(("pytest_runtest_logreport", {"report": data}))

    def pytest_runtest_logfinish(self, nodeid: str, location: Any) -> None:
        self.told.append(("pytest_runtest_logfinish", {"nodeid": nodeid, "location": location}))


def _work(session: pytest.Session, taken: Iterator[list[pytest.Item]], there: Connection) -> None:
    config = session.config
    plugins = config.pluginmanager
    plugins.unregister(name="terminalreporter")
    # What tests print goes to a file that all forks would share, with one place to write at.
    capture = plugins.getplugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    teller = _Teller(config)
    plugins.register(teller)
    ahead = deque([next(taken, [])])
    while items := ahead.popleft():
        # Known before the last test ends: it tells which fixtures are to be kept.
        ahead.append(next(taken, []))
        following = [*items[1:], *ahead[0][:1], None]
        for item, nextitem in zip(items, following, strict=False):
            config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
            if session.shouldfail or session.shouldstop:
                there.send(teller.told)
                return
        there.send(teller.told)
        teller.told = []
    # Searches for what was left open; what it raises makes this fork's exit code.
    config.hook.pytest_unconfigure(config=config)


def _queue(files: int) -> int:
    """Return a pipe's end with the numbers of so many files, for `_taken`."""
    # A read of four bytes from a pipe takes them all, and from one reader only.
    to_take, to_give = os.pipe()
    os.write(to_give, b"".join(number.to_bytes(4) for number in range(files)))
    os.close(to_give)
    return to_take


def _taken(files: list[list[pytest.Item]], to_take: int) -> Iterator[list[pytest.Item]]:
    while number := os.read(to_take, 4):
        yield files[int.from_bytes(number)]
