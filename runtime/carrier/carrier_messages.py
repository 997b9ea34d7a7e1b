"""The media WebSocket's messages from the carrier's end: what it writes and what it reads."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from runtime.carrier import wav
from runtime.carrier.messages import LARGEST_FRAME


class BotFault(Exception):  # noqa: N818 - it reads as what was found
    """A message of the bot's server that the carrier's document does not allow."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The server has taken the call; `call_id` is empty where it did not repeat it."""

    call_id: str


@dataclass(frozen=True, slots=True)
class BotSpeech:
    """Speech to be played; the greeting when the call is answered, the rest after it."""

    is_greeting: bool
    audio: bytes
    """mu-law"""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Stop what is playing and drop what is queued."""


FromBot = Acknowledged | BotSpeech | Interrupted


def connected(call_id: str, mobile: str, agent: str = "") -> str:
    """Register a call."""
    message = {"event": "connected", "callId": call_id, "mobileNo": mobile}
    return orjson.dumps(message | ({"agent": agent} if agent else {})).decode()


def media(call_id: str, packet: bytes, timestamp_ms: int) -> str:
    """Bring one RTP packet of the caller's."""
    payload = {"type": "Buffer", "data": np.frombuffer(packet, dtype=np.uint8)}
    message = {"event": "media", "callId": call_id, "payload": payload, "timestamp": timestamp_ms}
    return orjson.dumps(message, option=orjson.OPT_SERIALIZE_NUMPY).decode()


def read(frame: str | bytes) -> FromBot:
    """Return what the bot's server says; raises `BotFault` for what the carrier would not take."""
    if isinstance(frame, bytes):
        raise BotFault("a binary frame; every message is JSON text")
    if len(frame.encode()) > LARGEST_FRAME:
        raise BotFault(f"a frame of {len(frame.encode())} bytes; the limit is 1 MB")
    try:
        message = orjson.loads(frame)
    except orjson.JSONDecodeError as error:
        raise BotFault(f"a frame that is not JSON: {error}") from error
    match message:
        case {"event": "connected", "data": {"callId": str(call_id)}}:
            return Acknowledged(call_id)
        case {"event": "connected"}:
            return Acknowledged("")
        case {"event": "greeting" | "media" as event, "payload": payload}:
            return BotSpeech(event == "greeting", _speech(payload))
        case {"event": "interrupt", "callId": str()}:
            return Interrupted()
    raise BotFault("a message that the document does not know, or one without its fields")


def _speech(payload: Any) -> bytes:
    match payload:
        case {"type": "Buffer", "data": list(data)}:
            pass
        case _:
            raise BotFault("a payload that is no Buffer")
    try:
        content = bytes(data)
        file = wav.parse(content)
    except (TypeError, ValueError) as error:
        raise BotFault(f"a payload that is no WAV file: {error}") from error
    kind = (file.format_tag, file.channels, file.rate, file.bits)
    if kind != (wav.MU_LAW, 1, 8000, 8):
        raise BotFault(f"a WAV file of tag, channels, rate, bits {kind}; not (7, 1, 8000, 8)")
    if int.from_bytes(content[4:8], "little") != len(content) - 8:
        raise BotFault("a WAV file whose RIFF size is not its size")
    return file.data
