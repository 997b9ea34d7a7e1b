"""`pytest --forks`: what happens in the forks is told as if it had happened here."""

import os
from pathlib import Path

import pytest
from forks import WORTH_A_FORK
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


MANY = f"""
import pytest

@pytest.mark.parametrize("number", range({WORTH_A_FORK}))
def test_number(number):
    with open("run.txt", "a") as run:
        run.write(f"{{__name__}} {{number}}\\n")
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


# -- while more is collected -------------------------------------------------------------------


def test_what_is_collected_runs_while_more_is(tmp_path: Path):
    os.mkfifo(tmp_path / "line")
    # To open either end of the line waits for the other end.
    first = MANY + "\ndef test_says_that_it_runs():\n    open('line', 'w').close()\n"
    second = "open('line').close()\ndef test_is_collected_then():\n    pass\n"
    code, told = run_inner(tmp_path, {"test_a.py": first, "test_b.py": second}, *FORKS)
    assert code == pytest.ExitCode.OK, told
    assert f"{WORTH_A_FORK + 2} passed" in told


def test_every_test_runs_once_whoever_takes_it(tmp_path: Path):
    names = [f"test_{letter}" for letter in "abcdef"]
    code, told = run_inner(tmp_path, {f"{name}.py": MANY for name in names}, *FORKS)
    assert code == pytest.ExitCode.OK, told
    assert f"{WORTH_A_FORK * 6} passed" in told
    run = (tmp_path / "run.txt").read_text().splitlines()
    assert sorted(run) == sorted(f"{name} {n}" for name in names for n in range(WORTH_A_FORK))


def test_what_is_not_asked_for_is_not_run_ahead(tmp_path: Path):
    files = {"test_a.py": MANY, "test_b.py": GOOD}
    code, told = run_inner(tmp_path, files, *FORKS, "-k", "skipped")
    assert code == pytest.ExitCode.OK, told
    assert f"1 skipped, {WORTH_A_FORK + 20} deselected" in told
    assert not (tmp_path / "run.txt").exists()


def test_nothing_is_told_where_a_file_cannot_be_collected(tmp_path: Path):
    code, told = run_inner(tmp_path, {"test_a.py": MANY, "test_b.py": "import nowhere"}, *FORKS)
    assert code == pytest.ExitCode.INTERRUPTED
    assert "No module named 'nowhere'" in told
    assert "passed" not in told
