"""The bare limit: picows, and no more work than a call cannot do without.

    python bench/peers/bare.py --end-of-speech 0.7

Each frame: orjson, bytes, mu-law to PCM, webrtcvad. Each end of speech: one message with a reply.
No flow, no recogniser, no tones, no order of packets, no record; nothing but a webphone would do
with less.
"""

import asyncio

import carrier
import orjson
import uvloop
import webrtcvad
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

STRICTEST = 3
FRAME_SECONDS = 0.02
FRAMES_TO_START = 3

REPLY = carrier.payload(carrier.mulaw_of(carrier.tone(carrier.REPLY_SECONDS), 2))


class Ear:
    """Hears frames of 20 ms; says with which of them speech has ended."""

    def __init__(self, end_of_speech: float) -> None:
        self._is_speech = webrtcvad.Vad(STRICTEST).is_speech
        self._quiet_to_end = round(end_of_speech / FRAME_SECONDS)
        self._speaking = False
        self._loud = self._quiet = 0

    def hear(self, mulaw: bytes) -> bool:
        if self._is_speech(carrier.pcm_of(mulaw, 2), carrier.RATE):
            self._quiet = 0
            self._loud += 1
            if self._loud >= FRAMES_TO_START:
                self._speaking = True
            return False
        self._loud = 0
        self._quiet += 1
        if self._speaking and self._quiet >= self._quiet_to_end:
            self._speaking = False
            return True
        return False


class Call(WSListener):
    """One connection."""

    def __init__(self, end_of_speech: float) -> None:
        self._ear = Ear(end_of_speech)
        self._id = ""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._send = transport.send

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT:
            if frame.msg_type is WSMsgType.CLOSE:
                transport.disconnect()
            return
        message = orjson.loads(frame.get_payload_as_memoryview())
        if message["event"] == "media":
            sound = bytes(message["payload"]["data"])
            if self._ear.hear(sound[carrier.RTP_HEADER_BYTES :]):
                self._tell(carrier.speech("media", self._id, REPLY))
        elif message["event"] == "connected":
            self._id = message["callId"]
            self._tell(carrier.acknowledgement(self._id))
            self._tell(carrier.speech("greeting", self._id, carrier.GREETING))

    def _tell(self, text: str) -> None:
        self._send(WSMsgType.TEXT, text.encode())


async def main(end_of_speech: float) -> None:
    server = await ws_create_server(lambda _request: Call(end_of_speech), sock=carrier.listening())
    await server.serve_forever()


if __name__ == "__main__":
    chosen = carrier.options()
    if chosen.decide:

        def decider(frames):
            ear = Ear(chosen.end_of_speech)
            return [number for number, frame in enumerate(frames, 1) if ear.hear(frame)]

        carrier.decide(decider)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main(chosen.end_of_speech))
