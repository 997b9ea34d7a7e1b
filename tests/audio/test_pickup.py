"""Who picks up: the rules by a script of what is heard, and greetings as sound."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import SOUNDS, HumanRecordings
from tables import each_row

from runtime.audio.beep import BeepDetector
from runtime.audio.endpointing import Endpointing, SpeechEnded, SpeechStarted
from runtime.audio.mulaw import decode_float, encode
from runtime.audio.pickup import MessageTime, PickedUp, Pickup, PickupRules
from runtime.audio.vad import WINDOW, SileroActivity

RULES = PickupRules()
STEP = 0.1


class Call:
    """Plays a script to a pickup, in steps of 0.1 s."""

    def __init__(self) -> None:
        self.at = 0.0
        self._last_heard = 0.0
        self.pickup = Pickup(answered_at=0.0)
        self.told: list[PickedUp | MessageTime] = []

    def says(self, seconds: float, text: str | None = None) -> "Call":
        """The callee speaks; what is said is known half a second later, unless it goes on."""
        self.pickup.speech_started(self.at)
        for _ in range(round(seconds / STEP)):
            self._pass(speaking=True)
        self.pickup.speech_ended(self.at)
        if text is not None:
            self.silent(0.5)
            self.told += self.pickup.heard(text, self.at)
        return self

    def coughs(self) -> "Call":
        self.pickup.speech_started(self.at)
        self._pass(speaking=True)
        self.pickup.noise()
        return self

    def silent(self, seconds: float) -> "Call":
        for _ in range(round(seconds / STEP)):
            self._pass(speaking=False)
        return self

    def beeps(self) -> "Call":
        self.told += self.pickup.beeped(self.at)
        return self

    def _pass(self, *, speaking: bool) -> None:
        self.at = round(self.at + STEP, 3)
        if speaking:
            self._last_heard = self.at
        self.told += self.pickup.tick(self.at, self.at - self._last_heard)

    @property
    def verdict(self) -> tuple[str, str, float]:
        (picked_up,) = [told for told in self.told if isinstance(told, PickedUp)]
        return picked_up.by, picked_up.why, round(picked_up.at, 1)

    @property
    def message_time(self) -> tuple[str, float]:
        (told,) = [told for told in self.told if isinstance(told, MessageTime)]
        return told.why, round(told.at, 1)


def test_hello_and_then_silence_is_a_person():
    assert Call().silent(1).says(0.5).silent(5).verdict == ("person", "short opening", 2.7)


def test_a_person_who_says_more_is_known_after_a_longer_silence():
    assert Call().says(2.5).silent(5).verdict == ("person", "short opening", 5.0)


def test_a_long_opening_is_a_machine_while_it_goes_on():
    call = Call().silent(1).says(8)
    assert call.verdict == ("machine", "long opening", 5.3)


def test_sentences_with_short_pauses_are_one_long_opening():
    call = Call().says(1.4).silent(0.9).says(1.6).silent(0.9).says(3)
    assert call.verdict == ("machine", "long opening", 6.1)


def test_hello_again_and_again_is_no_long_opening():
    call = Call()
    for _ in range(4):
        call.says(0.6).silent(0.9)
    assert call.silent(5).verdict[:2] == ("person", "short opening")


def test_the_same_in_a_flow_that_waits_longer_for_the_end_of_speech():
    """Speech is not told to have ended, but nothing has been heard for a while."""
    pickup = Pickup(0.0)
    pickup.speech_started(1.0)
    assert pickup.tick(2.6, silence=1.1) == ()
    assert pickup.tick(2.7, silence=1.2) == (PickedUp("person", "short opening", 2.7),)


def test_a_phrase_of_a_machine_decides_before_the_silence_does():
    call = Call().says(2.5, "Hi, it's Mike. Leave me a message.").silent(3)
    assert call.verdict == ("machine", "phrase", 3.0)


def test_a_phrase_may_be_cut_in_two_by_a_pause():
    call = Call().says(1, "Please leave your").says(1, "message after that.")
    assert call.verdict[:2] == ("machine", "phrase")


def test_a_phrase_of_a_person_decides_too():
    assert Call().says(2.4, "Hello, who is this?").verdict == ("person", "phrase", 2.9)


def test_a_beep_is_a_machine_at_once_and_the_time_for_a_message():
    call = Call().says(1).silent(0.4).beeps().silent(5)
    assert call.told == [PickedUp("machine", "beep", 1.4), MessageTime("beep", 1.4)]


def test_the_message_is_left_after_the_beep():
    call = Call().says(6, "Please leave a message after the tone.").silent(0.6).beeps().silent(9)
    assert call.verdict == ("machine", "long opening", 4.3)
    assert call.message_time == ("beep", 7.1)
    assert call.pickup.is_done


def test_without_a_beep_the_message_is_left_after_a_silence():
    call = Call().says(6).silent(9)
    assert call.message_time == ("pause", 8.5)


def test_a_greeting_that_never_ends_is_not_waited_for():
    assert Call().says(70).message_time == ("too long", 60.0)


def test_who_says_nothing_is_a_person_after_half_a_minute():
    assert Call().silent(40).verdict == ("person", "nothing certain", 30.0)


def test_a_cough_is_no_opening():
    call = Call().coughs().silent(5)
    assert call.told == []
    assert call.silent(30).verdict == ("person", "nothing certain", 30.0)


def test_a_person_stays_a_person():
    call = Call().says(0.5).silent(2).says(9, "Leave a message after the tone.").beeps().silent(40)
    assert len(call.told) == 1
    assert call.pickup.by == "person"
    assert call.pickup.is_done


def test_before_anything_is_certain_nothing_is_told():
    call = Call().says(0.5).silent(0.5)
    assert (call.told, call.pickup.by, call.pickup.is_done) == ([], None, False)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("says"), st.floats(0.1, 9)),
        st.tuples(st.just("silent"), st.floats(0.1, 9)),
        st.tuples(st.just("coughs"), st.just(0)),
        st.tuples(st.just("beeps"), st.just(0)),
        st.tuples(
            st.just("heard"),
            st.sampled_from(["", "hello", "leave a message", "who is this", "voicemail"]),
        ),
    ),
    max_size=12,
)


@given(STEPS)
def test_it_is_decided_once_and_never_late(steps):
    call = Call()
    for step, value in steps:
        match step:
            case "says" | "silent":
                getattr(call, step)(value)
            case "heard":
                call.told += call.pickup.heard(value, call.at)
            case _:
                getattr(call, step)()
    call.silent(max(0.0, RULES.longest_greeting + 1 - call.at))
    first, *rest = call.told
    assert isinstance(first, PickedUp)
    assert first.at <= RULES.give_up + STEP
    assert call.pickup.by == first.by
    assert call.pickup.is_done
    assert [type(told) for told in rest] == ([] if first.by == "person" else [MessageTime])


PEOPLE = [
    "Hello?",
    "Yes, hello.",
    "Hello, this is Priya.",
    "Hello, Asha speaking, who's calling please?",
    "Acme Industries, good morning.",
    "Thank you for calling Acme, this is Ravi, how may I help you today?",
]
MACHINES = [
    "Hi, you've reached John. I'm not available right now. Please leave a message after the tone.",
    "The number you have dialed is switched off. Please try again after some time.",
    "Hey, it's Mike, I can't come to the phone right now. Leave your name and number. Thanks.",
    "Sorry, no one is available to take your call. Please leave a message after the tone.",
]


class Ear:
    """Hears a line as a call does, without a recogniser: who picks up is known by the sound."""

    def __init__(self, silero: SileroActivity) -> None:
        self._silero, self._row = silero, np.array([silero.open_row()])
        self._speech, self._beeps = Endpointing(), BeepDetector()
        self._pickup = Pickup(0.0)
        self.told: list[PickedUp | MessageTime] = []

    def hear(self, sound: bytes) -> list[PickedUp | MessageTime]:
        for end in range(WINDOW, len(sound) + 1, WINDOW):
            self._window(sound[end - WINDOW : end], end / 8000)
        return self.told

    def _window(self, window: bytes, at: float) -> None:
        for beep in self._beeps.hear(window):
            self.told += self._pickup.beeped(beep.end / 8000)
        (found,) = self._silero.probabilities(decode_float(window)[None], self._row).tolist()
        match self._speech.hear(found, at):
            case SpeechStarted(onset=onset):
                self._pickup.speech_started(onset)
            case SpeechEnded(brief=True):
                self._pickup.noise()
            case SpeechEnded(end=end):
                self._pickup.speech_ended(end)
        self.told += self._pickup.tick(at, self._speech.silence(at))


@cache
def voice() -> Callable[..., np.ndarray]:
    return pytest.importorskip("hibari").Hibari(threads=1)


def said(text: str, speed: float) -> bytes:
    from providers.loudness import for_the_line
    from runtime.audio.resample import speech_to_mulaw

    samples = np.asarray(voice()(text, speed=speed, seed=0), np.float32).ravel()
    return speech_to_mulaw(for_the_line(samples, 24000), 24000)


@pytest.fixture(scope="module")
def silero():
    pytest.importorskip("onnxruntime")
    return SileroActivity()


VOICEMAIL = ["vm-theperson", "digits/4", "digits/7", "digits/2", "vm-isunavail", "vm-intro"]
QUIET = b"\xff"
BEEP = encode(0.2 * np.sin(2 * np.pi * 1000 / 8000 * np.arange(3200)))


@pytest.mark.speech
@pytest.mark.parametrize("speed", [0.85, 1.0, 1.25])
def test_people_are_people_by_their_sound(silero, speed):
    for text in PEOPLE:
        told = Ear(silero).hear(QUIET * 8000 + said(text, speed) + QUIET * 32_000)
        assert [(each.by, each.why) for each in told] == [("person", "short opening")], text


@pytest.mark.speech
@pytest.mark.parametrize("speed", [0.85, 1.0])
def test_machines_are_machines_by_their_sound_and_the_message_follows_the_beep(silero, speed):
    by_length = []
    for text in MACHINES:
        before = QUIET * 8000 + said(text, speed) + QUIET * 6400
        picked_up, message = Ear(silero).hear(before + BEEP + QUIET * 32_000)
        assert picked_up.by == "machine", text
        by_length.append(picked_up.why == "long opening")
        assert message.why == "beep"
        assert message.at == pytest.approx(len(before + BEEP) / 8000, abs=0.02)
    assert sum(by_length) >= 3


@pytest.mark.speech
def test_a_short_greeting_is_told_by_its_beep(silero):
    greeting = said("Hello, this is Priya. Leave me a message.", 1.0)
    told = Ear(silero).hear(QUIET * 8000 + greeting + QUIET * 6400 + BEEP + QUIET * 32_000)
    assert [each.why for each in told] == ["beep", "beep"]


@pytest.mark.speech
@pytest.mark.skipif(not SOUNDS.exists(), reason="needs asterisk-core-sounds-en-wav")
@pytest.mark.parametrize("names", [VOICEMAIL, VOICEMAIL[-1:]])
def test_a_telephone_systems_own_voicemail_is_told_by_its_sound(silero, names):
    human = HumanRecordings()
    # Each recording has a third of a second of quiet at its ends.
    greeting, beep = (
        b"".join(human.get(name).audio[2000:-2000] for name in of) for of in (names, ["beep"])
    )
    sound = QUIET * 8000 + greeting + QUIET * 2400 + beep
    picked_up, message = Ear(silero).hear(sound + QUIET * 32_000)
    assert (picked_up.by, picked_up.why) == ("machine", "long opening")
    assert (message.why, message.at) == ("beep", pytest.approx(len(sound) / 8000, abs=0.2))


@each_row("field", PickupRules.__dataclass_fields__)
def test_every_rule_counts(field):
    """With another value the same calls end otherwise."""
    scripts = [
        lambda call: call.says(0.5).silent(40),
        lambda call: call.says(2.5).silent(40),
        lambda call: call.says(70),
        lambda call: call.says(0.3).silent(1).says(3).silent(40),
        lambda call: call.silent(61),
        lambda call: call.says(0.1).silent(40),
    ]
    changed = PickupRules(**{field: getattr(RULES, field) * 3})
    outcomes = []
    for rules in (RULES, changed):
        calls = [Call() for _ in scripts]
        for call, script in zip(calls, scripts, strict=True):
            call.pickup = Pickup(0.0, rules)
            script(call)
        outcomes.append([call.told for call in calls])
    assert outcomes[0] != outcomes[1]
