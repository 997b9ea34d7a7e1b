"""The bot's side of a recording."""

from hypothesis import given
from hypothesis import strategies as st

from runtime.audio.bot_track import ECHO, BotTrack, Part


def sound_of(track: BotTrack[bytes], *ends: int) -> bytes:
    """What is heard, taken in pieces that end there."""
    heard, start = bytearray(), 0
    for end in ends:
        side = bytearray(b"-" * (end - start))
        for part in track.take(start, end)[0]:
            sound = part.sound[part.first : part.upto]
            side[part.at : part.at + len(sound)] = sound
        heard += side
        start = end
    return bytes(heard)


def test_a_sound_is_heard_from_its_start_on():
    track: BotTrack[str] = BotTrack()
    track.play("a", 10, 20, is_sensitive=False)
    assert track.take(0, 15) == ((Part(10, "a", 0, 5),), [])
    assert track.take(15, 40) == ((Part(0, "a", 5, 20),), [])


def test_of_a_sound_that_began_before_the_recording_the_rest_is_heard():
    track: BotTrack[bytes] = BotTrack()
    track.play(b"abcd", -2, 4, is_sensitive=False)
    assert sound_of(track, 4) == b"cd--"


def test_what_is_cut_is_not_heard_and_what_comes_after_is():
    track: BotTrack[bytes] = BotTrack()
    track.play(b"abcd", 0, 4, is_sensitive=False)
    track.play(b"efgh", 4, 4, is_sensitive=False)
    track.cut(2)
    track.play(b"xy", 3, 2, is_sensitive=False)
    assert sound_of(track, 10) == b"ab-xy-----"


def test_a_sensitive_line_is_silent_and_silences_its_echo():
    track: BotTrack[bytes] = BotTrack()
    track.play(b"abcd", 2, 4, is_sensitive=True)
    track.play(b"ef", 6, 2, is_sensitive=False)
    parts, private = track.take(0, 7)
    assert ([part.sound for part in parts], private) == ([b"ef"], [(2, 7)])
    assert track.take(7, 10**6)[1] == [(0, 6 + ECHO - 7)]
    assert track.take(10**6, 10**6 + 10) == ((), [])


@given(
    st.lists(st.tuples(st.integers(0, 30), st.binary(min_size=1, max_size=20)), max_size=8),
    st.lists(st.integers(0, 400), max_size=6),
    st.integers(0, 300),
)
def test_in_whatever_pieces_it_is_taken_it_is_the_same(
    sounds: list[tuple[int, bytes]], ends: list[int], cut: int
):
    tracks: list[BotTrack[bytes]] = [BotTrack(), BotTrack()]
    expected, at = bytearray(b"-" * 500), 0
    for pause, sound in sounds:
        at += pause
        for track in tracks:
            track.play(sound, at, len(sound), is_sensitive=False)
        expected[at : at + len(sound)] = sound
        at += len(sound)
    expected[cut:] = b"-" * (500 - cut)
    for track in tracks:
        track.cut(cut)
    whole, pieces = sound_of(tracks[0], 500), sound_of(tracks[1], *sorted(ends), 500)
    assert whole == pieces == bytes(expected)
