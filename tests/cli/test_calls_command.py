import asyncio
import csv
import io
import json
from pathlib import Path

import pytest
from placing import person, placing
from running import DID
from shell import callwright
from told_calls import AT, begun, ended, spoken

from runtime.carrier.stand_in.person import Answer, RestFault
from runtime.store.changes import CallChanged
from runtime.store.database import FILE_NAME, Database
from runtime.store.store import Store

pytestmark = pytest.mark.database


def run(*arguments: str) -> tuple[int, str]:
    result = callwright(arguments)
    return result.exit_code, result.output


@pytest.fixture
def data(tmp_path: Path) -> str:
    """A data folder with three calls."""

    async def keep() -> None:
        store = Store.of(Database.of(None, tmp_path), "here")
        async with store.open():
            for number in range(3):
                store.writer.put(begun(f"call{number}", AT + number, did=f"864501234{number}"))
                store.writer.put(spoken(1, "Hello, who is it?", call=f"call{number}"))
            store.writer.put(CallChanged("call1", AT + 9, {"slots": {"name": "Asha"}}))
            store.writer.put(ended("call1"))
            store.writer.put(ended("call2"))

    asyncio.run(keep())
    return str(tmp_path)


def test_calls_are_listed_newest_first(data: str):
    code, output = run("calls", "list", "--data", data)
    assert code == 0
    lines = output.splitlines()[1:]
    assert [line.split()[2] for line in lines] == ["call2", "call1", "call0"]
    assert [line.split()[-1] for line in lines] == ["hangup", "hangup", "live"]


def test_a_list_is_narrowed_and_printed_as_json(data: str):
    wanted = ("--state", "ended", "--did", "8645012341", "--json")
    code, output = run("calls", "list", "--data", data, *wanted)
    assert code == 0
    assert [row["id"] for row in json.loads(output)] == ["call1"]


def test_a_call_is_shown_with_what_was_said(data: str):
    code, output = run("calls", "show", "call1", "--data", data)
    assert code == 0
    assert "end_reason    hangup" in output
    assert '"name":"Asha"' in output
    assert output.splitlines()[-1] == "11:06:41  bot     Hello, who is it?"
    assert json.loads(run("calls", "show", "call1", "--data", data, "--json")[1])["id"] == "call1"
    assert run("calls", "show", "nobody", "--data", data)[0] == 1


def test_all_calls_are_exported_for_spreadsheets_and_programs(data: str):
    code, output = run("calls", "export", "--data", data)
    assert code == 0
    assert [json.loads(line)["id"] for line in output.splitlines()] == ["call2", "call1"]
    code, output = run("calls", "export", "--data", data, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(output)))
    assert [(row["id"], row["slots"]) for row in rows] == [
        ("call2", "{}"),
        ("call1", '{"name":"Asha"}'),
    ]


def test_a_number_is_looked_for_as_people_write_it(data: str):
    for written in ("+91 86450 12341", "08645012341"):
        for command in ("list", "export"):
            code, output = run("calls", command, "--data", data, "--did", written)
            assert code == 0
            assert "call1" in output
            assert "call2" not in output


def test_a_folder_without_calls_is_told_in_one_sentence(tmp_path: Path):
    code, output = run("calls", "list", "--data", str(tmp_path))
    assert code == 2
    assert "no server has kept a call here yet" in output


def test_a_folder_that_is_not_there_is_told_and_not_made(tmp_path: Path):
    code, output = run("calls", "list", "--data", str(tmp_path / "misspelt"))
    assert code == 2
    assert "there is no folder" in output
    assert not (tmp_path / "misspelt").exists()


def test_a_file_that_is_no_database_is_told_in_one_sentence(tmp_path: Path):
    (tmp_path / FILE_NAME).write_text("Dear diary, " * 100)
    for command in (("calls", "list"), ("db", "upgrade")):
        code, output = run(*command, "--data", str(tmp_path))
        assert code == 2
        assert "not a database" in output


def test_the_tables_are_made_by_a_command(tmp_path: Path):
    assert "newest tables now" in run("db", "upgrade", "--data", str(tmp_path))[1]
    assert "newest tables already" in run("db", "upgrade", "--data", str(tmp_path))[1]
    assert run("calls", "list", "--data", str(tmp_path))[0] == 0


def placed(
    tmp_path: Path, answer: Answer, *more: str, rest: RestFault | None = None
) -> tuple[int, str]:
    async def go() -> tuple[int, str]:
        async with placing(tmp_path, person(answer, rest=rest)) as here:
            server = ("--server", f"http://{here.server.address}")
            return await asyncio.to_thread(
                run, "call", "98 1111 1111", "--did", DID, *server, *more
            )

    return asyncio.run(go())


@pytest.mark.network
def test_a_call_is_placed_and_followed_to_its_end(tmp_path: Path):
    code, output = placed(tmp_path, Answer.PERSON, "--var", "name=Asha")
    assert code == 0
    first, *turns, last = output.splitlines()
    assert first.startswith("initiated: ")
    assert turns == ["bot     Hello Asha.", "bot     Bye."]
    assert last == "answered (hangup)"


@pytest.mark.network
def test_a_call_that_nobody_answers_has_status_1(tmp_path: Path):
    code, output = placed(tmp_path, Answer.BUSY)
    assert code == 1
    assert output.splitlines()[-1].startswith(("busy", "no_answer"))


@pytest.mark.network
def test_a_call_that_may_ring_is_not_said_to_be_unplaced(tmp_path: Path):
    """Who reads that would place it once more."""
    odd = RestFault(500, 5000, "oops", places=True)
    code, output = placed(tmp_path, Answer.PERSON, rest=odd)
    assert code == 1
    assert "was not placed" not in output
    assert "do not place it again" in output
    assert "callwright calls show" in output


@pytest.mark.network
def test_a_call_that_cannot_be_placed_says_why(tmp_path: Path):
    code, output = placed(tmp_path, Answer.PERSON, "--flow", "nothing")
    assert code == 2
    assert "there is no flow 'nothing' that serves" in output
    assert run("call", "9811111111", "--did", DID, "--server", "http://127.0.0.1:1")[0] == 2
    assert run("call", "9811111111", "--did", DID, "--var", "x")[0] == 2


@pytest.mark.parametrize("address", ["http://127.0.0.1:abc", "127.0.0.1:8080", "ws://127.0.0.1"])
def test_an_address_that_is_none_is_told(address: str):
    code, output = run("call", "9811111111", "--did", DID, "--server", address)
    assert code == 2
    assert "http://HOST:PORT" in output
