import itertools
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import each_row

from bench import voices
from bench.keypad import (
    LEVELS,
    NOISES,
    OFFSETS,
    TOO_FAR,
    TWISTS,
    Way,
    press,
    recognition,
    told_at_all,
)
from bench.keypad import hear as hear_lines
from runtime.audio.dtmf import KEYS, Digit, DigitEnded, ToneDetector, hear_all, tones
from runtime.audio.mulaw import decode_float, encode

LOW = dict(zip("123A456B789C*0#D", np.repeat([697, 770, 852, 941], 4), strict=True))
HIGH = dict(zip("123A456B789C*0#D", [1209, 1336, 1477, 1633] * 4, strict=True))


def hear(audio: bytes, frame: int = 160) -> list[Digit | DigitEnded]:
    detector = ToneDetector()
    pieces = (audio[at : at + frame] for at in range(0, len(audio), frame))
    return [event for piece in pieces for event in detector.hear(piece)]


def digits(audio: bytes) -> str:
    return "".join(event.key for event in hear(audio) if isinstance(event, Digit))


def silence(ms: float) -> bytes:
    return b"\xff" * int(8 * ms)


def detuned(key: str, share: float, ms: int) -> bytes:
    times = np.arange(8 * ms) / 8000
    pair = (LOW[key] * (1 + share), HIGH[key] * (1 + share))
    return encode(sum(0.2 * np.sin(2 * np.pi * tone * times) for tone in pair))


def noisy(audio: bytes, snr_db: float, seed: int = 0) -> bytes:
    sound = decode_float(audio).astype(np.float64)
    power = np.mean(sound[np.abs(sound) > 0] ** 2) * 10 ** (-snr_db / 10)
    return encode(sound + np.random.default_rng(seed).standard_normal(len(sound)) * power**0.5)


LEVELS_AND_TWISTS = [(0, 0), (-4, 4), (0, -8), (-10, 0), (-25, 0), (-25, 4), (-17, -8)]


@each_row(("level", "ms", "offset"), product(LEVELS_AND_TWISTS, [40, 55, 100], [0, 3.5, 11]))
def test_every_key_is_heard_at_every_level_and_twist_of_q24(level, ms, offset):
    audio = silence(50 + offset) + tones(KEYS, ms, 40, *level) + silence(60)
    assert digits(audio) == KEYS


@pytest.mark.parametrize("snr_db", [20, 15])
def test_every_key_is_heard_in_noise(snr_db):
    audio = silence(53) + tones(KEYS, 60, 60) + silence(60)
    assert digits(noisy(audio, snr_db)) == KEYS


@pytest.mark.parametrize("share", [-0.015, 0.015])
def test_keys_that_are_off_by_a_percent_and_a_half_are_heard(share):
    audio = b"".join(silence(60) + detuned(key, share, 60) for key in KEYS) + silence(60)
    assert digits(audio) == KEYS


@pytest.mark.parametrize("share", [-0.035, 0.035])
@pytest.mark.parametrize("ms", [40, 200])
def test_tones_that_are_off_by_three_percent_and_a_half_are_no_keys(share, ms):
    audio = b"".join(silence(60) + detuned(key, share, ms) for key in KEYS) + silence(60)
    assert digits(audio) == ""


def test_the_shortest_keys_of_q24_are_all_heard():
    """At every level and twist, off by 1.5 % either way, in noise: see bench/talk_off.py."""
    ways = [
        Way(40, level, twist, offsets, noise)
        for level, twist, offsets, noise in product(
            (LEVELS[0], LEVELS[-1]), TWISTS, OFFSETS.values(), NOISES.values()
        )
    ]
    shares = recognition(ways, np.random.default_rng(7), times=1)
    assert {way: share for way, share in zip(ways, shares, strict=True) if share < 100} == {}


def test_a_key_is_none_if_either_of_its_tones_is_off_by_three_percent_and_a_half():
    ways = [Way(ms, offsets=offsets) for ms in (40, 100) for offsets in TOO_FAR]
    assert told_at_all(ways, np.random.default_rng(7), times=1) == 0


@pytest.mark.parametrize(("level_db", "twist"), [(-10, 9), (-5, -13)])
def test_a_pair_too_uneven_is_no_key(level_db, twist):
    assert digits(tones(KEYS, 100, 60, level_db, twist)) == ""


def test_tones_of_23_ms_are_no_keys():
    for offset in range(0, 10, 2):
        assert digits(silence(60 + offset) + tones(KEYS, 23, 60) + silence(60)) == ""


