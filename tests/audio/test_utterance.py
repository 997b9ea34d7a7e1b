import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from runtime.audio.utterance import LONGEST, PREROLL, UtteranceBuffer

FRAME = 160
STREAM = np.random.default_rng(0).integers(0, 256, 8000 * 80, dtype=np.uint8).tobytes()
IDLE_BOUND = 8000 * 4


def heard(until: int, buffer: UtteranceBuffer) -> UtteranceBuffer:
    for at in range(buffer.position, until, FRAME):
        buffer.append(STREAM[at : at + FRAME])
    return buffer


def test_an_utterance_comes_with_its_preroll():
    buffer = heard(80_000, UtteranceBuffer())
    buffer.hold(78_000)
    heard(160_000, buffer)
    assert buffer.take(78_000, 159_000) == STREAM[78_000 - PREROLL : 159_000]


def test_the_next_utterance_repeats_nothing_of_the_one_before():
    buffer = heard(32_000, UtteranceBuffer())
    buffer.take(8_000, 20_000)
    assert buffer.take(20_000, 24_000) == STREAM[20_000:24_000]
    assert buffer.take(24_500, 30_000) == STREAM[24_000:30_000]


def test_speech_at_the_very_beginning_has_no_preroll():
    buffer = heard(8_000, UtteranceBuffer())
    assert buffer.take(100, 5_000) == STREAM[:5_000]


def test_a_line_without_speech_keeps_little():
    buffer = heard(400_000, UtteranceBuffer())
    assert buffer.position == 400_000
    assert buffer.position - buffer.oldest < IDLE_BOUND


def test_an_utterance_that_never_ends_is_bounded():
    buffer = heard(16_000, UtteranceBuffer())
    buffer.hold(15_000)
    heard(500_000, buffer)
    assert LONGEST <= buffer.position - buffer.oldest < LONGEST + IDLE_BOUND
    assert buffer.take(15_000, 499_000) == STREAM[buffer.oldest : 499_000]


def test_what_was_no_speech_is_let_go():
    buffer = heard(16_000, UtteranceBuffer())
    buffer.hold(15_000)
    buffer.release()
    heard(200_000, buffer)
    assert buffer.position - buffer.oldest < IDLE_BOUND


def test_sound_long_gone_gives_nothing():
    buffer = heard(400_000, UtteranceBuffer())
    assert buffer.take(10_000, 20_000) == b""


def test_silence_takes_the_place_of_a_tone():
    buffer = heard(16_000, UtteranceBuffer())
    buffer.silence(9_000, 9_800)
    quiet = b"\xff" * 800
    assert buffer.take(8_000, 12_000) == STREAM[5_600:9_000] + quiet + STREAM[9_800:12_000]
    assert buffer.position == 16_000


def test_only_what_is_kept_can_be_silenced():
    buffer = heard(400_000, UtteranceBuffer())
    buffer.silence(0, buffer.oldest + 100)
    buffer.silence(399_900, 500_000)
    buffer.silence(600_000, 700_000)
    assert buffer.position == 400_000
    kept = STREAM[buffer.oldest + 100 : 399_900]
    assert buffer.take(buffer.oldest, 400_000) == b"\xff" * 100 + kept + b"\xff" * 100


@given(st.lists(st.integers(0, 9000), max_size=30), st.integers(0, 9000), st.integers(0, 9000))
def test_appends_of_any_length_keep_positions_true(lengths, back, length):
    buffer = UtteranceBuffer()
    position = 0
    for size in lengths:
        buffer.append(STREAM[position : position + size])
        position += size
    start = max(0, position - back)
    end = min(position, start + length)
    assert buffer.take(start, end) == STREAM[max(0, start - PREROLL) : end]
