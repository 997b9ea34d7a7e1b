"""`pytest --offline`: no test opens a socket, and none that would is forgotten."""

from pathlib import Path

import pytest
from inner_pytest import run_inner
from offline import is_left_out

pytestmark = pytest.mark.process

MARKED = """
import pytest
import no_such_library

pytestmark = pytest.mark.network

def test_asks_somebody():
    pass
"""
MIXED = """
import asyncio
import socket
import pytest

def test_thinks():
    asyncio.run(asyncio.sleep(0))

@pytest.mark.network
def test_says_that_it_connects():
    socket.create_connection(("127.0.0.1", 1))

@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.speech)])
def test_sometimes(number):
    assert number == 1
"""
FORGOTTEN = """
import socket

def test_listens():
    with socket.create_server(("127.0.0.1", 0)):
        pass
"""
OPTIONS = ("-p", "offline", "--offline", "-W", "ignore::pytest.PytestUnknownMarkWarning")


def test_what_is_marked_is_not_run_and_a_whole_file_of_it_not_loaded(tmp_path: Path):
    code, told = run_inner(tmp_path, {"test_marked.py": MARKED, "test_mixed.py": MIXED}, *OPTIONS)
    assert code == pytest.ExitCode.OK
    assert "2 passed, 2 deselected in" in told


def test_a_test_that_opens_a_socket_and_is_not_marked_fails_and_is_told_what_to_do(tmp_path: Path):
    code, told = run_inner(tmp_path, {"test_forgotten.py": FORGOTTEN}, *OPTIONS)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "socket.bind ('127.0.0.1', 0): mark the test with @pytest.mark.network" in told


@pytest.mark.parametrize(
    ("line", "is_it"),
    [
        ("pytestmark = pytest.mark.network", True),
        ("pytestmark = [pytest.mark.speech, pytest.mark.openai]", True),
        ("pytestmark = [\n    pytest.mark.process,\n]", True),
        ("pytestmark = pytest.mark.networked", False),
        ("pytestmark = pytest.mark.skipif(True)", False),
        ("# pytestmark = pytest.mark.network", False),
        ("    pytestmark = pytest.mark.network", False),
    ],
)
def test_a_file_is_known_by_its_line_of_marks(line: str, is_it: bool):
    assert is_left_out(f"import pytest\n\n{line}\n") is is_it
