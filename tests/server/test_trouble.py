import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from running import HELLO, SILENCE, Carrier, Running, Speech, calling, running, until
from websockets import ConnectionClosed

from providers.base import ProviderError, Transcript, Voice
from providers.scripted import ScriptedSpeechToText, ScriptedTextToSpeech

pytestmark = pytest.mark.network

NO_VOICE = ScriptedTextToSpeech(milliseconds_per_character=1)


class BrokenSpeechToText(ScriptedSpeechToText):
    """Throws what no provider should throw."""

    async def transcribe(self, utterance: bytes, hints: Any) -> Transcript:
        raise ValueError("a bug in the adapter")


class LateBreakingTextToSpeech(ScriptedTextToSpeech):
    """Speaks what is fixed; fails for the sentence that only a call has."""

    def __init__(self, failure: str) -> None:
        super().__init__(milliseconds_per_character=1)
        self._late = failure

    async def synthesize(self, text: str, voice: Voice):
        if "you said" in text:
            self.failure = self._late
        async for piece in super().synthesize(text, voice):
            yield piece


async def _answer(server: Running, carrier: Carrier) -> None:
    await carrier.connect()
    await carrier.next("connected")
    await carrier.next("greeting")
    await carrier.media(SILENCE)
    await carrier.next("media")
    await server.has_been_heard(2)


@pytest.mark.parametrize("failure", ["raise", "hang", "nothing"])
def test_a_recogniser_that_fails_makes_the_bot_ask_again_and_then_give_up(
    tmp_path: Path, failure: str
):
    speech = Speech(stt=ScriptedSpeechToText(failure=failure), tts=NO_VOICE)
    flow = HELLO + "settings: {tries: 2, no_input_after: 50ms}\n"

    async def call() -> None:
        settings = {"speech": {"activity": "energy", "recognition_deadline": 0.05}}
        async with (
            running(tmp_path, flow, providers=speech, **settings) as server,
            calling(server) as carrier,
        ):
            await _answer(server, carrier)
            await carrier.say(0.5)
            await carrier.next("media")
            assert await carrier.closed() == 1000
            assert (await server.ended_call())["end_reason"] == "gave_up"

    asyncio.run(call())


def test_a_call_goes_on_with_the_next_recogniser_and_the_next_voice(tmp_path: Path):
    first_voice = LateBreakingTextToSpeech("raise")
    speech = Speech(
        stt={
            "deaf": ScriptedSpeechToText(failure="hang"),
            "keen": ScriptedSpeechToText("book"),
        },
        tts={"first": first_voice, "second": NO_VOICE},
    )
    flow = HELLO.replace("hangup: Bye.", "say: you said {{ text }}\n    next: end")
    flow += "  end:\n    hangup: Bye.\n"

    async def call() -> None:
        kinds = {"stt": ("deaf", "keen"), "tts": ("first", "second")}
        named = {kind: {name: {"use": name} for name in names} for kind, names in kinds.items()}
        hearing = {"activity": "energy", "recognition_deadline": 0.3}
        async with (
            running(
                tmp_path, flow, providers=speech, named=named, defaults=kinds, speech=hearing
            ) as server,
            calling(server) as carrier,
        ):
            await _answer(server, carrier)
            await carrier.say(0.5)
            assert await carrier.closed() == 1000
            record = await server.ended_call()
            assert record["end_reason"] == "hangup"
            assert [turn["text"] for turn in record["turns"]][-2:] == ["you said book", "Bye."]

    asyncio.run(call())
    assert [text for text, _ in first_voice.spoken if "you said" in text] == ["you said book"]
    assert "you said book" in [text for text, _ in NO_VOICE.spoken]


def test_a_bug_in_an_adapter_ends_only_that_call_with_1011_and_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    speech = Speech(stt=BrokenSpeechToText(), tts=NO_VOICE)

    async def call() -> None:
        async with running(tmp_path, providers=speech) as server:
            async with calling(server) as carrier:
                await _answer(server, carrier)
                # The close may come before all of it is sent.
                with suppress(ConnectionClosed):
                    await carrier.say(0.5)
                assert await carrier.closed() == 1011
            assert (await server.ended_call())["end_reason"] == "fault"
            async with calling(server) as next_carrier:
                await next_carrier.connect()
                await next_carrier.next("connected")

    with caplog.at_level(logging.ERROR):
        asyncio.run(call())
    assert [record.message for record in caplog.records].count("call_failed") == 1


def embed(texts: Sequence[str]) -> np.ndarray:
    """Knows what has to do with an appointment."""
    return np.array([[1, 0] if "appointment" in text else [0, 1] for text in texts], np.float32)


def fails_in_a_call(texts: Sequence[str]) -> np.ndarray:
    if len(texts) == 1:
        raise RuntimeError("the model is broken")
    return embed(texts)


GUESS = """
greeting: Hello.
intents: {book: {examples: [I need an appointment, an appointment please]}}
states:
  menu: {ask: What next?, on: {book: bye}}
  bye: {hangup: Bye.}
settings: {tries: 1}
"""


