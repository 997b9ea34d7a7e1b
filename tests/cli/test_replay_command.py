import asyncio
import json
from pathlib import Path
from time import time

import pytest
from shell import callwright
from told_calls import begun, ended

from runtime.cli.replay import seconds_of
from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.conversation.stand_ins import WebReply
from runtime.flow.engine.events import CallStarted
from runtime.flow.reading import read_flow
from runtime.store.changes import FlowSeen, Stepped
from runtime.store.database import Database
from runtime.store.store import Store

FLOW = """\
include: [common.yaml]
requests: {free: {get: 'https://example.com', save: {time: body.time}}}
variables: {time: ''}
greeting: {audio: hello.wav}
slots: {pin: {type: digits, ask: Your PIN?, sensitive: true, length: 4}}
states:
  menu: {ask: Book?, on: {book: pin}}
  pin: {collect: [pin], next: find}
  find: {request: free, on: {ok: offer, error: bye}}
  offer: {ask: 'At {{ time }}?', on: {yes: bye, no: menu}}
  bye: {hangup: Bye.}
"""
COMMON = "intents: {book: {words: [book]}}\n"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
FILES = {"clinic.yaml": FLOW, "common.yaml": COMMON, "hello.wav": "RIFF"}


def run(*arguments: str) -> tuple[int, str]:
    result = callwright(arguments)
    return result.exit_code, result.output


