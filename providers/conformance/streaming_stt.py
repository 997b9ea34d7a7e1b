"""What every recogniser does that hears while the caller speaks."""

import asyncio
from typing import Any

import pytest

from providers.base import Hints, Transcript
from providers.conformance.connected import ConnectedConformance
from providers.conformance.faults import Fault
from providers.conformance.rig import SAID, Stage
from providers.conformance.server import LocalServer
from providers.conformance.stt import SILENCE, TEXTS, number_of, utterance
from providers.conformance.suite import Conformance
from runtime.audio import mulaw


class OfflineStreamingSpeechToTextConformance(Conformance):
    """For a `StreamingSpeechToText` without a server; `transcribe` has a suite of its own.

    A stage is asked what was sent since `begin` or, after a pause, since the last `flush`.
    """

    def numbered(self) -> Stage[bytes, str]:
        return Stage(lambda audio: f"{SAID} {number_of(audio)}")

    async def ask(self, provider: Any, number: int = 0) -> Any:
        stream = provider.open()
        try:
            await stream.begin(Hints())
            await send(stream, utterance(number))
            return await stream.flush()
        finally:
            await stream.close()

    def is_answer(self, answer: Any, number: int = 0) -> bool:
        return (
            isinstance(answer, Transcript)
            and answer.text == f"{SAID} {number}"
            and 0 <= answer.confidence <= 1
        )

    def hears(self, audio: bytes, text: str, hints: Hints | None = None) -> Any:
        """The transcript of a sound that the server takes for `text`."""

        async def hear(provider: Any, _: LocalServer) -> Any:
            stream = provider.open()
            await stream.begin(hints or Hints())
            await send(stream, audio)
            transcript = await stream.flush()
            await stream.close()
            return transcript

        return self.play(hear, stage=Stage(lambda _: text))

    def test_silence_is_an_empty_transcript(self) -> None:
        assert self.hears(SILENCE, "").text == ""

    def test_no_sound_at_all_is_an_empty_transcript(self) -> None:
        assert self.hears(b"", "").text == ""

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
    def test_what_is_said_comes_as_it_was_said(self, text: str) -> None:
        assert self.hears(utterance(0), text).text == text

    @pytest.mark.parametrize("language", ["en-IN", "hi-IN", "en", "zh-Hant-TW"])
    def test_no_language_and_no_phrase_is_a_mistake(self, language: str) -> None:
        hints = Hints(language, ("हाँ", "yes, please", "x" * 500, ""), closed=True)
        assert self.hears(utterance(0), "yes", hints).text == "yes"

    def test_one_stream_hears_an_utterance_after_the_other(self) -> None:
        async def talk(provider: Any, _: LocalServer) -> list[str]:
            stream, said = provider.open(), []
            for number in (2, 0, 1):
                await stream.begin(Hints())
                await send(stream, utterance(number))
                said.append((await stream.flush()).text)
            await stream.close()
            return said

        assert self.play(talk) == [f"{SAID} {number}" for number in (2, 0, 1)]

    def test_after_a_pause_all_is_told_that_was_said_since_the_beginning(self) -> None:
        async def pause(provider: Any, _: LocalServer) -> list[str]:
            stream, said = provider.open(), []
            await stream.begin(Hints())
            for number in (2, 0):
                await send(stream, utterance(number))
                said.append((await stream.flush()).text)
            said.append((await stream.flush()).text)
            await stream.close()
            return said

        both = f"{SAID} 2 {SAID} 0"
        assert self.play(pause) == [f"{SAID} 2", both, both]

    def test_what_was_sent_before_the_beginning_is_done_with(self) -> None:
        async def begin_again(provider: Any, _: LocalServer) -> str:
            stream = provider.open()
            await stream.begin(Hints())
            await send(stream, utterance(5))
            await stream.begin(Hints())
            assert stream.partial == ""
            await send(stream, utterance(1))
            transcript = await stream.flush()
            await stream.close()
            return str(transcript.text)

        assert self.play(begin_again) == f"{SAID} 1"

    def test_a_stream_may_be_closed_before_it_begins_and_twice(self) -> None:
        async def close(provider: Any, _: LocalServer) -> str:
            stream = provider.open()
            partial = stream.partial
            await stream.close()
            await stream.close()
            return str(partial)

        assert self.play(close) == ""


class StreamingSpeechToTextConformance(
    ConnectedConformance, OfflineStreamingSpeechToTextConformance
):
    """For a `StreamingSpeechToText` that asks a server."""

    def test_the_utterance_arrives_whole(self) -> None:
        stage = self.numbered()

        async def ask(provider: Any, _: LocalServer) -> Any:
            return await self.ask(provider, 4)

        self.play(ask, stage=stage)
        [arrived] = stage.asked
        assert abs(len(arrived) - len(utterance(4))) <= mulaw.FRAME
        assert abs(mulaw.level(arrived) - mulaw.level(utterance(4))) < 1

    def test_closing_a_stream_closes_its_connection(self) -> None:
        async def leave(provider: Any, server: LocalServer) -> None:
            stream = provider.open()
            await stream.begin(Hints())
            await send(stream, utterance(0))
            asking = asyncio.create_task(stream.flush())
            await server.asked.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await stream.close()
            await server.left.wait()

        places, _ = self.steps()
        self.play(leave, fault=Fault("hang", places[-1]))


async def send(stream: Any, audio: bytes) -> None:
    """Send a sound as it comes from the line: 20 ms at a time."""
    for start in range(0, len(audio), mulaw.FRAME):
        await stream.send(audio[start : start + mulaw.FRAME])
