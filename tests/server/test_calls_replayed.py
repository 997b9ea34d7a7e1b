"""Calls that a real server has led and kept are replayed from its database."""

import asyncio
import json

import pytest
from running import Running, Speech, calling, running, until

from providers.scripted import ScriptedSpeechToText, ScriptedTextToSpeech
from runtime.call.session import CallSession
from runtime.carrier.caller import Call
from runtime.carrier.script import Manners, Press
from runtime.carrier.stand_in.load import place_all
from runtime.flow.conversation.reading import read_conversations
from runtime.flow.conversation.running import run
from runtime.flow.replay.as_test import call_as_test
from runtime.flow.replay.replaying import Likeness, replay
from runtime.flow.replay.versions import read_version
from runtime.store.database import Database
from runtime.store.kept_calls import KeptCalls

pytestmark = pytest.mark.network

FLOW = """
greeting: Hello.
intents: {book: {words: [book], digit: 1}}
slots:
  pin: {type: digits, length: 4, ask: Your PIN?, sensitive: true, confirm: '{{ value }}?'}
states:
  menu: {ask: What next?, on: {book: pin}}
  pin: {collect: [pin], next: bye}
  bye: {hangup: 'Bye {{ pin }}.'}
"""
SECRET = "8765"
SAID = ("book", "eight seven six five", "yes")


def no_rank(text, intents):
    return ()


def newest(server: Running) -> CallSession:
    return list(server.house.switchboard.sessions)[-1]


def is_waiting(server: Running) -> bool:
    state = newest(server).state
    return bool(state.said) and not (state.speaking or state.hearing)


async def by_voice(server: Running) -> None:
    async with calling(server) as carrier:
        await carrier.connect()
        await carrier.next("connected")
        await carrier.media(bytes([255]) * 160)
        for _ in SAID:
            await until(lambda: is_waiting(server))
            await carrier.say(0.5)
        assert await carrier.closed() == 1000


async def by_keys(server: Running) -> None:
    keys = (Press("1"), Press(SECRET), Press("1"))
    manners = Manners(moment=0.1, patience=0.3)
    await place_all([Call(server.url(), "c", keys, manners=manners)], rate=50)


@pytest.mark.parametrize("lead", [by_voice, by_keys])
def test_a_call_replays_the_same_and_becomes_a_test(tmp_path, lead):
    stt = ScriptedSpeechToText(list(SAID))
    speech = Speech(stt, ScriptedTextToSpeech(milliseconds_per_character=1))

    async def go() -> None:
        async with running(tmp_path, FLOW, providers=speech) as server:
            await lead(server)

    asyncio.run(go())
    engine = Database(f"sqlite:///{tmp_path / 'calls.sqlite'}").engine()
    kept = list(KeptCalls(engine).since(0))
    engine.dispose()
    (call,) = kept
    flow = read_version(call.files)
    assert flow.version == call.version
    done = replay(flow, call.steps)
    assert (done.likeness, done.is_doubtful) == (Likeness.SAME, False)
    assert done.was_end == "hangup"
    written = json.dumps([step.as_json() for step in call.steps])
    assert SECRET not in written
    assert "eight seven" not in written
    test = call_as_test(flow, call.steps, "again", rank=no_rank, flow_file="hello.yaml")
    reading = read_conversations(test, "a.test.yaml", open_file=lambda path: FLOW.encode())
    assert not reading.problems, test
    assert run(reading.conversations[0], no_rank).failure is None, test
