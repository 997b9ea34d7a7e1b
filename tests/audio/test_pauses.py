import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.audio.mulaw import encode
from runtime.audio.pauses import cut_audio, last_pause


def noise(samples: int) -> bytes:
    return encode(np.random.default_rng(1).standard_normal(samples) * 0.1)


def test_the_cut_falls_into_the_pause():
    audio = noise(6000) + b"\xff" * 1600 + noise(5000)
    first, second = cut_audio(audio, 9000)
    assert first + second == audio
    assert 6000 < len(first) < 7600
    assert len(second) > 400


def test_short_audio_stays_whole_and_nothing_gives_no_piece():
    assert cut_audio(b"\xff" * 100, 100) == [b"\xff" * 100]
    assert cut_audio(b"", 100) == []


def test_a_limit_without_room_is_refused():
    with pytest.raises(ValueError, match="one byte at least"):
        cut_audio(b"\xff", 0)


@given(st.binary(max_size=3000), st.integers(1, 1000))
def test_pieces_join_to_the_whole_and_keep_the_limit(audio, limit):
    pieces = cut_audio(audio, limit)
    assert b"".join(pieces) == audio
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert all(len(piece) >= limit // 2 for piece in pieces[:-1])


def test_speech_goes_on_from_the_middle_of_the_last_pause():
    audio = noise(4000) + b"\xff" * 1600 + noise(4000) + b"\xff" * 1600 + noise(4000)
    assert last_pause(audio, 15000) == pytest.approx(10400, abs=160)
    assert last_pause(audio, 9000) == pytest.approx(4800, abs=160)
    assert last_pause(audio, 3000) == 0


def test_a_pause_that_has_just_begun_counts_as_far_as_it_was_heard():
    audio = noise(4000) + b"\xff" * 8000 + noise(4000)
    assert last_pause(audio, 5600) == pytest.approx(4800, abs=160)


def test_silence_before_the_first_word_is_no_pause_in_the_speech():
    assert last_pause(b"\xff" * 1600 + noise(8000), 5000) == 0


def test_a_gap_within_a_word_is_no_pause():
    assert last_pause(noise(4000) + b"\xff" * 480 + noise(4000), 8000) == 0


@given(st.binary(max_size=3000), st.integers(0, 4000))
def test_a_pause_lies_before_the_position(audio, position):
    assert 0 <= last_pause(audio, position) <= min(position, len(audio))
