import asyncio

import pytest

from providers.base import Hints, ModelMessage, ProviderError, ToolCall, Transcript, Voice
from providers.scripted import ScriptedLanguageModel, ScriptedSpeechToText, ScriptedTextToSpeech
from runtime.audio import mulaw


def hear(provider, utterance=b"\xff"):
    return asyncio.run(provider.transcribe(utterance, Hints()))


def speak(provider, text):
    async def pieces():
        return [piece async for piece in provider.synthesize(text, Voice())]

    return asyncio.run(pieces())


def ask(provider):
    async def pieces():
        return [piece async for piece in provider.answer((ModelMessage("user", "hi"),), ())]

    return asyncio.run(pieces())


def test_one_text_is_heard_for_everything():
    provider = ScriptedSpeechToText("yes")
    assert [hear(provider), hear(provider)] == [Transcript("yes", 1.0)] * 2


def test_a_list_is_heard_in_order_and_errors_in_it_are_raised():
    provider = ScriptedSpeechToText(["one", Transcript("two", 0.4), ProviderError("broken")])
    assert [hear(provider), hear(provider)] == [Transcript("one", 1.0), Transcript("two", 0.4)]
    with pytest.raises(ProviderError, match="broken"):
        hear(provider)
    with pytest.raises(ProviderError, match="script has ended"):
        hear(provider)


def test_audio_is_recognised_within_an_utterance():
    provider = ScriptedSpeechToText({b"\x01\x02": "book", b"\x03\x04": "cancel"})
    assert hear(provider, b"\xff\x03\x04\xff").text == "cancel"
    assert hear(provider, b"\xff\xff") == Transcript("", 0.0)


def test_the_delay_is_waited_for():
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    hear(ScriptedSpeechToText("yes", delay_seconds=0.7, sleep=sleep))
    assert waited == [0.7]


def test_failures_happen():
    assert hear(ScriptedSpeechToText("yes", failure="nothing")) == Transcript("", 0.0)
    with pytest.raises(ProviderError, match="script says so"):
        hear(ScriptedSpeechToText("yes", failure="raise"))

    async def wait():
        async with asyncio.timeout(0.01):
            await ScriptedSpeechToText("yes", failure="hang").transcribe(b"", Hints())

    with pytest.raises(TimeoutError):
        asyncio.run(wait())


def test_speech_is_as_long_as_the_text_and_soft():
    provider = ScriptedTextToSpeech()
    pieces = speak(provider, "twenty characters!!!")
    assert [len(piece) for piece in pieces] == [8000, 1600]
    assert mulaw.level(b"".join(pieces)) == pytest.approx(-29, abs=0.5)
    assert provider.spoken == [("twenty characters!!!", Voice())]


def test_speech_may_be_silent():
    assert set(b"".join(speak(ScriptedTextToSpeech(tone_hertz=0), "hello"))) == {mulaw.SILENCE}


def test_a_model_answers_from_its_list():
    call = ToolCall("1", "book", {"day": "friday"})
    provider = ScriptedLanguageModel(["good morning", ["wait", call], ProviderError("broken")])
    assert ask(provider) == ["good", " morning"]
    assert ask(provider) == ["wait", call]
    with pytest.raises(ProviderError, match="broken"):
        ask(provider)
    with pytest.raises(ProviderError, match="script has ended"):
        ask(provider)
    assert provider.asked[0] == ((ModelMessage("user", "hi"),), ())


def test_a_model_may_say_nothing():
    assert ask(ScriptedLanguageModel(["good"], failure="nothing")) == []