def test_a_single_tone_and_three_tones_are_no_key():
    times = np.arange(4000) / 8000
    one, two, three = (0.2 * np.sin(2 * np.pi * tone * times) for tone in (697, 1209, 1477))
    assert digits(encode(one)) == ""
    assert digits(encode(one + two + three)) == ""
    assert digits(encode(one + two)) == "1"


def test_a_short_interruption_does_not_split_a_key():
    tone = tones("5", 100, 0)
    for gap in (10, 40, 80):
        cut = 400 + gap // 8
        audio = silence(60) + tone[:cut] + b"\xff" * gap + tone[cut + gap :] + silence(60)
        assert digits(audio) == "5"


@pytest.mark.parametrize("snr_db", [None, 15])
def test_a_lost_frame_does_not_split_a_key_and_a_pause_of_40_ms_does(snr_db):
    draw = np.random.default_rng(7)
    lost = [Way(140, offsets=off, snr_db=snr_db, hole=(60, 20)) for off in OFFSETS.values()]
    assert recognition(lost, draw, times=2) == [100] * len(lost)
    pause = [Way(160, offsets=off, snr_db=snr_db, hole=(60, 40)) for off in OFFSETS.values()]
    assert told_at_all(pause, draw, times=2) == 200


def test_the_same_key_twice_is_two_digits():
    assert digits(silence(50) + tones("00", 40, 40) + silence(60)) == "00"


def test_a_key_that_turns_into_another_without_a_gap_is_two_digits():
    assert digits(tones("1", 100, 0) + tones("9", 100, 60)) == "19"


def test_a_digit_says_where_its_tone_lay():
    audio = silence(500) + tones("7", 120, 200) + silence(100)
    pressed, ended = hear(audio)
    assert pressed == Digit("7", pytest.approx(4000, abs=60))
    assert ended == DigitEnded("7", pressed.start, pytest.approx(4960, abs=60))


def test_no_sample_of_a_tone_lies_outside_of_its_span():
    draw = np.random.default_rng(7)
    ways = product((40, 100), OFFSETS.values(), TWISTS)
    lines = [press(Way(ms, -10, twist, offsets, 15), draw) for ms, offsets, twist in ways]
    for line, told in zip(lines, hear_lines([line.sound for line in lines]), strict=True):
        spans = [event.span for event in told if isinstance(event, DigitEnded)]
        starts = [event.span_start for event in told if isinstance(event, Digit)]
        assert starts == [start for start, _ in spans]
        for (start, end), (_, at) in zip(spans, line.keys, strict=True):
            assert at - 160 <= start <= at
            assert at + line.samples <= end <= at + line.samples + 160


def test_what_may_become_a_key_is_suspected_until_it_is_one():
    detector = ToneDetector()
    sound = silence(100) + tones("5", 60, 60)
    suspected = []
    for at in range(0, len(sound), 40):
        told = detector.hear(sound[at : at + 40])
        suspected.append(detector.suspect)
        if told:
            break
    assert suspected[-1] is None
    first = next(number for number, since in enumerate(suspected) if since is not None)
    # A window of 20 ms must be full to three quarters; three of them, 10 ms apart, are a key.
    assert 800 + 120 <= (first + 1) * 40 <= 800 + 200
    assert len(suspected) - 1 - first <= 4
    assert all(640 <= since <= 800 for since in suspected[first:-1])


def test_what_is_too_short_for_a_key_is_suspected_no_longer():
    detector = ToneDetector()
    detector.hear(silence(100) + tones("5", 20, 0))
    assert detector.suspect is not None
    assert detector.hear(silence(20)) == ()
    assert detector.suspect is None


def test_a_digit_is_told_while_the_key_is_down():
    assert [type(event) for event in hear(tones("7", 60, 0))] == [Digit]


def test_positions_stay_true_over_a_long_quiet_line():
    (pressed, _) = hear(silence(20_000) + tones("3", 60, 200))
    assert pressed.start == pytest.approx(160_000, abs=60)


