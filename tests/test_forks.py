"""`pytest --forks`: what happens in the forks is told as if it had happened here."""

import os
import sys
from multiprocessing import get_context
from pathlib import Path

import pytest

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


def run(folder: Path, files: dict[str, str], *options: str) -> tuple[int, str]:
    """Return the exit code of a pytest of its own, and what it printed.

    That is a fork, too: a new process would load pytest anew.
    """
    for name, text in files.items():
        (folder / name).write_text(text)
    plugins = ("--disable-plugin-autoload", "-p", "no:cacheprovider", "-p", "forks")
    places = ("-c", os.devnull, "--rootdir", str(folder), "--basetemp", str(folder / "made"))
    arguments = [*plugins, *places, "--forks", "2", *options, str(folder)]
    pytests = get_context("fork").Process(target=_run, args=(folder, arguments))
    pytests.start()
    pytests.join(60)
    return pytests.exitcode or 0, (folder / "printed.txt").read_text()


def _run(folder: Path, arguments: list[str]) -> None:
    os.chdir(folder)
    with (folder / "printed.txt").open("w") as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
        sys.stdout = sys.stderr = printed
        code = pytest.main(arguments)
    os._exit(code)


def test_all_outcomes_are_told_with_what_was_printed(tmp_path: Path):
    code, told = run(tmp_path, {"test_good.py": GOOD, "test_bad.py": BAD})
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
    code, told = run(tmp_path, {"test_only.py": text}, "-W", "error")
    assert code == pytest.ExitCode.INTERNAL_ERROR
    assert expected in told


def test_the_first_failure_ends_it_where_that_is_asked(tmp_path: Path):
    code, told = run(tmp_path, {"test_bad.py": BAD}, "-x")
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "stopping after 1 failures" in told
    assert "no fixture today" not in told
