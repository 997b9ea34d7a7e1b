import asyncio
import logging

import pytest
import virtual_time

from providers.base import (
    Hints,
    ModelMessage,
    ProviderError,
    ProviderMissing,
    Transcript,
    Voice,
)
from providers.breaker import Breaker
from providers.fallback import FallbackLanguageModel, FallbackSpeechToText, FallbackTextToSpeech
from providers.ledger import Use, keep_ledger
from providers.scripted import ScriptedLanguageModel, ScriptedSpeechToText, ScriptedTextToSpeech

SOUND = b"\xff" * 160
QUESTION = (ModelMessage("user", "hello"),)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class HalfAnAnswer(ScriptedTextToSpeech):
    async def synthesize(self, text, voice):
        yield SOUND
        raise ProviderError("the line to the vendor broke")


class ClosesItself(ScriptedTextToSpeech):
    closed = False

    async def synthesize(self, text, voice):
        try:
            yield SOUND
            yield SOUND
        finally:
            self.closed = True


class NeverWarm(ScriptedSpeechToText):
    async def warm(self):
        raise ProviderMissing("no model", provider="cold")


def stt(*providers, clock=None, breaker=None, deadline_seconds=5.0):
    return FallbackSpeechToText(
        providers, deadline_seconds=deadline_seconds, clock=clock or Clock(), breaker=breaker
    )


def hear(provider):
    return asyncio.run(provider.transcribe(SOUND, Hints())).text


def speak(*providers, text="hello", deadline_seconds=5.0):
    fallback = FallbackTextToSpeech(providers, deadline_seconds=deadline_seconds, clock=Clock())

    async def pieces():
        return [piece async for piece in fallback.synthesize(text, Voice())]

    return asyncio.run(pieces())


def test_the_first_answers_and_nobody_else_is_asked():
    second = ScriptedSpeechToText("two")
    assert hear(stt(ScriptedSpeechToText("one"), second)) == "one"
    assert second.heard == []


def test_the_next_is_asked_after_an_error(caplog):
    with caplog.at_level(logging.WARNING):
        assert hear(stt(ScriptedSpeechToText(failure="raise"), ScriptedSpeechToText("two"))) == (
            "two"
        )
    assert [record.message for record in caplog.records] == ["provider_failed"]


def test_the_next_is_asked_after_the_deadline():
    late = ScriptedSpeechToText(failure="hang")
    assert hear(stt(late, ScriptedSpeechToText("two"), deadline_seconds=0.01)) == "two"


def test_hearing_nothing_is_an_answer():
    assert hear(stt(ScriptedSpeechToText(""), ScriptedSpeechToText("two"))) == ""


def test_the_last_error_is_raised_where_all_fail():
    with pytest.raises(ProviderError, match="took more than"):
        hear(
            stt(
                ScriptedSpeechToText(failure="raise"),
                ScriptedSpeechToText(failure="hang"),
                deadline_seconds=0.01,
            )
        )


def test_a_vendor_that_keeps_failing_rests_and_is_asked_again_later():
    clock, vendor = Clock(), ScriptedSpeechToText("one", failure="raise")
    fallback = stt(
        vendor,
        ScriptedSpeechToText("two"),
        clock=clock,
        breaker=Breaker(limit=2, rest_seconds=30),
    )
    assert [hear(fallback) for _ in range(4)] == ["two"] * 4
    assert len(vendor.heard) == 2
    clock.now, vendor.failure = 30.0, "none"
    assert hear(fallback) == "one"


def test_a_vendor_that_asks_for_a_pause_is_given_it_at_once():
    clock = Clock()
    busy = ProviderError("too much", retry_after_seconds=7)
    vendor = ScriptedSpeechToText([busy, "one"])
    fallback = stt(vendor, ScriptedSpeechToText("two"), clock=clock)
    assert [hear(fallback), hear(fallback)] == ["two", "two"]
    clock.now = 7.0
    assert hear(fallback) == "one"


