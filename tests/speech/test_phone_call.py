"""The whole way of a call with real speech: mu-law, recognition, flow, synthesis, mu-law."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from recordings import HumanRecordings, over_the_line
from running import Running, Speech, running

from providers.base import Hints, Voice
from providers.local_stt import LocalSpeechToText
from providers.local_tts import LocalTextToSpeech
from runtime.audio.mulaw import decode_float
from runtime.carrier.caller import Call, CallHeard, EndedBy, place
from runtime.carrier.script import Manners, Press, Say, Step

pytestmark = pytest.mark.speech

FLOWS = Path(__file__).parents[2] / "flows"
BOTS = ("common.yaml", "reception.yaml", "survey.yaml")
PROMPT = Manners(moment=0.4, patience=6.0)

HUMAN = """
greeting: Hello.
states:
  menu:
    ask: What can I do for you?
    on: {again: again, goodbye: bye}
  again:
    ask: I have heard you.
    on: {goodbye: bye}
  bye:
    hangup: Thank you.
intents:
  again: {words: [try again]}
"""

DIDS = """
dids:
  8645012345: reception.yaml
  8645012346: human.yaml
  8645012347: survey.yaml
"""


@dataclass(frozen=True)
class Made:
    """A call that is over: as its caller heard it, and as the server keeps it."""

    heard: CallHeard
    understood: str
    record: dict[str, Any]

    @property
    def meant(self) -> list[str | None]:
        return [turn["intent"] for turn in self.record["turns"] if turn["who"] == "caller"]


class Caller:
    """Has the offline voice, a little faster than the bot's, and listens to what the bot says."""

    def __init__(self) -> None:
        self.stt = LocalSpeechToText()
        self.tts = LocalTextToSpeech()

    async def line(self, text: str) -> Say:
        pieces = [piece async for piece in self.tts.synthesize(text, Voice(speaking_rate=1.1))]
        return Say(over_the_line(decode_float(b"".join(pieces)), 8000, snr=25), text)

    async def call(self, server: Running, name: str, did: str, *steps: Step) -> Made:
        call = Call(server.url(f"/media/{did}"), name, steps, manners=PROMPT, waits_for_end=15.0)
        heard = await place(call)
        sounds = [piece.audio for piece in heard.pieces]
        texts = [(await self.stt.transcribe(sound, Hints())).text for sound in sounds]
        rows = (await server.get("/v1/calls")).json()["calls"]
        [id_] = [row["id"] for row in rows if row["call_id"] == name]
        record = (await server.get(f"/v1/calls/{id_}")).json()
        return Made(heard, " ".join(texts).lower(), record)


@pytest.fixture(scope="module")
def calls(
    tmp_path_factory: pytest.TempPathFactory, human_recordings: HumanRecordings
) -> Mapping[str, Made]:
    """Four calls at the same time, since a call takes as long as it takes."""

    async def all_of_them() -> Mapping[str, Made]:
        caller = Caller()
        flows = {name: (FLOWS / name).read_text() for name in BOTS}
        async with running(
            tmp_path_factory.mktemp("calls"),
            flows={**flows, "human.yaml": HUMAN},
            dids=DIDS,
            providers=Speech(LocalSpeechToText(), LocalTextToSpeech()),
            speech={"activity": "silero"},
        ) as server:
            booking = [
                await caller.line("I would like to book an appointment."),
                await caller.line("Goodbye."),
            ]
            human = [
                Say(human_recordings.get(name, snr=25).audio, name)
                for name in ("please-try-again", "goodbye")
            ]
            made = await asyncio.gather(
                caller.call(server, "booking", "8645012345", *booking),
                caller.call(server, "human", "8645012346", *human),
                caller.call(server, "events", "8645012347", Press("1"), Press("3")),
                caller.call(server, "tones", "8645012347", Press("1", True), Press("3", True)),
            )
        return {each.heard.call_id: each for each in made}

    return asyncio.run(all_of_them())


def test_every_call_is_closed_with_1000_by_the_bot_and_breaks_no_rule_of_the_carrier(calls):
    for made in calls.values():
        assert (made.heard.close_code, made.heard.ended_by) == (1000, EndedBy.BOT)
        assert made.heard.faults_found == ()


def test_a_synthesised_caller_books_a_call_back_and_says_goodbye(calls):
    assert calls["booking"].meant == ["appointment", "goodbye"]


def test_what_the_bot_says_is_understood_at_the_far_end_of_the_line(calls):
    understood = calls["booking"].understood
    assert "sunrise traders" in understood
    assert "call you back" in understood
    assert "goodbye" in understood


def test_a_human_voice_is_understood_over_the_line(calls):
    assert calls["human"].meant == ["again", "goodbye"]


@pytest.mark.parametrize("name", ["events", "tones"])
def test_the_survey_is_answered_by_keys_alone(calls, name: str):
    record = calls[name].record
    assert [turn["text"] for turn in record["turns"] if turn["who"] == "caller"] == ["1", "3"]
    assert (record["variables"]["on_time"], record["variables"]["rating"]) == ("yes", "bad")
