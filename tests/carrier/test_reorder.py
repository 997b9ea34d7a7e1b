import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.carrier import telephone_event
from runtime.carrier.reorder import Counters, KeyPressed, Reorder
from runtime.carrier.rtp import RtpPacket
from runtime.carrier.telephone_event import TelephoneEvent

SILENCE = b"\xff" * 160


def sound(index):
    return bytes([index % 120]) * 160


def speech(index, *, first=0, clock=160, ssrc=1, marker=False, timestamp=None):
    """Packet `index` of a stream whose first sequence number is `first`."""
    at = (first * 7919 + index * clock) if timestamp is None else timestamp
    return RtpPacket(0, marker, (first + index) & 0xFFFF, at & 0xFFFFFFFF, ssrc, sound(index))


def key(sequence, digit, timestamp, *, end=False, duration=160):
    event = TelephoneEvent(telephone_event.DIGITS.index(digit), end, 10, duration)
    return RtpPacket(101, False, sequence, timestamp, 1, telephone_event.write(event))


def heard(packets):
    reorder = Reorder()
    arrivals = [each for packet in packets for each in reorder.push(packet)]
    arrivals += reorder.flush()
    sounds = b"".join(each for each in arrivals if isinstance(each, bytes))
    return sounds, [each.digit for each in arrivals if isinstance(each, KeyPressed)], reorder


def spoken(*indexes):
    return b"".join(SILENCE if index is None else sound(index) for index in indexes)


def test_a_packet_in_order_is_heard_at_once_and_as_it_is():
    reorder = Reorder()
    for index in range(5):
        packet = speech(index)
        (arrival,) = reorder.push(packet)
        assert arrival is packet.payload


@pytest.mark.parametrize("order", [[0, 2, 1, 3], [0, 3, 2, 1, 4], [0, 1, 3, 4, 2], [0, 2, 3, 1]])
def test_order_is_restored_over_three_packets(order):
    sounds, _, reorder = heard(speech(index) for index in order)
    assert sounds == spoken(*sorted(order))
    assert (reorder.counters.lost, reorder.counters.late) == (0, 0)


def test_a_missing_packet_is_given_up_when_three_later_ones_have_come():
    reorder = Reorder()
    assert reorder.push(speech(0)) == (sound(0),)
    assert reorder.push(speech(2)) == ()
    assert reorder.push(speech(3)) == ()
    assert reorder.push(speech(4)) == (SILENCE, sound(2), sound(3), sound(4))
    assert reorder.counters.lost == 1


def test_a_packet_that_comes_after_it_was_given_up_is_late_and_not_heard():
    sounds, _, reorder = heard(speech(index) for index in [0, 2, 3, 4, 1, 5])
    assert sounds == spoken(0, None, 2, 3, 4, 5)
    assert (reorder.counters.late, reorder.counters.duplicate) == (1, 0)


def test_a_packet_from_before_the_first_is_late():
    sounds, _, reorder = heard(speech(index, first=9) for index in [1, 0, 2])
    assert sounds == spoken(1, 2)
    assert (reorder.counters.late, reorder.counters.duplicate) == (1, 0)


def test_duplicates_are_dropped_wherever_they_come():
    sounds, _, reorder = heard(speech(index) for index in [0, 0, 2, 2, 1, 2, 0, 3])
    assert sounds == spoken(0, 1, 2, 3)
    assert reorder.counters == Counters(received=8, duplicate=4)


def test_sequence_and_timestamp_wrap_around():
    first = 0xFFFE
    packets = [
        RtpPacket(0, False, (first + i) & 0xFFFF, (2**32 - 320 + 160 * i) & 0xFFFFFFFF, 1, sound(i))
        for i in [0, 1, 3, 2, 5, 6, 7]
    ]
    assert heard(packets)[0] == spoken(0, 1, 2, 3, None, 5, 6, 7)


@pytest.mark.parametrize("clock", [160, 0, 20, 320], ids=lambda clock: f"clock {clock}")
def test_a_gap_is_filled_with_its_time_whatever_the_timestamps_count(clock):
    sounds, _, reorder = heard(speech(index, clock=clock) for index in [0, 1, 12, 13, 14])
    assert sounds == spoken(0, 1, *[None] * 10, 12, 13, 14)
    assert reorder.counters.lost == 10


def test_a_gap_of_packets_of_another_length_is_filled_by_the_timestamps():
    packets = [RtpPacket(0, False, i, i * 240, 1, bytes([i]) * 240) for i in [0, 1, 4, 5, 6]]
    assert heard(packets)[0][480:960] == b"\xff" * 480


def test_a_jump_of_fifty_packets_is_a_loss_and_one_more_is_another_stream():
    sounds, _, reorder = heard(speech(index) for index in [0, 1, 51, 52, 53])
    assert sounds == spoken(0, 1, *[None] * 49, 51, 52, 53)
    assert (reorder.counters.lost, reorder.counters.resyncs) == (49, 0)
    sounds, _, reorder = heard(speech(index) for index in [0, 1, 52, 53, 54])
    assert sounds == spoken(0, 1, 52, 53, 54)
    assert (reorder.counters.lost, reorder.counters.resyncs) == (0, 1)


def test_a_jump_back_of_more_than_fifty_packets_resynchronises():
    sounds, _, reorder = heard(speech(index, first=100) for index in [0, 1, -60, -59])
    assert sounds == spoken(0, 1, -60, -59)
    assert reorder.counters.resyncs == 1


