import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.carrier import carrier_messages, messages, wav
from runtime.carrier.carrier_messages import Acknowledged, BotFault, BotSpeech, Interrupted
from runtime.carrier.messages import AudioPayload, Connected, Media

SPEECH = bytes(range(160))


def media(payload):
    return json.dumps({"event": "media", "callId": "c1", "payload": payload})


def buffer(content):
    return {"type": "Buffer", "data": list(content)}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (messages.connected("c1"), Acknowledged("c1")),
        ('{"event":"connected"}', Acknowledged("")),
        (messages.greeting("c1", AudioPayload.of(SPEECH)), BotSpeech(True, SPEECH)),
        (messages.media("c1", AudioPayload.of(SPEECH), 5), BotSpeech(False, SPEECH)),
        (messages.interrupt("c1"), Interrupted()),
    ],
)
def test_what_the_server_writes_is_read_at_the_carriers_end(written, read):
    assert carrier_messages.read(written) == read


def test_what_the_carrier_writes_is_read_at_the_servers_end():
    assert messages.read(carrier_messages.connected("c1", "98")) == Connected("c1", "98", "")
    assert messages.read(carrier_messages.connected("c1", "98", "a")) == Connected("c1", "98", "a")
    assert messages.read(carrier_messages.media("c1", SPEECH, 7)) == Media(SPEECH, 7)


@each_row(
    ("frame", "why"),
    [
        (b"{}", "binary"),
        (media([1]) + " " * 1_000_000, "limit is 1 MB"),
        ("{", "not JSON"),
        ("[]", "does not know"),
        ('{"event":"mark"}', "does not know"),
        ('{"event":"interrupt"}', "without its fields"),
        (media("AAAA"), "no Buffer"),
        (media(buffer(b"RIFF")), "no WAV file"),
        (media({"type": "Buffer", "data": [300]}), "no WAV file"),
        (media(buffer(wav.stereo(SPEECH, SPEECH))), r"\(7, 2, 8000, 8\)"),
        (media(buffer(wav.mono(SPEECH)[:-2])), "RIFF size"),
    ],
)
def test_what_the_document_does_not_allow_is_found(frame, why):
    with pytest.raises(BotFault, match=why):
        carrier_messages.read(frame)


@given(st.text() | st.binary())
def test_any_frame_is_read_or_found_at_fault(frame):
    with pytest.raises(BotFault):
        carrier_messages.read(frame)
