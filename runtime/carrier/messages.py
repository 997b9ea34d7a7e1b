"""The media WebSocket's messages: texts from the carrier into values, and ours into texts.

Source: the carrier's "Voice Streaming API" document; where it is silent, liberal in and strict out.
"""

from binascii import a2b_base64
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import orjson

from runtime.audio import mulaw
from runtime.carrier import wav

BAD_FRAMES_THAT_CLOSE = 5
"""So many frames that are no message in one call, and it is closed with 1002."""

LARGEST_FRAME = 999_999
"""Bytes of the longest text frame we send: the carrier's limit is 1 MB."""

LONGEST_ID = 256
"""Characters of a call id; it comes back in every message of ours, so it needs a bound."""

_LONGEST_EVENT = 64
_SILENCE = bytes([mulaw.SILENCE])


class CloseCode(IntEnum):
    """Why we close the media WebSocket, as the carrier's document lists it (RFC 6455, 7.4.1)."""

    ENDED = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009
    SERVER_ERROR = 1011


class WireError(Exception):
    """What the carrier sent breaks the protocol; `close_code` is what to close the call with."""

    def __init__(self, message: str, close_code: CloseCode) -> None:
        super().__init__(message)
        self.message = message
        self.close_code = close_code


class NotAMessage(WireError):  # noqa: N818 - it reads as what came
    """A frame that is not JSON or not an object; a call survives four of them."""

    def __init__(self, message: str) -> None:
        super().__init__(message, CloseCode.PROTOCOL_ERROR)


class NotAudio(WireError):  # noqa: N818 - it reads as what came
    """A `media` message without audio in it: to be counted; it never ends the call."""

    def __init__(self, message: str) -> None:
        super().__init__(message, CloseCode.PROTOCOL_ERROR)


# Named tuples: one is made for each 20 ms of each call, at a third of a frozen dataclass's cost.
class Connected(NamedTuple):
    """A call has begun; `agent` is empty where the carrier named none."""

    call_id: str
    mobile: str
    agent: str


class Media(NamedTuple):
    """20 ms of the caller; `payload` is an RTP packet or bare mu-law."""

    payload: bytes
    timestamp: int | None
    """Milliseconds, as the carrier wrote it; None where it wrote none."""


class Unknown(NamedTuple):
    """An event that the protocol does not know; `event` is empty where it was no text."""

    event: str


Inbound = Connected | Media | Unknown


def read(text: str | bytes) -> Inbound:
    """Return what one text frame says.

    Raises `NotAMessage` (no JSON object), `NotAudio` (a `media` message whose payload cannot be
    bytes) and plain `WireError` (a `connected` without what makes a call).
    """
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotAMessage(f"the frame is not JSON: {error}") from error
    if type(message) is not dict:
        raise NotAMessage(f"the frame is JSON but no object: {type(message).__name__}")
    event = message.get("event")
    if event == "media":
        timestamp = message.get("timestamp")
        return Media(_audio(message.get("payload")), timestamp if type(timestamp) is int else None)
    if event == "connected":
        return _connected(message)
    return Unknown(event[:_LONGEST_EVENT] if isinstance(event, str) else "")


def usual_sound(text: str | bytes) -> bytes | None:
    """Return the payload of a `media` as this carrier writes it; None of whatever else came.

    50 frames a second of each call are such. What None is returned of, `read` reads, or refuses.
    """
    try:
        message = orjson.loads(text)
        data = message["payload"]["data"]
        if message["event"] == "media" and type(data) is list:
            return bytes(data)
    except (KeyError, TypeError, ValueError, OverflowError):
        pass
    return None


def read_binary(frame: bytes) -> Media:
    """Return a binary frame as what it counts for: the payload of a `media` event."""
    return Media(frame, None)


def _audio(payload: Any) -> bytes:
    if type(payload) is dict:
        payload = payload.get("data")
    elif type(payload) is str:
        return _from_base64(payload)
    if type(payload) is not list:
        raise NotAudio("the payload is neither a Buffer, nor base64, nor a list of bytes")
    try:
        return bytes(payload)
    except (TypeError, ValueError, OverflowError) as error:
        raise NotAudio("the payload holds what is no byte from 0 to 255") from error


