"""What every voice does."""

from contextlib import aclosing
from typing import Any

import pytest

from providers.base import Voice
from providers.conformance.connected import ConnectedConformance
from providers.conformance.faults import Fault
from providers.conformance.rig import KEY, SAID, Stage
from providers.conformance.server import LocalServer
from providers.conformance.sounds import BLOCK, LEVELS, in_pieces, levels_of, rising, tone
from providers.conformance.stt import TEXTS
from providers.conformance.suite import Conformance
from runtime.audio import mulaw


class OfflineTextToSpeechConformance(Conformance):
    """For a `TextToSpeech` without a server: what it says is not compared with the stage's."""

    def numbered(self) -> Stage[str, tuple[bytes, ...]]:
        return Stage(lambda text: in_pieces(rising() + tone(0.1 * int(text.split()[-1]))))

    async def ask(self, provider: Any, number: int = 0) -> Any:
        return await spoken(provider, f"{SAID} {number}")

    def is_answer(self, answer: Any, number: int = 0) -> bool:
        return len(answer) > mulaw.FRAME

    @pytest.mark.parametrize("text", ["", "  \n"])
    def test_nothing_to_say_is_no_sound(self, text: str) -> None:
        async def speak(provider: Any, server: LocalServer) -> tuple[bytes, int]:
            return await spoken(provider, text), len(server.requests)

        assert self.play(speak) == (b"", 0)

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
    def test_any_text_is_spoken(self, text: str) -> None:
        async def speak(provider: Any, _: LocalServer) -> bytes:
            return await spoken(provider, text)

        assert self.play(speak, stage=Stage(lambda _: in_pieces(rising())))

    @pytest.mark.parametrize(
        "voice",
        [Voice(), Voice("", "hi-IN", 1.5, 2.0), Voice("", "en", 0.25), Voice("", "en", 4.0, -12.0)],
    )
    def test_any_way_of_speaking_is_tried(self, voice: Voice) -> None:
        async def speak(provider: Any, _: LocalServer) -> bytes:
            return await spoken(provider, f"{SAID} 0", voice)

        assert self.play(speak)

    def test_the_fingerprint_stays_the_same_and_holds_no_key(self) -> None:
        async def fingerprints(provider: Any, _: LocalServer) -> tuple[str, str]:
            before = provider.fingerprint
            await self.ask(provider)
            return before, provider.fingerprint

        before, after = self.play(fingerprints)
        assert before
        assert before == after
        assert KEY not in before


class TextToSpeechConformance(ConnectedConformance, OfflineTextToSpeechConformance):
    """For a `TextToSpeech` that asks a server."""

    tells_garbage = False

    def is_answer(self, answer: Any, number: int = 0) -> bool:
        wanted = BLOCK * (len(LEVELS) + number)
        # The levels tell the order; a filter may gain or lose some milliseconds.
        return abs(len(answer) - wanted) <= mulaw.FRAME and all(
            abs(level - said) < 1.5
            for level, said in zip(levels_of(answer)[: len(LEVELS)], LEVELS, strict=True)
        )

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
    def test_the_text_arrives_whole_and_in_order(self, text: str) -> None:
        stage: Stage[str, tuple[bytes, ...]] = Stage(lambda _: in_pieces(rising()))

        async def speak(provider: Any, _: LocalServer) -> bytes:
            return await spoken(provider, text)

        audio = self.play(speak, stage=stage)
        # Long texts may be spoken in parts: one after the other.
        assert "".join("".join(stage.asked).split()) == "".join(text.split())
        assert abs(len(audio) - len(stage.asked) * len(rising())) <= (
            len(stage.asked) * mulaw.FRAME
        )

    def test_a_text_that_nobody_hears_any_more_is_hung_up(self) -> None:
        async def interrupt(provider: Any, server: LocalServer) -> None:
            async with aclosing(provider.synthesize(f"{SAID} 0", Voice())) as pieces:
                assert await anext(pieces)
                await server.asked.wait()
            await server.left.wait()

        places, _ = self.steps()
        self.play(interrupt, fault=Fault("hang", places[-1]))


async def spoken(provider: Any, text: str, voice: Voice | None = None) -> bytes:
    """The whole sound of a text; every piece of it is some."""
    async with aclosing(provider.synthesize(text, voice or Voice())) as pieces:
        audio = [piece async for piece in pieces]
    assert all(isinstance(piece, bytes) and piece for piece in audio)
    return b"".join(audio)
