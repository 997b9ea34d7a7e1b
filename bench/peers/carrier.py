"""The carrier's messages as a bot's server writes them, and the replies that all peers give.

A peer runs in a virtualenv of its own, by `python bench/peers/NAME.py`: it has nothing of
Callwright's, and this file is all that the peers share.
"""

import argparse
import json
import socket
import struct
import sys
import warnings
from collections.abc import Callable, Sequence
from math import pi, sin

import orjson

with warnings.catch_warnings():
    # In the standard library until 3.12, and from 3.13 on by `audioop-lts`.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

RATE = 8000
RTP_HEADER_BYTES = 12
FRAME_BYTES = 160
GREETING_SECONDS = 0.48
REPLY_SECONDS = 1.24
"""As long as Callwright's own greeting and reply in this measurement (`bench/bot/echo.yaml`)."""

pcm_of, mulaw_of = audioop.ulaw2lin, audioop.lin2ulaw


def tone(seconds: float) -> bytes:
    """Return a soft tone as 16-bit PCM."""
    samples = range(round(seconds * RATE))
    return b"".join(struct.pack("<h", int(1600 * sin(2 * pi * 440 * t / RATE))) for t in samples)


def wav(mulaw: bytes) -> bytes:
    """Return mu-law as a whole WAV file, as the carrier takes it."""
    padded = len(mulaw) + len(mulaw) % 2
    form = struct.pack("<HHIIHHH", 7, 1, RATE, RATE, 1, 8, 0)
    chunks = b"".join(
        (b"WAVEfmt ", struct.pack("<I", len(form)), form, b"data", struct.pack("<I", len(mulaw)))
    )
    return b"RIFF" + struct.pack("<I", len(chunks) + padded) + chunks + mulaw.ljust(padded, b"\0")


def payload(mulaw: bytes) -> str:
    """Return the JSON of a sound."""
    return orjson.dumps({"type": "Buffer", "data": list(wav(mulaw))}).decode()


def acknowledgement(call_id: str) -> str:
    """Return the answer to `connected`."""
    return orjson.dumps({"event": "connected", "data": {"callId": call_id}}).decode()


def speech(event: str, call_id: str, sound: str) -> str:
    """Return a `greeting` or `media` with the JSON of a sound."""
    return f'{{"event":"{event}","callId":"{call_id}","payload":{sound}}}'


def interrupt(call_id: str) -> str:
    """Return the message that stops what plays."""
    return f'{{"event":"interrupt","callId":"{call_id}"}}'


GREETING = payload(mulaw_of(tone(GREETING_SECONDS), 2))


def listening() -> socket.socket:
    """Return a bound socket on a free port; what it is, is printed as the bench expects it."""
    # With its protocol named, asyncio sends at once (TCP_NODELAY).
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", 0))
    bound.listen(2048)
    bound.setblocking(False)
    print(f"ready on http://127.0.0.1:{bound.getsockname()[1]}", flush=True)
    return bound


def options() -> argparse.Namespace:
    """Return what the bench asks of a peer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--end-of-speech", type=float, required=True, help="seconds")
    parser.add_argument("--decide", action="store_true", help="see `decide`")
    return parser.parse_args()


Decider = Callable[[Sequence[bytes]], Sequence[int]]
"""Frames of a call (mu-law) to the numbers of those, from 1, with which speech has ended."""


def decide(decider: Decider) -> None:
    """Tell by which frames of some calls the peer's detector knows that speech has ended.

    Reads `{"round": hex of the caller's round, "calls": [[first frame, frames], …]}` from standard
    input; prints a list for each call. No clock has a part in it.
    """
    asked = json.load(sys.stdin)
    sound = bytes.fromhex(asked["round"])
    frames = [sound[at : at + FRAME_BYTES] for at in range(0, len(sound), FRAME_BYTES)]
    told = [
        decider([frames[(first + number) % len(frames)] for number in range(count)])
        for first, count in asked["calls"]
    ]
    print(json.dumps(told))


def serve(app: object) -> None:
    """Serve an ASGI application as fast as uvicorn can, with the settings of Callwright's own."""
    import uvicorn

    config = uvicorn.Config(
        app,
        loop="uvloop",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        access_log=False,
        log_level="warning",
    )
    uvicorn.Server(config).run(sockets=[listening()])