def _from_base64(text: str) -> bytes:
    try:
        return a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise NotAudio(f"the payload is not base64: {error}") from error


def _connected(message: dict[str, Any]) -> Connected:
    call_id = _text(message, "callId")
    if not call_id:
        raise WireError("'connected' has an empty callId", CloseCode.PROTOCOL_ERROR)
    agent = "" if message.get("agent") is None else _text(message, "agent")
    return Connected(call_id, _text(message, "mobileNo"), agent)


def _text(message: dict[str, Any], key: str) -> str:
    value = message.get(key)
    if not isinstance(value, str):
        raise WireError(f"'connected' has no text as {key}", CloseCode.PROTOCOL_ERROR)
    if len(value) > LONGEST_ID:
        raise WireError(
            f"'connected' has more than {LONGEST_ID} characters as {key}", CloseCode.PROTOCOL_ERROR
        )
    return value


@dataclass(frozen=True, slots=True)
class AudioPayload:
    """A piece of speech, made into JSON once; a message of any call takes it in as it is."""

    json: str
    """{"type":"Buffer","data":[...]}: a whole WAV file."""

    samples: int
    """Its length at 8000 Hz."""

    @classmethod
    def of(cls, speech: bytes) -> "AudioPayload":
        """Wrap mu-law speech of at most `LARGEST_AUDIO` bytes; raises `ValueError` beyond it.

        An odd length gets one sample of silence: a WAV chunk's pad byte would be a click to a
        carrier that plays whatever follows the header.
        """
        if len(speech) > LARGEST_AUDIO:
            raise ValueError(f"{len(speech)} bytes of audio; one frame takes {LARGEST_AUDIO}")
        return cls(_buffer(speech + _SILENCE * (len(speech) % 2)), len(speech))

    def speech(self) -> bytes:
        """Return the mu-law that it was made of; seldom wanted, so not kept beside the JSON."""
        file = bytes(orjson.loads(self.json)["data"])
        return file[wav.MONO_HEADER_BYTES :][: self.samples]


def _buffer(speech: bytes) -> str:
    # 55 µs for a clip of 2 s, against 137 µs by way of a list and 1,299 µs by the json module.
    data = np.frombuffer(wav.mono(speech), dtype=np.uint8)
    message = {"type": "Buffer", "data": data}
    return orjson.dumps(message, option=orjson.OPT_SERIALIZE_NUMPY).decode("ascii")


def connected(call_id: str) -> str:
    """Acknowledge the call."""
    return f'{{"event":"connected","data":{{"callId":{_quoted(call_id)}}}}}'


def greeting(call_id: str, payload: AudioPayload) -> str:
    """Give the carrier what to play when the call is answered."""
    return f'{{"event":"greeting","callId":{_quoted(call_id)},"payload":{payload.json}}}'


def media(call_id: str, payload: AudioPayload, timestamp_ms: int) -> str:
    """Say one complete piece of speech; the carrier queues it behind what it still plays."""
    return (
        f'{{"event":"media","callId":{_quoted(call_id)},"payload":{payload.json},'
        f'"timestamp":{timestamp_ms}}}'
    )


def interrupt(call_id: str) -> str:
    """Stop what is playing and drop what is queued."""
    return f'{{"event":"interrupt","callId":{_quoted(call_id)}}}'


def _quoted(call_id: str) -> str:
    return orjson.dumps(call_id).decode()


def _largest_audio() -> int:
    # The worst case: JSON writes a control character as six bytes, a WAV byte as three digits
    # and a comma. Whole packets of 20 ms, so that a long speech is not cut inside one.
    frame = media("\x01" * LONGEST_ID, AudioPayload('{"type":"Buffer","data":[]}', 0), 2**63)
    room = (LARGEST_FRAME - len(frame.encode()) + 1) // 4 - wav.MONO_HEADER_BYTES
    return room - room % 160


LARGEST_AUDIO = _largest_audio()
"""Bytes of mu-law (about 31 s) that fit into one frame, whatever they are."""