def test_where_all_rest_all_are_asked():
    vendor = ScriptedSpeechToText("one", failure="raise")
    fallback = stt(vendor, breaker=Breaker(limit=1))
    with pytest.raises(ProviderError):
        hear(fallback)
    vendor.failure = "none"
    assert hear(fallback) == "one"


def test_an_error_that_would_come_again_does_not_make_a_vendor_rest():
    wrong_script = ProviderError("it cannot read these letters", retryable=False)
    vendor = ScriptedSpeechToText([wrong_script, "one"])
    fallback = stt(vendor, ScriptedSpeechToText("two"), breaker=Breaker(limit=1))
    assert [hear(fallback), hear(fallback)] == ["two", "one"]


@pytest.mark.parametrize("failure", ["raise", "hang", "nothing"])
def test_the_next_voice_speaks_where_the_first_does_not_begin(failure):
    second = ScriptedTextToSpeech()
    audio = speak(ScriptedTextToSpeech(failure=failure), second, deadline_seconds=0.01)
    assert len(b"".join(audio)) == 5 * 60 * 8
    assert [text for text, _ in second.spoken] == ["hello"]


def test_a_voice_that_has_begun_is_not_begun_again_by_another():
    second = ScriptedTextToSpeech()
    with pytest.raises(ProviderError, match="broke"):
        speak(HalfAnAnswer(), second)
    assert second.spoken == []


def test_a_text_without_words_is_not_spoken():
    first = ScriptedTextToSpeech()
    assert speak(first, text=" … ") == []
    assert first.spoken == []


def test_a_voice_that_is_interrupted_is_closed():
    voice = ClosesItself()
    fallback = FallbackTextToSpeech([voice], deadline_seconds=5, clock=Clock())

    async def interrupt():
        audio = fallback.synthesize("hello", Voice())
        await anext(audio)
        await audio.aclose()

    asyncio.run(interrupt())
    assert voice.closed


def test_a_model_falls_back_too():
    fallback = FallbackLanguageModel(
        [ScriptedLanguageModel(failure="raise"), ScriptedLanguageModel(["good morning"])],
        deadline_seconds=5,
        clock=Clock(),
    )

    async def answer():
        return [piece async for piece in fallback.answer(QUESTION, ())]

    assert asyncio.run(answer()) == ["good", " morning"]


def test_names_and_fingerprints_are_of_all():
    fallback = FallbackTextToSpeech(
        [ScriptedTextToSpeech(), ScriptedTextToSpeech(tone_hertz=0)],
        deadline_seconds=5,
        clock=Clock(),
    )
    assert fallback.name == "scripted+scripted"
    assert fallback.fingerprint == "scripted 60 ms 440.0 Hz+scripted 60 ms 0 Hz"


def test_one_warm_provider_is_enough_and_none_is_an_error():
    asyncio.run(stt(NeverWarm(), ScriptedSpeechToText()).warm())
    with pytest.raises(ProviderMissing, match="no model"):
        asyncio.run(stt(NeverWarm()).warm())


def test_a_list_of_nobody_is_refused():
    with pytest.raises(ValueError, match="one provider at least"):
        stt()


# -- streams ---------------------------------------------------------------------------------------


class Listens(ScriptedSpeechToText):
    """Hears while the caller speaks."""

    name = "live"

    def __init__(self, failure=None):
        super().__init__("hello")
        self.failure_of_stream = failure

    def open(self):
        return HeardStream(self.failure_of_stream)


class HeardStream:
    partial = "hel"

    def __init__(self, failure):
        self._failure = failure

    async def begin(self, hints):
        pass

    async def send(self, audio):
        if self._failure:
            raise self._failure

    async def flush(self):
        return Transcript("hello", 0.9)

    async def close(self):
        pass


