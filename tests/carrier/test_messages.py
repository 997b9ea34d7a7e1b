import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.carrier import messages, wav
from runtime.carrier.messages import (
    AudioPayload,
    Connected,
    Media,
    NotAMessage,
    NotAudio,
    Unknown,
    WireError,
    read,
)

SPEECH = bytes(range(256))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def connected(**fields):
    return json.dumps({"event": "connected", "callId": "c1", "mobileNo": "98", **fields})


def media(payload, **fields):
    return json.dumps({"event": "media", "callId": "c1", "payload": payload, **fields})


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "Buffer", "data": list(SPEECH)},
        base64.b64encode(SPEECH).decode(),
        list(SPEECH),
    ],
    ids=["Buffer", "base64", "list"],
)
def test_media_is_read_in_each_of_its_forms(payload):
    assert read(media(payload, timestamp=5)) == Media(SPEECH, 5)


def test_a_binary_frame_is_a_media_payload():
    assert messages.read_binary(SPEECH) == Media(SPEECH, None)


@pytest.mark.parametrize("timestamp", [None, "5", 5.5, True, [5]])
def test_media_without_a_usable_timestamp_is_still_heard(timestamp):
    assert read(media([1, 2], timestamp=timestamp)) == Media(b"\x01\x02", None)


@each_row(
    "payload",
    [
        None,
        7,
        "not base64!",
        "QUJ",
        "é",
        [256],
        [-1],
        [1.5],
        ["1"],
        [None],
        [2**70],
        {},
        {"type": "Buffer"},
        {"type": "Buffer", "data": 160},
        {"type": "Buffer", "data": [1, 300]},
    ],
)
def test_a_payload_that_is_no_audio_is_told_apart_from_a_frame_that_is_no_message(payload):
    with pytest.raises(NotAudio):
        read(media(payload))


@each_row("frame", ["", "{", "nul", b"\xff\xfe", "[" * 3000, "[]", '"x"', "5", "null"])
def test_a_frame_that_is_no_object_is_no_message_and_closes_with_1002(frame):
    with pytest.raises(NotAMessage) as caught:
        read(frame)
    assert caught.value.close_code == 1002


def test_connected_is_read_with_and_without_an_agent_and_ignores_what_it_does_not_know():
    assert read(connected()) == Connected("c1", "98", "")
    assert read(connected(agent=None)) == Connected("c1", "98", "")
    assert read(connected(agent="bank", more={"x": 1}).encode()) == Connected("c1", "98", "bank")


@pytest.mark.parametrize(
    "wrong",
    [
        {"callId": None},
        {"callId": 5},
        {"callId": ""},
        {"callId": "x" * 257},
        {"mobileNo": None},
        {"mobileNo": 98},
        {"agent": 5},
    ],
)
def test_connected_without_what_makes_a_call_closes_with_1002(wrong):
    with pytest.raises(WireError) as caught:
        read(connected(**wrong))
    assert caught.value.close_code == 1002
    assert not isinstance(caught.value, NotAMessage | NotAudio)


@pytest.mark.parametrize(
    ("event", "name"), [("mark", "mark"), ("x" * 100, "x" * 64), (5, ""), (None, "")]
)
def test_an_event_that_nobody_knows_is_named(event, name):
    assert read(json.dumps({"event": event})) == Unknown(name)


@given(st.text() | st.binary())
def test_any_frame_is_read_or_refused(frame):
    with contextlib.suppress(WireError):
        read(frame)


@given(
    st.sampled_from(["connected", "media", "greeting"]),
    st.dictionaries(st.sampled_from(["callId", "mobileNo", "agent", "payload"]), ANYTHING),
)
def test_any_fields_are_read_or_refused(event, fields):
    try:
        message = read(json.dumps({"event": event, **fields}))
    except WireError:
        return
    assert isinstance(message, Connected | Media | Unknown)


@given(st.binary(max_size=400))
def test_any_audio_survives_the_wire(audio):
    for payload in ({"type": "Buffer", "data": list(audio)}, base64.b64encode(audio).decode()):
        assert read(media(payload)).payload == audio


def test_what_we_write_has_the_documents_shapes():
    payload = AudioPayload.of(SPEECH)
    buffer = {"type": "Buffer", "data": list(wav.mono(SPEECH))}
    assert json.loads(messages.connected("c1")) == {"event": "connected", "data": {"callId": "c1"}}
    assert json.loads(messages.greeting("c1", payload)) == {
        "event": "greeting",
        "callId": "c1",
        "payload": buffer,
    }
    assert json.loads(messages.media("c1", payload, 1649433600000)) == {
        "event": "media",
        "callId": "c1",
        "payload": buffer,
        "timestamp": 1649433600000,
    }
    assert json.loads(messages.interrupt("c1")) == {"event": "interrupt", "callId": "c1"}


@given(st.text(min_size=1))
def test_any_call_id_comes_back_unharmed(call_id):
    assert json.loads(messages.interrupt(call_id))["callId"] == call_id


def test_the_largest_audio_fits_into_a_frame_whatever_it_is_and_one_packet_more_does_not():
    size = messages.LARGEST_AUDIO
    worst = messages.media("\x01" * messages.LONGEST_ID, AudioPayload.of(b"\xff" * size), 2**63)
    assert len(worst.encode()) <= messages.LARGEST_FRAME
    assert len(worst.encode()) + 4 * 160 > messages.LARGEST_FRAME - 4 * wav.MONO_HEADER_BYTES
    with pytest.raises(ValueError, match="one frame takes"):
        AudioPayload.of(bytes(size + 1))


def test_audio_of_odd_length_is_evened_with_silence_and_keeps_its_length():
    payload = AudioPayload.of(b"\x10\x20\x30")
    data = bytes(json.loads(payload.json)["data"])
    assert wav.read(data) == b"\x10\x20\x30\xff"
    assert payload.samples == 3


MEDIA = st.fixed_dictionaries(
    {},
    optional={
        "event": st.sampled_from(["media", "connected", "x"]),
        "payload": st.fixed_dictionaries({}, optional={"data": st.lists(st.integers(-1, 256))})
        | ANYTHING,
        "timestamp": ANYTHING,
    },
)


@given(MEDIA | ANYTHING)
def test_what_the_short_way_takes_is_what_reading_it_whole_gives(message):
    for text in (json.dumps(message), json.dumps(message)[1:]):
        sound = messages.usual_sound(text)
        if sound is not None:
            assert read(text).payload == sound


def test_the_short_way_takes_the_carriers_own_media_and_leaves_the_rest():
    assert messages.usual_sound(media({"type": "Buffer", "data": list(SPEECH)})) == SPEECH
    for payload in (base64.b64encode(SPEECH).decode(), list(SPEECH), {"data": 5}, {"data": [256]}):
        assert messages.usual_sound(media(payload)) is None
    assert messages.usual_sound(connected()) is None
