import struct

from hypothesis import given
from hypothesis import strategies as st

from runtime.carrier import rtp
from runtime.carrier.inbound import InboundAudio
from runtime.carrier.reorder import KeyPressed
from runtime.carrier.rtp import RtpPacket

SPEECH = bytes(range(160))
CLIPPED = b"\x80" * 160


def packet(sequence, payload=SPEECH, *, ssrc=9, payload_type=0):
    return rtp.write(RtpPacket(payload_type, False, sequence, 160 * sequence, ssrc, payload))


def heard(payloads):
    line = InboundAudio()
    return [arrival for payload in payloads for arrival in line.hear(payload)]


def test_rtp_is_heard_without_its_headers():
    assert heard(packet(i) for i in range(3)) == [SPEECH] * 3


def test_payloads_without_headers_are_heard_as_they_are():
    frames = [bytes([255 - i]) * 160 for i in range(20)]
    assert heard(frames) == frames


def test_a_telephone_event_is_a_key_even_as_the_first_packet():
    assert heard([packet(0, b"\x05\x0a\x00\xa0", payload_type=101)]) == [KeyPressed("5")]


def test_loud_speech_without_headers_is_not_taken_for_packets():
    quiet = b"\xff" * 160
    assert heard([quiet, CLIPPED, CLIPPED, quiet, CLIPPED]) == [
        quiet,
        CLIPPED,
        CLIPPED,
        quiet,
        CLIPPED,
    ]


def test_a_call_without_headers_that_begins_like_a_header_loses_one_frame_at_most():
    quiet = [bytes([0xF0 + i % 8]) * 160 for i in range(10)]
    assert heard([CLIPPED, *quiet, CLIPPED])[1:] == [*quiet, CLIPPED]


def test_a_call_that_turns_to_rtp_is_followed():
    arrivals = heard([b"\xff" * 160, b"\xff" * 160, *(packet(i) for i in range(4))])
    assert arrivals[-3:] == [SPEECH] * 3


def test_a_new_source_in_an_rtp_call_is_followed_at_once():
    assert heard([packet(0), packet(500, ssrc=4), packet(501, ssrc=4)]) == [SPEECH] * 3


def test_one_bare_payload_in_an_rtp_call_is_heard():
    assert heard([packet(0), b"\xff" * 160, packet(1)]) == [SPEECH, b"\xff" * 160, SPEECH]


def test_control_packets_and_cut_ones_make_no_sound():
    line = InboundAudio()
    report = struct.pack("!BBHI", 0x80, 200, 6, 9) + bytes(20)
    assert line.hear(report) == ()
    line.hear(packet(0))
    assert line.hear(report) == ()
    assert line.hear(packet(1)[:9]) == ()
    assert line.counters.unused == 3


def test_what_was_held_for_order_is_heard_when_the_caller_hangs_up():
    line = InboundAudio()
    line.hear(packet(0))
    assert line.hear(packet(2)) == ()
    assert line.flush() == (b"\xff" * 160, SPEECH)


def test_an_empty_payload_is_nothing():
    assert heard([b"", packet(0), b""]) == [SPEECH]


@given(st.lists(st.binary(max_size=180) | st.builds(packet, st.integers(0, 300)), max_size=40))
def test_any_payloads_are_heard_without_a_fault(payloads):
    for arrival in heard(payloads):
        assert isinstance(arrival, bytes | KeyPressed)


@given(st.lists(st.binary(min_size=160, max_size=160), min_size=2, max_size=20))
def test_bare_speech_stays_whole_after_its_first_silence(frames):
    silence = [b"\xff" * 160] * 2
    assert heard([*silence, *frames]) == [*silence, *frames]


PACKETS = st.builds(
    packet,
    st.integers(0, 12),
    st.sampled_from([SPEECH, b"", b"\x05\x0a\x00\xa0"]),
    ssrc=st.sampled_from([9, 9, 9, 4]),
    payload_type=st.sampled_from([0, 0, 0, 0, 13, 101]),
)
RUNS = st.integers(0, 12).flatmap(
    lambda first: st.builds(
        lambda count, ssrc: [packet(first + each, ssrc=ssrc) for each in range(count)],
        st.integers(1, 6),
        st.sampled_from([9, 9, 4]),
    )
)
BARE = st.sampled_from([SPEECH, b"\xff" * 160, CLIPPED, b"\x80\x00", b""])
MIXED = st.lists(st.one_of(RUNS, st.lists(PACKETS | BARE, max_size=3)), max_size=12)


@given(MIXED)
def test_following_the_stream_hears_what_looking_at_each_packet_hears(runs):
    payloads = [payload for run in runs for payload in run]
    quick, whole = InboundAudio(), InboundAudio()
    for payload in payloads:
        sound = quick.follow(payload)
        followed = quick.hear(payload) if sound is None else (sound,)
        assert followed == whole.hear(payload)
    assert quick == whole


def test_speech_that_goes_on_is_followed_from_its_second_packet():
    line = InboundAudio()
    assert line.follow(packet(0)) is None
    line.hear(packet(0))
    assert [line.follow(packet(number)) for number in (1, 2)] == [SPEECH] * 2
    assert line.follow(packet(4)) is None
    assert line.counters.received == 3


def test_after_a_loss_a_packet_is_not_followed_before_its_silence_is_made_up():
    line = InboundAudio()
    line.hear(packet(1))
    for number in (3, 4, 5):
        line.hear(packet(number, b"\x05\x0a\x00\xa0", payload_type=101))
    # Its clock stood still meanwhile, as a wrong one may.
    late = rtp.write(RtpPacket(0, False, 6, 320, 9, SPEECH))
    assert line.follow(late) is None
    assert line.hear(late) == (b"\xff" * 160, SPEECH)
