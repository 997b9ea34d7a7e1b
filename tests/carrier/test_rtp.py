import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.carrier import rtp
from runtime.carrier.rtp import NotRtp, RtpPacket, parse

SPEECH = bytes(range(160))


def header(flags=0x80, kind=0, sequence=7, timestamp=160, ssrc=0xABCD):
    return struct.pack("!BBHII", flags, kind, sequence, timestamp, ssrc)


def test_a_plain_packet_is_a_twelve_byte_header_and_speech():
    assert parse(header() + SPEECH) == RtpPacket(0, False, 7, 160, 0xABCD, SPEECH)


def test_the_marker_is_no_part_of_the_payload_type():
    packet = parse(header(kind=0x80 | 101) + b"\x01\x0a\x00\xa0")
    assert (packet.marker, packet.payload_type) == (True, 101)


@pytest.mark.parametrize(
    ("flags", "before", "after"),
    [
        (0x82, b"csr1csr2", b""),
        (0x90, b"\xbe\xde\x00\x02extended", b""),
        (0x90, b"\xbe\xde\x00\x00", b""),
        (0xA0, b"", b"\0\0\x03"),
        (0xA0, b"", b"\x01"),
        (0xB1, b"csr1\xbe\xde\x00\x01word", b"\0\x02"),
    ],
    ids=["csrc", "extension", "empty extension", "padding", "one byte of padding", "all"],
)
def test_what_surrounds_the_speech_is_taken_off(flags, before, after):
    assert parse(header(flags) + before + SPEECH + after).payload == SPEECH


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        header()[:11],
        header(flags=0x40) + SPEECH,
        header(flags=0xC0) + SPEECH,
        header(flags=0x8F) + b"csrc",
        header(flags=0x90) + b"\xbe\xde\x00",
        header(flags=0x90) + b"\xbe\xde\x00\x02word",
        header(flags=0xA0) + b"\0\0\0",
        header(flags=0xA0) + b"\x09",
        header(kind=200) + SPEECH,
    ],
    ids=[
        "empty",
        "cut header",
        "version 1",
        "version 3",
        "cut csrc",
        "cut extension header",
        "cut extension",
        "padding of 0",
        "padding beyond the packet",
        "rtcp",
    ],
)
def test_what_cannot_be_a_packet_is_refused(packet):
    with pytest.raises(NotRtp):
        parse(packet)


def test_a_control_packet_is_known_by_its_type_and_length():
    assert rtp.is_rtcp(header(kind=200, sequence=6) + bytes(16))
    assert not rtp.is_rtcp(header(kind=200, sequence=6) + bytes(12))
    assert not rtp.is_rtcp(header(kind=0, sequence=0))


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(packet):
    with contextlib.suppress(NotRtp):
        assert len(parse(packet).payload) <= len(packet) - rtp.HEADER_BYTES


@given(
    st.builds(
        RtpPacket,
        st.integers(0, 71) | st.integers(77, 127),
        st.booleans(),
        st.integers(0, 0xFFFF),
        st.integers(0, 0xFFFFFFFF),
        st.integers(0, 0xFFFFFFFF),
        st.binary(max_size=200),
    )
)
def test_what_is_written_is_parsed(packet):
    assert parse(rtp.write(packet)) == packet
