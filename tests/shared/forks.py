"""`pytest --forks N`: collect once, then run the files of tests in N forks of this process.

pytest-xdist starts its workers anew, each importing and collecting everything, and sends word of
every test as it is handed out; together that is as long as thousands of quick tests themselves.
Here a fork begins where collection ended, takes the next file when it has finished one, and tells
of each file at once. Files are never divided: what a module sets up is set up once.
"""

import os
from collections import deque
from collections.abc import Iterator
from itertools import groupby
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

import pytest

_fork = get_context("fork")

# What a fork tells of a file: the arguments of pytest's hooks of logging, in their order.
_Told = list[tuple[str, dict[str, Any]]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--forks", type=int, default=0, help="run the tests in so many forks")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    options = session.config.option
    if not options.forks or options.collectonly or session.testsfailed:
        return None  # pytest's own loop runs them, or says what could not be collected
    # One place for all temporary files: made later, each fork would make and leave its own.
    session.config._tmp_path_factory.getbasetemp()
    _run(session, _by_file(session.items), options.forks)
    return True


def _by_file(items: list[pytest.Item]) -> list[list[pytest.Item]]:
    """Put the items of each file together, and the largest files first, to end evenly."""
    files = [list(group) for _, group in groupby(items, key=lambda item: item.path)]
    return sorted(files, key=len, reverse=True)


def _run(session: pytest.Session, files: list[list[pytest.Item]], forks: int) -> None:
    # A read of four bytes from a pipe takes them all, and from one reader only.
    to_take, to_give = os.pipe()
    os.write(to_give, b"".join(number.to_bytes(4) for number in range(len(files))))
    os.close(to_give)
    processes = {}
    for _ in range(min(forks, len(files))):
        here, there = _fork.Pipe(duplex=False)
        process = _fork.Process(target=_work, args=(session, files, to_take, there))
        process.start()
        there.close()
        processes[here] = process
    os.close(to_take)
    try:
        _listen(session, processes)
    finally:
        for process in processes.values():
            process.kill()


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
                if code := processes[end].exitcode:
                    pytest.exit(f"a fork ended with {code}", pytest.ExitCode.INTERNAL_ERROR)
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


def _work(
    session: pytest.Session, files: list[list[pytest.Item]], to_take: int, there: Connection
) -> None:
    config = session.config
    plugins = config.pluginmanager
    plugins.unregister(name="terminalreporter")
    # What tests print goes to a file that all forks would share, with one place to write at.
    capture = plugins.getplugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    teller = _Teller(config)
    plugins.register(teller)
    taken = _taken(files, to_take)
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


def _taken(files: list[list[pytest.Item]], to_take: int) -> Iterator[list[pytest.Item]]:
    while number := os.read(to_take, 4):
        yield files[int.from_bytes(number)]
