"""The offline voice and recogniser, with their models, on the sounds of a telephone line."""

import asyncio

import numpy as np
import pytest
from recordings import word_errors, words

from providers.base import Hints, ProviderError, Voice
from providers.closed_set import plain
from runtime.audio import mulaw

pytestmark = pytest.mark.speech

stt_module = pytest.importorskip("providers.local_stt")
tts_module = pytest.importorskip("providers.local_tts")

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
QUIET = bytes([mulaw.SILENCE]) * 2400

SENTENCES = [
    "I would like to book an appointment for next Friday.",
    "Can you tell me what time you open on Saturday?",
    "I need to speak to a real person, please.",
    "My order has not arrived yet.",
    "Please cancel my visit tomorrow morning.",
    "Yes, that is correct.",
    "What is the balance of my savings account?",
    "Sorry, could you repeat that?",
]

PROMPTS = [
    "agent-loginok",
    "all-circuits-busy-now",
    "auth-thankyou",
    "cannot-complete-as-dialed",
    "check-number-dial-again",
    "conf-getpin",
    "vm-goodbye",
]

OTHER_WORDS = ["digits/today", "digits/mon-0", "digits/day-1", "cancelled", "auth-thankyou"]


@pytest.fixture(scope="module")
def stt(loop):
    provider = stt_module.LocalSpeechToText()
    loop.run_until_complete(provider.warm())
    yield provider
    loop.run_until_complete(provider.close())


@pytest.fixture(scope="module")
def tts(loop):
    provider = tts_module.LocalTextToSpeech()
    loop.run_until_complete(provider.warm())
    yield provider
    loop.run_until_complete(provider.close())


@pytest.fixture
def hear(loop, stt):
    def hear(audio, phrases=()):
        hints = Hints(phrases=tuple(phrases), closed=bool(phrases))
        return loop.run_until_complete(stt.transcribe(audio, hints))

    return hear


@pytest.fixture
def speak(loop, tts):
    def speak(text, voice=Voice()):  # noqa: B008 - it is frozen
        async def pieces():
            return [piece async for piece in tts.synthesize(text, voice)]

        return loop.run_until_complete(pieces())

    return speak


def noises(seed):
    random = np.random.default_rng(seed)
    for seconds in (1, 3):
        n = seconds * mulaw.SAMPLE_RATE
        time = np.arange(n) / mulaw.SAMPLE_RATE
        white = random.standard_normal(n)
        spectrum = np.fft.rfft(white)
        pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), n)
        pink *= 0.03 / pink.std()
        idle = 2e-4 * white
        clicks = idle.copy()
        clicks[random.integers(0, n, 5 * seconds)] = 0.7
        tone = np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 480 * time)
        yield from {
            f"an idle line, {seconds} s": idle,
            f"white noise, {seconds} s": 0.03 * white,
            f"pink noise, {seconds} s": pink,
            f"hum, {seconds} s": 0.05 * np.sin(2 * np.pi * 100 * time) + 3e-3 * white,
            f"clicks, {seconds} s": clicks,
            f"ringing, {seconds} s": 0.1 * tone * (time % 3 < 1.2) + idle,
            f"breath, {seconds} s": pink * np.maximum(0, np.sin(1.4 * np.pi * time)) ** 2 + idle,
        }.items()


def test_what_the_voice_says_is_recognised(hear, speak):
    heard = [hear(QUIET + b"".join(speak(text)) + QUIET).text for text in SENTENCES]
    errors = sum(map(word_errors, SENTENCES, heard))
    assert errors <= 0.05 * sum(len(words(text)) for text in SENTENCES), heard


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("Your appointment is at 10:30.", ["10", "30"]),
        ("The price is ₹1,250.", ["1", "250", "rupees"]),
        ("You pay Rs. 500 now.", ["500", "rupees"]),
        ("Your code is 7, 1, 9, 3.", ["7", "1", "9", "3"]),
    ],
)
def test_numbers_are_spoken(hear, speak, text, signs):
    heard = hear(QUIET + b"".join(speak(text)) + QUIET).text
    assert all(sign in heard for sign in signs), heard


def test_speech_streams_sentence_by_sentence_at_telephone_level(speak):
    pieces = speak("Good morning. This is the clinic. How can I help?")
    assert len(pieces) == 3
    assert all(-26 < mulaw.level(piece) < -17 for piece in pieces)


