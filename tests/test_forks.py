"""`pytest --forks`: what happens in the forks is told as if it had happened here."""

from pathlib import Path

import pytest
from inner_pytest import run_inner

pytestmark = pytest.mark.process

GOOD = """
import os
import pytest

@pytest.fixture(scope="module")
def fork():
    return os.getpid()

@pytest.mark.parametrize("number", range(20))
def test_number(number, fork, tmp_path):
    assert fork == os.getpid() != os.getppid()

def test_skipped():
    pytest.skip("not today")
"""
BAD = """
import pytest

@pytest.fixture
def broken():
    raise OSError("no fixture today")

def test_fails():
    print("said before it failed")
    assert 1 + 1 == 3

def test_has_no_fixture(broken):
    pass
"""
LEAKING = """
import gc
def test_leaves_something_open():
    class Loud:
        def __del__(self):
            raise OSError("left open")
    loud = Loud()
    loud.itself = loud
"""


FORKS = ("-p", "forks", "--forks", "2")


def test_all_outcomes_are_told_with_what_was_printed(tmp_path: Path):
    code, told = run_inner(tmp_path, {"test_good.py": GOOD, "test_bad.py": BAD}, *FORKS)
    assert code == pytest.ExitCode.TESTS_FAILED
    for part in (
        f"test_good.py {'.' * 20}s",
        "test_bad.py FE",
        "said before it failed",
        "assert (1 + 1) == 3",
        "FAILED test_bad.py::test_fails",
        "ERROR test_bad.py::test_has_no_fixture - OSError: no fixture today",
        "1 failed, 20 passed, 1 skipped, 1 error in",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import os\ndef test_dies(): os._exit(3)", "a fork ended with 3"),
        (LEAKING, "OSError: left open"),
    ],
)
def test_a_fork_that_dies_or_leaves_something_open_is_no_success(tmp_path, text, expected):
    code, told = run_inner(tmp_path, {"test_only.py": text}, *FORKS, "-W", "error")
    assert code == pytest.ExitCode.INTERNAL_ERROR
    assert expected in told


def test_the_first_failure_ends_it_where_that_is_asked(tmp_path: Path):
    code, told = run_inner(tmp_path, {"test_bad.py": BAD}, *FORKS, "-x")
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "stopping after 1 failures" in told
    assert "no fixture today" not in told
