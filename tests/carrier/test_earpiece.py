from hypothesis import given
from hypothesis import strategies as st

from runtime.carrier.earpiece import Earpiece, Piece

SILENCE = b"\xff" * 160


def test_silence_is_heard_while_the_bot_says_nothing():
    ear = Earpiece()
    assert ear.take() == (SILENCE, ())
    assert not ear.is_speaking


def test_pieces_are_heard_one_after_the_other_without_a_gap():
    ear = Earpiece()
    ear.play(b"a" * 200, is_greeting=True)
    ear.play(b"b" * 100)
    assert ear.take() == (b"a" * 160, ())
    frame, finished = ear.take()
    assert frame == b"a" * 40 + b"b" * 100 + b"\xff" * 20
    assert finished == (
        Piece(b"a" * 200, 200 / 8000, 0.0, is_greeting=True),
        Piece(b"b" * 100, 100 / 8000, 200 / 8000),
    )


def test_a_piece_begins_when_it_comes_where_nothing_plays():
    ear = Earpiece()
    ear.take()
    ear.play(b"a" * 160)
    _, (piece,) = ear.take()
    assert (piece.started_at, piece.ended_at) == (0.02, 0.04)


def test_an_interrupt_cuts_what_plays_and_drops_what_is_queued():
    ear = Earpiece()
    ear.play(b"a" * 400)
    ear.play(b"b" * 160)
    ear.take()
    playing, queued = ear.interrupt()
    assert (playing.audio, playing.was_cut, playing.ended_at) == (b"a" * 160, True, 0.02)
    assert (queued.audio, queued.was_cut, queued.started_at) == (b"", True, 0.02)
    assert ear.take() == (SILENCE, ())
    assert ear.begun == 1


def test_a_piece_without_sound_is_over_at_once():
    ear = Earpiece()
    ear.play(b"")
    assert ear.take()[1] == (Piece(b"", 0.0, 0.0),)


@given(st.lists(st.binary(max_size=500), max_size=8))
def test_whatever_is_queued_is_heard_whole(audios):
    ear = Earpiece()
    for audio in audios:
        ear.play(audio)
    taken = [ear.take() for _ in range(30)]
    assert b"".join(frame for frame, _ in taken).startswith(b"".join(audios))
    assert [piece.audio for _, pieces in taken for piece in pieces] == audios