def test_a_new_source_resynchronises_and_loses_nothing_that_was_held():
    packets = [speech(0), speech(2), speech(0, first=5000, ssrc=2), speech(1, first=5000, ssrc=2)]
    sounds, _, reorder = heard(packets)
    assert sounds == spoken(0, None, 2, 0, 1)
    assert reorder.counters.resyncs == 1


def test_silence_that_was_not_sent_is_filled_before_a_marked_packet():
    packets = [speech(0), speech(1), speech(2, timestamp=160 * 7, marker=True)]
    assert heard(packets)[0] == spoken(0, 1, *[None] * 5, 2)


def test_a_wild_timestamp_fills_nothing():
    packets = [speech(0), speech(1), speech(2, timestamp=2**31, marker=True), speech(3)]
    assert heard(packets)[0] == spoken(0, 1, 2, 3)


def press(digit, sequence, timestamp, *, lost=()):
    updates = [key(sequence + i, digit, timestamp, duration=160 * (i + 1)) for i in range(5)]
    ends = [key(sequence + 5 + i, digit, timestamp, end=True, duration=800) for i in range(3)]
    return [each for i, each in enumerate(updates + ends) if i not in lost]


@pytest.mark.parametrize("lost", [(), (0,), (0, 1, 2, 3, 4), (5, 6, 7), (1, 5, 6)])
def test_a_key_is_reported_once_whatever_of_it_is_lost(lost):
    packets = [speech(0), speech(1), *press("5", 2, 320, lost=lost), speech(10, timestamp=1120)]
    assert heard(packets)[1] == ["5"]


def test_a_key_is_reported_at_its_first_packet():
    reorder = Reorder()
    reorder.push(speech(0))
    assert reorder.push(key(1, "#", 160)) == (KeyPressed("#"),)


def test_the_same_key_pressed_twice_is_two_keys():
    packets = [speech(0), *press("1", 1, 160), *press("1", 9, 1120), *press("*", 17, 2080)]
    assert heard(packets)[1] == ["1", "1", "*"]


def test_a_key_held_for_more_than_eight_seconds_is_one_key():
    packets = [
        key(0, "1", 0, duration=800),
        key(1, "1", 0xFFFF, duration=800),
        key(2, "1", 2 * 0xFFFF, end=True),
    ]
    assert heard(packets)[1] == ["1"]


def test_an_event_that_is_no_digit_is_no_key():
    flash = RtpPacket(101, False, 1, 160, 1, telephone_event.write(TelephoneEvent(16, False, 0, 9)))
    assert heard([speech(0), flash])[1] == []


def test_the_time_of_a_key_stays_in_the_sound():
    packets = [speech(0), speech(1), *press("5", 2, 320), speech(10, timestamp=320 + 800)]
    assert heard(packets)[0] == spoken(0, 1, *[None] * 5, 10)


def test_keys_beside_continuous_speech_leave_the_sound_as_it_is():
    packets = []
    for index in range(6):
        packets.append(RtpPacket(0, False, 2 * index, 160 * index, 1, sound(index)))
        packets.append(key(2 * index + 1, "7", 0, duration=160 * index))
    assert heard(packets)[:2] == (spoken(*range(6)), ["7"])


def test_packets_of_another_payload_type_are_counted_and_make_no_sound():
    packets = [speech(0), speech(1)._replace(payload_type=8), speech(2)]
    sounds, _, reorder = heard(packets)
    assert sounds[:160] == sound(0)
    assert sounds[-160:] == sound(2)
    assert reorder.counters.unused == 1


@st.composite
def lines(draw):
    """A stream as a bad line delivers it: what came, in the order it came, and what was lost."""
    length = draw(st.integers(1, 60))
    lost = draw(st.sets(st.integers(1, length), max_size=12))
    came = [index for index in range(length) if index not in lost]
    # Sorting by index + 0..2.9 lets a packet be overtaken by the next two at most.
    delays = draw(st.lists(st.floats(0, 2.9), min_size=len(came), max_size=len(came)))
    delays[0] = 0
    order = [i for _, i in sorted((i + d, i) for i, d in zip(came, delays, strict=True))]
    repeats = draw(st.lists(st.integers(1, 2), min_size=len(order), max_size=len(order)))
    order.remove(0)
    return [0, *(i for i, n in zip(order, repeats, strict=False) for _ in range(n))], set(came)


@given(lines(), st.integers(0, 0xFFFF), st.sampled_from([160, 0, 20]))
def test_any_disorder_within_the_window_is_heard_in_order_and_true_to_time(line, first, clock):
    order, came = line
    sounds, _, _ = heard(speech(index, first=first, clock=clock) for index in order)
    assert sounds == spoken(*(i if i in came else None for i in range(max(came) + 1)))


ANY_PACKET = st.builds(
    RtpPacket,
    st.sampled_from([0, 0, 0, 8, 13, 101]),
    st.booleans(),
    st.integers(0, 120) | st.integers(0, 0xFFFF),
    st.integers(0, 2000) | st.integers(0, 0xFFFFFFFF),
    st.integers(1, 2),
    st.sampled_from([b"", SILENCE, b"\x05\x0a\x00\xa0", b"\xff\xff\xff\xff"]),
)


@given(st.lists(ANY_PACKET, max_size=60))
def test_any_packets_are_heard_within_bounds(packets):
    sounds, _, reorder = heard(packets)
    assert reorder.counters.received == len(packets)
    assert len(sounds) <= len(packets) * (160 * 51 + 400)