def steps(call: str, said: tuple[str, ...], at: float) -> list[Stepped]:
    """The steps of a call in which the caller says this, as its session tells of them."""

    def open_file(path: str) -> bytes:
        return COMMON.encode() if path == "common.yaml" else WAV

    flow = read_flow(FLOW, "clinic.yaml", open_file=open_file).flow
    assert flow is not None
    made: list[Stepped] = []

    def watch(before, event, effects, after):
        start = None if isinstance(event, CallStarted) else before
        made.append(Stepped(call, len(made) + 1, flow, start, event, effects, after))

    talk = Rehearsal(
        flow,
        lambda text, intents: (),
        CallStarted(at=at, call_id="c"),
        lambda request, sent: WebReply(body={"time": "nine"}),
        watch=watch,
    )
    talk.opening()
    for text in said:
        talk.caller(text)
    if not talk.ended:
        talk.hang_up()
    return made


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A data folder with three calls, and one whose version is not kept."""
    folder = tmp_path_factory.mktemp("data")

    async def keep() -> None:
        store = Store.of(Database.of(None, folder), "here")
        at = time() - 3600
        async with store.open():
            store.writer.put(FlowSeen("clinic", "abc", at, FILES))
            for number, said in enumerate((("book", "4321", "yes"), ("book",), ("what",))):
                store.writer.put(begun(f"call{number}", at + number))
                for step in steps(f"call{number}", said, at + number):
                    store.writer.put(step)
                store.writer.put(ended(f"call{number}"))
            store.writer.put(begun("old", at - 7200, flow="other"))
            store.writer.put(ended("old"))

    asyncio.run(keep())
    return str(folder)


def flows(folder: Path, text: str = FLOW) -> Path:
    for name, content in {"clinic.yaml": text, "common.yaml": COMMON}.items():
        (folder / name).write_text(content)
    (folder / "hello.wav").write_bytes(WAV)
    return folder / "clinic.yaml"


def test_a_call_is_replayed_to_the_version_that_led_it(data: str):
    code, output = run("calls", "replay", "call0", "--data", data)
    assert code == 0, output
    assert "call0 (clinic abc): the same effects, from the first to the last." in output


def test_it_is_found_by_the_carriers_id_too(data: str):
    assert run("calls", "replay", "carrier-call1", "--data", data)[0] == 0


def test_other_words_are_shown(data: str, tmp_path: Path):
    file = flows(tmp_path, FLOW.replace("Your PIN?", "Which PIN?"))
    code, output = run("calls", "replay", "call0", "--flow", str(file), "--data", data)
    assert code == 0
    assert "in state 'pin': Your PIN? -> Which PIN?" in output


def test_another_path_is_shown_beside_what_was(data: str, tmp_path: Path):
    file = flows(tmp_path, FLOW.replace("ok: offer", "ok: bye"))
    code, output = run("calls", "replay", "call0", "--flow", str(file), "--data", data)
    assert code == 1
    assert "in state 'pin': state offer -> state bye" in output
    rows = [[side.strip() for side in line.split("|")] for line in output.splitlines()]
    assert ["state      offer", ""] in rows
    assert ["state      bye", "state      bye"] in rows
    assert "4321" not in output


def test_a_replay_is_printed_for_programs(data: str, tmp_path: Path):
    file = flows(tmp_path, FLOW.replace("ok: offer", "ok: bye"))
    code, output = run("calls", "replay", "call0", "--flow", str(file), "--data", data, "--json")
    told = json.loads(output)
    assert (code, told["likeness"], told["parting"]["state"]) == (1, "path", "pin")
    assert told["versions"]["was"] == "abc"


def test_many_calls_are_summed_up(data: str, tmp_path: Path):
    file = flows(tmp_path, FLOW.replace("ok: offer", "ok: bye").replace("Your PIN?", "Which PIN?"))
    arguments = ("calls", "replay", "--all", "--flow", str(file), "--data", data)
    code, output = run(*arguments)
    assert code == 1
    assert "3 calls played to" in output
    assert "1 the same, 1 in other words, 1 on another path" in output
    assert "part in state 'pin': state offer -> state bye (call0)" in output
    assert json.loads(run(*arguments, "--json")[1])["path"] == 1


def test_calls_are_played_to_their_own_versions(data: str):
    code, output = run("calls", "replay", "--all", "--of", "clinic", "--data", data)
    assert code == 0
    assert "3 calls played to their own versions: 3 the same" in output
    code, output = run("calls", "replay", "--all", "--data", data)
    assert code == 1
    assert "not replayed: old: the version of the flow that led the call is not kept" in output


def test_only_calls_of_that_time_are_replayed(data: str):
    arguments = ("--since", "2h", "--data", data)
    assert run("calls", "replay", "--all", *arguments)[0] == 0
    code, output = run("calls", "replay", "--all", "--since", "10m", "--data", data)
    assert code == 2
    assert "no call was kept in that time" in output


def test_a_call_becomes_a_test_that_passes(data: str, tmp_path: Path):
    file = flows(tmp_path)
    out = tmp_path / "call.test.yaml"
    arguments = ("calls", "replay", "call0", "--as-test", str(out), "--data", data)
    code, output = run(*arguments, "--flows", str(file.parent))
    assert code == 0, output
    assert f"written: callwright test {out}" in output
    assert "4321" not in out.read_text()
    assert run("test", str(out))[0] == 0
    code, output = run(*arguments)
    assert code == 2
    assert "cannot be written" in output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("none",), "there is no call 'none'"),
        ((), "name a call, or say --all"),
        (("call0", "--all"), "name a call, or say --all"),
        (("--all", "--as-test", "a.test.yaml"), "a test is of one call"),
        (("--all", "--since", "a week"), "no length of time"),
        (("call0", "--flow", "missing.yaml"), "missing.yaml cannot be read"),
        (("old",), "is not kept"),
    ],
)
def test_what_cannot_be_replayed_is_told(data: str, arguments: tuple[str, ...], told: str):
    code, output = run("calls", "replay", *arguments, "--data", data)
    assert code == (1 if arguments == ("none",) else 2)
    assert told in output


def test_a_flow_with_mistakes_is_refused(data: str, tmp_path: Path):
    file = flows(tmp_path, FLOW.replace("next: find", "next: fnid"))
    code, output = run("calls", "replay", "call0", "--flow", str(file), "--data", data)
    assert code == 2
    assert "Did you mean 'find'?" in output


def test_how_far_back_is_read():
    assert [seconds_of(x) for x in ("7d", "12h", "30m", "1.5h")] == [604_800, 43_200, 1800, 5400]
