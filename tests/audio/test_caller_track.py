"""The caller's side of a recording."""

from hypothesis import given
from hypothesis import strategies as st

from runtime.audio.caller_track import LATENESS, MOST, CallerTrack

SOUND = b"\x01" * 160
FRAME = len(SOUND)


def heard(frames: int, *, holds_back: bool = True, first: int = 0) -> CallerTrack:
    track = CallerTrack(first, holds_back=holds_back)
    for _ in range(frames):
        track.hear(SOUND, 0)
    return track


def rest(track: CallerTrack) -> bytes:
    track.finish()
    return track.take(track.length)


def test_what_may_still_turn_out_to_be_speech_waits():
    track = heard(200)
    assert len(track.take(10**6)) == 200 * FRAME - LATENESS


def test_where_nothing_can_be_sensitive_nothing_waits():
    track = heard(200, holds_back=False, first=4000)
    assert (track.take(1000), track.waiting) == (b"\x01" * 1000, 31000)
    track.begin(0)
    assert track.end() is None


def test_what_is_being_said_waits_until_it_is_known():
    track = heard(10)
    track.begin(5 * FRAME)
    for _ in range(500):
        track.hear(SOUND, 0)
    held = track.end()
    assert len(track.take(10**6)) == 5 * FRAME
    assert held is not None
    track.settle(held, is_sensitive=True)
    for _ in range(200):
        track.hear(SOUND, 0)
    assert rest(track) == b"\xff" * 505 * FRAME + b"\x01" * 200 * FRAME


def test_what_began_in_a_sensitive_question_is_silenced_to_its_end():
    track = heard(100)
    track.ask(is_sensitive=True)
    track.begin(100 * FRAME)
    track.ask(is_sensitive=False)
    for _ in range(100):
        track.hear(SOUND, 0)
    held = track.end()
    assert held is not None
    track.settle(held, is_sensitive=False)
    assert rest(track) == b"\x01" * 100 * FRAME + b"\xff" * 100 * FRAME


def test_a_sensitive_question_silences_a_moment_more():
    track = heard(100)
    track.ask(is_sensitive=True)
    track.hear(SOUND, 0)
    track.ask(is_sensitive=False)
    for _ in range(100):
        track.hear(SOUND, 0)
    # Half a second.
    assert rest(track).count(b"\xff") == FRAME + 4000


def test_a_key_of_a_sensitive_answer_is_silenced_however_long_it_is_held():
    track = heard(100)
    track.ask(is_sensitive=True)
    track.tone(100 * FRAME, None)
    track.ask(is_sensitive=False)
    for _ in range(1000):
        track.hear(SOUND, 0)
        assert b"\x01" not in track.take(10**6)[100 * FRAME :]
    track.tone(100 * FRAME, 1100 * FRAME)
    track.hear(SOUND, 0)
    assert rest(track)[-FRAME:] == SOUND


def test_a_key_of_a_menu_is_kept():
    track = heard(100)
    track.tone(10 * FRAME, None)
    track.tone(10 * FRAME, 20 * FRAME)
    assert rest(track) == SOUND * 100


def test_what_is_in_doubt_for_longer_than_can_be_kept_is_silenced():
    track = heard(1)
    track.begin(0)
    for _ in range(MOST // FRAME + 500):
        track.hear(SOUND, 0)
        assert b"\x01" not in track.take(10**6)
    assert track.waiting <= MOST + FRAME


def test_a_gap_is_filled_once_it_is_known_to_be_one():
    track = heard(100, holds_back=False)
    for _ in range(60):
        track.hear(b"\x02" * FRAME, 8000)
    assert rest(track) == SOUND * 100 + b"\xff" * 8000 + b"\x02" * 60 * FRAME
    assert track.length == 160 * FRAME + 8000


def test_what_is_late_in_one_go_makes_no_gap():
    track = heard(100, holds_back=False)
    for behind in range(8000, -160, -160):
        track.hear(SOUND, behind)
    assert rest(track) == SOUND * 151


@given(st.data())
def test_whatever_happens_all_comes_out_once_and_nothing_that_is_sensitive(data: st.DataObject):
    track = CallerTrack(first := data.draw(st.integers(0, 5000)), holds_back=True)
    out, said, held = bytearray(), 0, []
    is_private = [False] * first
    asked = False
    for _ in range(data.draw(st.integers(1, 60))):
        match data.draw(st.sampled_from(["hear", "hear", "ask", "begin", "end", "settle", "take"])):
            case "hear":
                samples = data.draw(st.integers(1, 9000))
                track.hear(b"\x01" * samples, 0)
                is_private += [asked] * samples
                said += samples
            case "ask":
                asked = data.draw(st.booleans())
                track.ask(is_sensitive=asked)
            case "begin" if not held:
                # As late as an onset may be told.
                back = data.draw(st.integers(0, LATENESS))
                track.begin(track.position - back)
                held = [None, max(first, track.position - back)]
            case "end" if held and held[0] is None:
                held[0] = track.end()
                held.append(track.position)
            case "settle" if held and held[0] is not None:
                is_sensitive = data.draw(st.booleans())
                track.settle(held[0], is_sensitive=is_sensitive)
                for at in range(held[1], held[2]) if is_sensitive else ():
                    is_private[at] = True
                held = []
            case "take":
                out += track.take(data.draw(st.integers(0, 20000)))
    out += rest(track)
    assert len(out) == said
    for at, hidden in enumerate(is_private[first:]):
        assert not hidden or out[at] == 0xFF
