"""Which database it is, and what is told of one that cannot be."""

import asyncio
import sys
from pathlib import Path

import pytest

from runtime.store.database import Database, StoreProblem
from runtime.store.store import Store


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("no url", "write postgresql://"),
        ("mysql://here/calls", "not in mysql"),
        ("sqlite://", "sqlite:///FILE"),
        ("sqlite:///:memory:", "sqlite:///FILE"),
    ],
)
def test_what_is_no_database_for_calls_is_refused(url: str, told: str, tmp_path: Path):
    with pytest.raises(StoreProblem, match=told):
        Database.of(url, tmp_path)


def opened(database: Database) -> None:
    async def run() -> None:
        async with Store.of(database, "here").open():
            pass

    asyncio.run(run())


def test_a_file_that_cannot_be_is_told_in_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")
    missing = f"sqlite:///{tmp_path}/missing/calls.sqlite"
    for make in (
        lambda: opened(Database.of(missing, tmp_path)),
        lambda: opened(Database.of(None, tmp_path / "file")),
        lambda: opened(Database.of(None, tmp_path / "file" / "below")),
    ):
        with pytest.raises(StoreProblem, match=r"calls\.sqlite|file"):
            make()


def test_a_driver_that_is_not_installed_is_named(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    database = Database.of("postgresql://here/calls", tmp_path)
    for make in (database.engine, database.async_engine):
        with pytest.raises(StoreProblem, match=r"callwright\[postgres\]"):
            make()