@pytest.mark.parametrize("seed", range(4))
def test_sound_like_speech_holds_no_digits(seed):
    """Gliding harmonics in syllables; two of its formants lie in the groups of tones."""
    generator = np.random.default_rng(seed)
    times = np.arange(8000 * 15) / 8000
    knots = np.linspace(0, 15, 60)
    pitch = np.interp(times, knots, generator.uniform(90, 260, 60))
    phase = (2 * np.pi * (np.cumsum(pitch) / 8000 % 1)).astype(np.float32)
    pitch = pitch.astype(np.float32)
    formants = [
        np.interp(times, knots, generator.uniform(low, high, 60)).astype(np.float32)
        for low, high in ((600, 1000), (1100, 1700), (2200, 2800))
    ]
    sound = sum(
        np.sin(k * phase) * (0.3 / k + sum(1 / (1 + ((k * pitch - f) / 60) ** 2) for f in formants))
        for k in range(1, 16)
    )
    sound *= np.clip(np.sin(2 * np.pi * 3 * times) + 0.4, 0, 1)
    sound += generator.standard_normal(len(sound)) * 0.02
    assert digits(encode(sound * 0.15)) == ""


@pytest.mark.skipif(not voices.RECORDINGS.exists(), reason="needs asterisk-core-sounds-en-wav")
def test_people_speak_no_digits():
    """As much as is quick; an hour is heard by bench/talk_off.py."""
    clips = itertools.islice(voices.people(()), 50)
    said = [voices.over_the_line(clip) for clip in clips]
    assert sum(map(len, said)) > 8000 * 60
    assert {number: told for number, told in enumerate(hear_lines(said)) if told} == {}


def test_noise_holds_no_digits():
    sound = np.random.default_rng(5).standard_normal(8000 * 30) * 0.1
    assert digits(encode(sound)) == ""


def test_calls_heard_together_are_heard_as_each_alone():
    lines = [
        silence(50) + tones("12", 60, 60) + silence(400),
        silence(640),
        silence(133) + tones("*", 80, 20) + tones("#", 80, 20) + silence(307),
    ]
    detectors = [ToneDetector() for _ in lines]
    together: list[list[Digit | DigitEnded]] = [[] for _ in lines]
    for at in range(0, 8 * 640, 160):
        heard = hear_all(detectors, [line[at : at + 160] for line in lines])
        for events, found in zip(together, heard, strict=True):
            events += found
    assert together == [hear(line[: 8 * 640]) for line in lines]
    assert hear_all([], []) == []


@settings(max_examples=10)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=20))
def test_the_size_of_the_pieces_makes_no_difference(sizes):
    audio = noisy(tones("42", 100, 60), 30)
    detector, at, events = ToneDetector(), 0, []
    for size in itertools.islice(itertools.cycle([*sizes, 160]), 2000):
        events += detector.hear(audio[at : at + size])
        at += size
    assert events == hear(audio)


@given(
    st.lists(st.sampled_from(KEYS), min_size=1, max_size=4).map("".join),
    st.integers(25, 60),
    st.integers(20, 60),
    st.integers(0, 320),
    st.floats(-12, 8),
    st.floats(3, 25),
    st.integers(0, 99),
)
def test_a_frames_quick_look_misses_no_key(keys, ms, gap, offset, twist, snr, seed):
    sound = b"\xff" * offset + tones(keys, ms, gap, level_db=-12, twist=twist) + b"\xff" * 400
    audio = noisy(sound, snr, seed)
    # Only frames of two windows get the quick look.
    assert hear(audio, 160) == hear(audio, 80)


def test_a_short_key_in_a_long_piece_is_heard():
    sound = silence(1000) + tones("8", 40, 0) + silence(1000)
    assert [event.key for event in ToneDetector().hear(sound)] == ["8", "8"]


def test_tones_are_as_long_and_as_loud_as_asked():
    audio = tones("1d", 1000, 50, level_db=-10, twist=-3)
    assert len(audio) == 8 * 2100
    assert audio[8000:8400] == silence(50)
    spectrum = np.abs(np.fft.rfft(decode_float(audio[:8000]))) / 4000
    # A full-scale sine is 3.17 dBm0.
    assert 20 * np.log10(spectrum[[697, 1209]]) == pytest.approx([-13.17, -16.17], abs=0.1)


def test_a_key_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'X' is not a telephone's key"):
        tones("1x")


def test_quiet_is_skipped_and_what_may_be_a_key_must_be_heard():
    detector = ToneDetector()
    assert detector.skip(silence(50))
    key = tones("5", 60, 40)
    assert not detector.skip(key[:160])
    told = [*detector.hear(key[:160])]
    # Within a key nothing is skipped, not even silence.
    assert not detector.skip(silence(20))
    told += detector.hear(key[160:])
    assert [event.key for event in told] == ["5", "5"]
    assert told[0].start == pytest.approx(400, abs=60)
    assert detector.skip(silence(20))
