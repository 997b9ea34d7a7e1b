from random import Random

import pytest

from runtime.carrier import keypad
from runtime.carrier.inbound import InboundAudio
from runtime.carrier.line import Line, LineFaults
from runtime.carrier.reorder import KeyPressed

FRAMES = [bytes([i % 120]) * 160 for i in range(200)]


def delivered(faults, sounds=FRAMES, seed=1):
    line = Line(faults, Random(seed))
    packets = []
    for i, sound in enumerate(sounds):
        line.send(sound, i * 0.02)
        packets += line.arrived(i * 0.02)
    return packets + line.arrived(1e9)


def heard(packets):
    inbound = InboundAudio()
    arrivals = [arrival for packet in packets for arrival in inbound.hear(packet)]
    return [*arrivals, *inbound.flush()], inbound.counters


def test_a_good_line_delivers_what_was_said():
    assert heard(delivered(LineFaults()))[0] == FRAMES


def test_a_line_that_reorders_and_duplicates_is_mended_by_the_receiver():
    arrivals, counters = heard(delivered(LineFaults(duplicate=0.2, reorder=0.2), seed=3))
    assert b"".join(arrivals) == b"".join(FRAMES)
    assert counters.duplicate > 10


def test_what_a_line_loses_is_silence_at_the_receiver():
    arrivals, counters = heard(delivered(LineFaults(loss=0.1)))
    sound = b"".join(arrivals)
    assert len(sound) == 160 * len(FRAMES)
    assert sound.count(b"\xff") == 160 * counters.lost
    assert counters.lost > 5


@pytest.mark.parametrize("faults", [LineFaults(loss=0.2, jitter=0.05), LineFaults(reorder=0.5)])
def test_the_same_seed_is_the_same_line(faults):
    assert delivered(faults, seed=3) == delivered(faults, seed=3)
    assert delivered(faults, seed=3) != delivered(faults, seed=4)


def test_jitter_delays_a_packet_and_no_more_than_it_may():
    line = Line(LineFaults(jitter=0.015), Random(1))
    line.send(FRAMES[0], 1.0)
    assert 1.0 < line.next_arrival() <= 1.015
    assert line.arrived(1.0) == []
    assert len(line.arrived(1.015)) == 1
    assert line.next_arrival() == float("inf")


def test_keys_are_pressed_once_each_and_take_their_time():
    sounds = [FRAMES[0], FRAMES[1], *keypad.events("55#"), FRAMES[2]]
    arrivals, _ = heard(delivered(LineFaults(), sounds))
    assert [each.digit for each in arrivals if isinstance(each, KeyPressed)] == ["5", "5", "#"]
    sound = b"".join(each for each in arrivals if isinstance(each, bytes))
    assert len(sound) == 160 * len(sounds)
