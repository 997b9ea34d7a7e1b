"""OpenAI's realtime transcription in the suites; the events are those of the API reference.

https://platform.openai.com/docs/api-reference/realtime-server-events
"""

import base64
import json
from itertools import count

from providers.conformance import (
    KEY,
    Exchange,
    Place,
    Rig,
    Socket,
    SpeechToTextConformance,
    Stage,
    StreamingSpeechToTextConformance,
)
from providers.openai_realtime import OpenAIRealtimeSpeechToText


class RealtimeRig(Rig):
    def build(self, place: Place) -> OpenAIRealtimeSpeechToText:
        return OpenAIRealtimeSpeechToText(
            "gpt-live-transcribe",
            api_key=KEY,
            base_url=f"{place.url}/v1",
            timeout_seconds=place.timeout_seconds,
            connect_seconds=place.timeout_seconds,
        )

    async def serve(self, exchange: Exchange, stage: Stage) -> None:
        assert exchange.request.path == "/v1/realtime?intent=transcription"
        assert exchange.request.headers["authorization"] == f"Bearer {KEY}"
        socket = await exchange.upgrade()
        await tell(socket, "session.created", session={"type": "transcription"})
        sound, items = b"", count(1)
        while True:
            message = json.loads(await socket.receive())
            match message["type"]:
                case "session.update":
                    entry = message["session"]["audio"]["input"]
                    assert entry["format"] == {"type": "audio/pcmu"}
                    assert entry["turn_detection"] is None
                    await tell(socket, "session.updated", session=message["session"])
                case "input_audio_buffer.append":
                    sound += base64.b64decode(message["audio"], validate=True)
                case "input_audio_buffer.clear":
                    sound = b""
                    await tell(socket, "input_audio_buffer.cleared")
                case "input_audio_buffer.commit":
                    assert len(sound) >= 800
                    await answer(socket, f"item_{next(items):03}", stage.take(sound))
                    sound = b""


async def answer(socket: Socket, item: str, text: str) -> None:
    await tell(socket, "input_audio_buffer.committed", previous_item_id=None, item_id=item)
    heard = {"item_id": item, "content_index": 0}
    for part in (text[: len(text) // 2], text[len(text) // 2 :]):
        await tell(socket, "conversation.item.input_audio_transcription.delta", **heard, delta=part)
    usage = {"type": "duration", "seconds": 1}
    done = {**heard, "transcript": text, "usage": usage}
    await tell(socket, "conversation.item.input_audio_transcription.completed", **done)


async def tell(socket: Socket, event: str, **fields: object) -> None:
    await socket.send(json.dumps({"event_id": "event_1", "type": event, **fields}))


class TestOpenAIRealtimeSpeechToText(StreamingSpeechToTextConformance):
    rig = RealtimeRig()


class TestOpenAIRealtimeSpeechToTextOfWholeUtterances(SpeechToTextConformance):
    rig = RealtimeRig()