def test_speech_is_the_same_every_time_and_faster_when_asked(speak):
    text = "Your appointment has been booked."
    assert speak(text) == speak(text)
    usual, fast = (
        mulaw.duration(b"".join(speak(text, Voice(speaking_rate=r)))) for r in (1.0, 1.5)
    )
    assert fast < 0.8 * usual


@pytest.mark.parametrize(("text", "script"), [("नमस्ते", "Devanagari"), ("Hello, மகன்", "Tamil")])
def test_a_script_that_the_voice_cannot_read_is_an_error(speak, text, script):
    with pytest.raises(ProviderError, match=f"cannot read {script} letters") as caught:
        speak(text)
    assert not caught.value.retryable


def test_people_are_recognised(hear, human_recordings):
    recordings = [human_recordings.get(name) for name in PROMPTS]
    heard = [hear(recording.audio).text for recording in recordings]
    errors = sum(word_errors(r.text, text) for r, text in zip(recordings, heard, strict=True))
    assert errors <= 0.1 * sum(len(words(recording.text)) for recording in recordings), heard


@pytest.mark.parametrize("snr", [None, 15])
def test_spoken_digits_are_told_apart_where_digits_are_expected(hear, human_recordings, snr):
    audio = [human_recordings.get(f"digits/{n}", snr).audio for n in range(10)]
    heard = [hear(one, DIGITS).text for one in audio]
    assert sum(map(str.__eq__, heard, DIGITS)) >= 9, heard


def test_other_words_are_not_taken_for_digits(hear, human_recordings):
    recordings = [human_recordings.get(name) for name in OTHER_WORDS]
    heard = [plain(hear(recording.audio, DIGITS).text) for recording in recordings]
    assert heard == [plain(recording.text) for recording in recordings]


def test_yes_and_no_are_told_apart(hear, speak):
    for word in ("yes", "no"):
        (audio,) = speak(f"{word.capitalize()}.")
        answer = hear(QUIET + audio + QUIET, ("yes", "no", "repeat"))
        assert answer.text == word
        assert 0.5 < answer.confidence <= 1


@pytest.mark.parametrize("phrases", [(), ("yes", "no")], ids=["free", "yes or no"])
def test_noise_says_nothing(hear, phrases):
    heard = {name: hear(mulaw.encode(sound), phrases) for name, sound in noises(20)}
    assert {name: answer.text for name, answer in heard.items() if answer.text} == {}
    assert {answer.confidence for answer in heard.values()} == {0.0}


@pytest.mark.parametrize("audio", [b"", b"\xff", QUIET])
def test_next_to_no_sound_says_nothing(hear, audio):
    assert hear(audio).text == ""


def test_long_speech_is_heard_to_its_end(hear, speak):
    said = b"".join(speak(" ".join(SENTENCES))) * 2
    assert mulaw.duration(said) > 30
    heard = hear(said).text
    assert word_errors(" ".join(SENTENCES * 2), heard) < 0.1 * len(words(heard))


def test_another_language_is_an_error_of_the_english_model(loop, stt):
    with pytest.raises(ProviderError, match="English only") as caught:
        loop.run_until_complete(stt.transcribe(QUIET * 4, Hints(language="hi-IN")))
    assert not caught.value.retryable


def test_the_event_loop_goes_on_while_somebody_is_heard(loop, stt, speak):
    (audio,) = speak("Good morning.")

    async def go_on():
        hearing = asyncio.create_task(stt.transcribe(audio, Hints()))
        for _ in range(10):
            await asyncio.sleep(0)
        went_on = not hearing.done()
        await hearing
        return went_on

    assert loop.run_until_complete(go_on())


def test_where_one_is_heard_at_a_time_the_first_come_is_first(loop, speak):
    (audio,) = speak("Good morning.")
    provider = stt_module.LocalSpeechToText(simultaneous=1)
    done = []

    async def one(number):
        await provider.transcribe(audio, Hints())
        done.append(number)

    async def all_of_them():
        await asyncio.gather(*(one(number) for number in range(3)))
        await provider.close()

    loop.run_until_complete(all_of_them())
    assert done == [0, 1, 2]


def test_a_quiet_caller_is_recognised(hear, speak):
    audio = QUIET + b"".join(speak(SENTENCES[0])) + QUIET
    assert word_errors(SENTENCES[0], hear(mulaw.encode(mulaw.decode_float(audio) * 0.1)).text) <= 1