@pytest.mark.parametrize(
    ("model", "how", "reason"),
    [(embed, "classifier", "hangup"), (fails_in_a_call, "no_match", "gave_up")],
)
def test_what_is_meant_is_found_by_a_model_and_its_failure_is_a_misunderstanding(
    tmp_path: Path, model: Any, how: str, reason: str
):
    stt = ScriptedSpeechToText("could I possibly get an appointment")
    speech = Speech(stt=stt, tts=NO_VOICE, embed=model)

    async def call() -> None:
        async with (
            running(tmp_path, GUESS, providers=speech) as server,
            calling(server) as carrier,
        ):
            await _answer(server, carrier)
            await carrier.say(0.5)
            assert await carrier.closed() == 1000
            record = await server.ended_call()
            assert [turn["how"] for turn in record["turns"] if turn["who"] == "caller"] == [how]
            assert record["end_reason"] == reason

    asyncio.run(call())


@pytest.mark.parametrize("failure", ["raise", "hang", "nothing"])
def test_a_line_that_cannot_be_spoken_takes_the_way_of_errors(tmp_path: Path, failure: str):
    flow = HELLO.replace("hangup: Bye.", "say: you said {{ text }}\n    next: end\n") + (
        "  sorry:\n    hangup: Sorry.\n  end:\n    ask: And now?\n    on: {book: sorry}\n"
        "always:\n  on: {error: sorry}\n"
    )
    speech = Speech(tts=LateBreakingTextToSpeech(failure))

    async def call() -> None:
        settings = {"speech": {"activity": "energy", "synthesis_deadline": 0.05}}
        async with (
            running(tmp_path, flow, providers=speech, **settings) as server,
            calling(server) as carrier,
        ):
            await _answer(server, carrier)
            await carrier.say(0.5)
            assert await carrier.closed() == 1000
            record = await server.ended_call()
            assert "you said book" not in [turn["text"] for turn in record["turns"]]
            assert [event["kind"] for event in record["events"]].count("provider_failed") >= 1

    asyncio.run(call())


def test_a_caller_who_never_speaks_is_asked_again_and_then_left(tmp_path: Path):
    flow = HELLO + "settings: {tries: 2, no_input_after: 50ms}\n"
    speech = Speech(tts=NO_VOICE)

    async def call() -> None:
        async with running(tmp_path, flow, providers=speech) as server, calling(server) as carrier:
            await _answer(server, carrier)
            assert await carrier.closed() == 1000
            record = await server.ended_call()
            assert record["end_reason"] == "gave_up"
            assert [turn["how"] for turn in record["turns"] if turn["who"] == "caller"] == [
                "no_input",
                "no_input",
            ]

    asyncio.run(call())


def test_a_caller_who_never_stops_is_recognised_every_30_seconds(tmp_path: Path):
    stt = ScriptedSpeechToText(["", ProviderError("the script is over")])
    speech = Speech(stt=stt, tts=NO_VOICE)

    async def call() -> None:
        async with running(tmp_path, providers=speech) as server, calling(server) as carrier:
            await _answer(server, carrier)
            for _ in range(8):
                await carrier.say_on(4)
            await until(lambda: stt.heard)
            assert 29 < len(stt.heard[0][0]) / 8000 < 31

    asyncio.run(call())


def test_a_missing_recogniser_leaves_the_keypad_flows_serving(tmp_path: Path):
    async def call() -> None:
        speech = Speech(stt=None, tts=NO_VOICE)
        async with running(tmp_path, providers=speech) as server, calling(server) as carrier:
            await _answer(server, carrier)
            await carrier.press(9)
            assert await carrier.closed() == 1000

    asyncio.run(call())


def test_a_missing_synthesiser_is_one_sentence_with_the_command_and_serve_still_starts(
    tmp_path: Path,
):
    async def call() -> None:
        async with running(tmp_path, providers=Speech(tts=None)) as server:
            [row] = (await server.get("/v1/flows")).json()["flows"]
            assert not row["valid"]
            assert "pip install 'callwright[local]'" in row["errors"][0]
            ready = await server.get("/ready")
            assert ready.status_code == 503
            assert ready.json()["reasons"] == ["no valid flow"]
            async with calling(server) as carrier:
                await carrier.connect()
                assert await carrier.closed() == 1008

    asyncio.run(call())


def test_a_flow_of_recordings_needs_no_synthesiser(tmp_path: Path):
    from runtime.carrier import wav

    flow = """
greeting: {audio: hello.wav, say: Hello.}
states:
  menu:
    ask: {audio: hello.wav, say: Press nine.}
    on: {"9": bye}
  bye:
    hangup: {audio: hello.wav, say: Bye.}
"""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "hello.wav").write_bytes(wav.mono(SILENCE))

    async def call() -> None:
        speech = Speech(stt=None, tts=None)
        async with running(tmp_path, flow, providers=speech) as server, calling(server) as carrier:
            await _answer(server, carrier)
            await carrier.press(9)
            assert await carrier.closed() == 1000
            record = await server.ended_call()
            assert [turn["text"] for turn in record["turns"] if turn["who"] == "bot"] == [
                "Hello.",
                "Press nine.",
                "Bye.",
            ]

    asyncio.run(call())


def test_nothing_that_the_caller_says_is_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    speech = Speech(stt=ScriptedSpeechToText("book a secret"), tts=NO_VOICE)

    async def call() -> None:
        async with running(tmp_path, providers=speech) as server, calling(server) as carrier:
            await _answer(server, carrier)
            await carrier.say(0.5)
            assert await carrier.closed() == 1000
            await server.ended_call()

    with caplog.at_level(logging.INFO):
        asyncio.run(call())
    assert "call_ended" in caplog.text
    assert "secret" not in "".join(str(vars(record)) for record in caplog.records)
