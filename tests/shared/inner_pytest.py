"""A pytest within a test, for what our own plugins make of some tests."""

import os
import sys
from multiprocessing import get_context
from pathlib import Path

import pytest


def run_inner(folder: Path, files: dict[str, str], *options: str) -> tuple[int, str]:
    """Return the exit code of a pytest over these files, and what it printed.

    That is a fork: a new process would load pytest anew.
    """
    for name, text in files.items():
        (folder / name).write_text(text)
    plugins = ("--disable-plugin-autoload", "-p", "no:cacheprovider")
    places = ("-c", os.devnull, "--rootdir", str(folder), "--basetemp", str(folder / "made"))
    arguments = [*plugins, *places, *options, str(folder)]
    pytests = get_context("fork").Process(target=_run, args=(folder, arguments))
    pytests.start()
    pytests.join(60)
    pytests.kill()  # as one that waits for ever
    pytests.join()
    return pytests.exitcode or 0, (folder / "printed.txt").read_text()


def _run(folder: Path, arguments: list[str]) -> None:
    os.chdir(folder)
    with (folder / "printed.txt").open("w") as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
        sys.stdout = sys.stderr = printed
        code = pytest.main(arguments)
    os._exit(code)
