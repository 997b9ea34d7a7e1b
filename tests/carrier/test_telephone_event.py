import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.carrier import telephone_event
from runtime.carrier.telephone_event import TelephoneEvent


def test_the_four_bytes_are_event_end_volume_and_duration():
    assert telephone_event.read(b"\x0b\x8a\x03\x20") == TelephoneEvent(11, True, 10, 800)


@pytest.mark.parametrize(("code", "digit"), [(0, "0"), (9, "9"), (10, "*"), (11, "#"), (15, "D")])
def test_an_event_code_is_a_digit(code, digit):
    assert telephone_event.DIGITS[code] == digit


@pytest.mark.parametrize(
    ("payload_type", "body", "is_event"),
    [(96, b"1234", True), (127, b"1234", True), (0, b"1234", False), (101, b"12345", False)],
)
def test_an_event_has_a_dynamic_payload_type_and_four_bytes(payload_type, body, is_event):
    assert telephone_event.is_telephone_event(payload_type, body) is is_event


@given(
    st.builds(
        TelephoneEvent,
        st.integers(0, 255),
        st.booleans(),
        st.integers(0, 63),
        st.integers(0, 0xFFFF),
    )
)
def test_what_is_written_is_read(event):
    assert telephone_event.read(telephone_event.write(event)) == event
