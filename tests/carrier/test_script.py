import pytest

from runtime.carrier.keypad import KeyPacket
from runtime.carrier.script import HangUp, Manners, Press, Say, Talker, Wait

MANNERS = Manners(moment=0.2, patience=1.0)
HELLO = Say(b"\x10" * 400, "hello")


def play(steps, bot, *, seconds=4):
    """Return at which frame each step began; `bot` is (first, last) frames of its pieces."""
    talker, began = Talker(steps, MANNERS), {}
    for frame in range(50 * seconds):
        moment = talker.next(
            bot_is_speaking=any(first <= frame < last for first, last in bot),
            bot_pieces_begun=sum(first <= frame for first, _ in bot),
        )
        if moment.began:
            began[moment.began] = frame
    return began


def test_a_line_begins_when_the_bot_has_been_quiet_for_a_moment():
    assert play([HELLO], [(0, 30)]) == {HELLO: 39}


def test_a_pause_between_two_pieces_is_not_the_end_of_the_bots_turn():
    assert play([HELLO], [(0, 30), (35, 60)]) == {HELLO: 69}


def test_the_next_line_waits_for_the_bots_answer():
    two = Say(b"\x11" * 160, "two")
    assert play([HELLO, two], [(0, 10), (40, 60)]) == {HELLO: 19, two: 69}


def test_what_the_bot_goes_on_with_over_our_line_is_not_its_answer():
    barge = [Wait(0.2), HELLO, Press("1")]
    began = play(barge, [(0, 15), (40, 60)])
    assert (began[HELLO], began[Press("1")]) == (10, 69)


def test_a_caller_to_whom_nobody_speaks_loses_patience():
    assert play([HELLO], []) == {HELLO: 49}


def test_what_follows_a_wait_begins_at_once_even_over_the_bot():
    assert play([Wait(0.5), HELLO], [(0, 100)]) == {Wait(0.5): 0, HELLO: 25}


def test_the_call_is_hung_up_in_its_turn():
    assert play([HELLO, HangUp()], [(0, 10), (30, 40)]) == {HELLO: 19, HangUp(): 49}


def sounds(step):
    talker = Talker([Wait(0), step], MANNERS)
    moments = [talker.next(bot_is_speaking=False, bot_pieces_begun=0) for _ in range(60)]
    assert talker.is_done
    last = next(i for i, moment in enumerate(moments) if moment.ended == step)
    return [moment.sound for moment in moments[1 : last + 1]]


def test_speech_goes_out_in_frames_of_20_ms_the_last_filled_with_silence():
    assert sounds(HELLO) == [b"\x10" * 160, b"\x10" * 160, b"\x10" * 80 + b"\xff" * 80]


def test_a_key_goes_out_as_an_event_that_grows_and_ends_three_times():
    packets = [sound for sound in sounds(Press("#")) if isinstance(sound, KeyPacket)]
    assert [packet.event.duration for packet in packets] == [160, 320, 480, 640, 800, 800, 800, 800]
    assert [packet.event.end for packet in packets] == [False] * 5 + [True] * 3
    assert [packet.is_first for packet in packets] == [True] + [False] * 7
    assert {packet.event.event for packet in packets} == {11}


def test_a_key_goes_out_as_sound_where_that_is_asked_for():
    frames = sounds(Press("1", in_band=True))
    assert [frame == b"\xff" * 160 for frame in frames] == [False] * 5 + [True] * 5


@pytest.mark.parametrize("digits", ["", "x", "1 2", "a"])
def test_what_is_no_key_cannot_be_pressed(digits):
    with pytest.raises(ValueError, match="cannot be pressed"):
        Press(digits)