class Ledger:
    def __init__(self):
        self.used = []
        self.failures = []

    def spent(self, use):
        self.used.append(use)

    def failed(self, failure):
        self.failures.append((failure.kind, failure.provider))


def test_the_stream_of_the_first_is_given_and_its_seconds_are_told():
    ledger = Ledger()

    async def hear_live():
        keep_ledger(ledger)
        stream = stt(Listens(), ScriptedSpeechToText("spare")).open()
        await stream.begin(Hints())
        await stream.send(SOUND * 50)
        await stream.send(SOUND * 50)
        assert stream.partial == "hel"
        heard = await stream.flush()
        await stream.close()
        return heard.text

    assert asyncio.run(hear_live()) == "hello"
    assert ledger.used == [Use("stt", "live", seconds=2.0)]


def test_a_stream_that_fails_again_and_again_gives_way_to_the_next():
    broken = Listens(ProviderError("the line broke"))
    fallback = stt(broken, ScriptedSpeechToText("spare"), breaker=Breaker(limit=2))

    async def fail():
        for _ in range(2):
            with pytest.raises(ProviderError, match="the line broke"):
                await fallback.open().send(SOUND)
        return fallback.open(), (await fallback.transcribe(SOUND, Hints())).text

    assert asyncio.run(fail()) == (None, "spare")


def test_where_the_first_hears_whole_utterances_there_is_no_stream():
    assert stt(ScriptedSpeechToText("hello"), Listens()).open() is None


def test_who_failed_is_told_though_another_answered():
    ledger = Ledger()
    first, second = ScriptedSpeechToText(failure="raise"), ScriptedSpeechToText("hello")
    first.name, second.name = "first", "second"

    async def hear_it():
        keep_ledger(ledger)
        return (await stt(first, second).transcribe(SOUND, Hints())).text

    assert asyncio.run(hear_it()) == "hello"
    assert ledger.failures == [("stt", "first")]
    assert [use.provider for use in ledger.used] == ["second"]


# -- hedged ----------------------------------------------------------------------------------------


class Slow(ScriptedTextToSpeech):
    """Takes its time, by a virtual clock; what became of it is kept."""

    def __init__(self, name, seconds, error=None):
        super().__init__()
        self.name, self.seconds, self.error = name, seconds, error
        self.end = ""

    async def speak(self):
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.end = "given up"
            raise
        self.end = "spoken"
        if self.error:
            raise self.error
        return self.name


def hedged(*voices, seconds=1.0):
    fallback = FallbackTextToSpeech(
        voices, deadline_seconds=30.0, clock=Clock(), hedge_seconds=seconds
    )

    async def first():
        begun = asyncio.get_running_loop().time()
        name = await fallback.first(lambda voice: voice.speak())
        return name, asyncio.get_running_loop().time() - begun

    return virtual_time.run(first())


def test_a_slow_voice_gets_a_rival_and_the_first_to_have_spoken_is_heard():
    slow, quick = Slow("slow", 9), Slow("quick", 0.5)
    assert hedged(slow, quick) == ("quick", 1.5)
    assert slow.end == "given up"


def test_a_rival_that_is_slower_still_is_given_up():
    first, second = Slow("first", 1.2), Slow("second", 9)
    assert hedged(first, second) == ("first", pytest.approx(1.2))
    assert second.end == "given up"


def test_a_quick_voice_has_no_rival():
    second = Slow("second", 0)
    assert hedged(Slow("first", 0.5), second) == ("first", 0.5)
    assert second.end == ""


def test_after_a_failure_the_next_is_asked_at_once():
    broken = Slow("broken", 0.2, ProviderError("is down"))
    assert hedged(broken, Slow("next", 0.5)) == ("next", pytest.approx(0.7))


def test_where_all_fail_the_last_error_is_told():
    down = ProviderError("is down")
    with pytest.raises(ProviderError, match="is down"):
        hedged(Slow("one", 0.1, down), Slow("two", 3, down))
