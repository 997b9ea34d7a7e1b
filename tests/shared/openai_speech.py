"""OpenAI's server for speech as long as all is well, for a test to run on this machine.

The answers and events are those of the API reference:
https://platform.openai.com/docs/api-reference/audio and …/realtime-server-events
"""

import base64
import io
import json
import wave
from email.parser import BytesParser
from email.policy import HTTP
from itertools import count

from providers.conformance import KEY, Exchange, Request, Socket, Stage, from_pcm, to_pcm


async def transcribe(exchange: Exchange, stage: Stage[bytes, str]) -> None:
    """Answer one request with the text that the stage has for the sound of its file."""
    assert exchange.request.path == "/v1/audio/transcriptions"
    with wave.open(io.BytesIO(fields(exchange.request)["file"])) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        text = stage.take(from_pcm(file.readframes(file.getnframes()), 8000))
    usage = {"type": "duration", "seconds": 1}
    body = json.dumps({"text": text, "languages": [{"code": "en"}], "usage": usage}).encode()
    await exchange.answer(body[:20], body[20:])


async def speak(exchange: Exchange, stage: Stage[str, tuple[bytes, ...]]) -> None:
    """Answer one request with the sound that the stage has for its text."""
    assert exchange.request.path == "/v1/audio/speech"
    asked = json.loads(exchange.request.body)
    assert asked["response_format"] == "pcm"
    assert len(asked["input"]) <= 4096
    sound = b"".join(to_pcm(piece, 24000) for piece in stage.take(asked["input"]))
    # In pieces of an odd length, as a body comes that is cut wherever packets end.
    pieces = [sound[start : start + 9999] for start in range(0, len(sound), 9999)]
    await exchange.answer(*pieces, content_type="audio/pcm")


async def hold_session(exchange: Exchange, stage: Stage[bytes, str]) -> None:
    """Hold a transcription session: each commit is answered with the stage's text for its sound."""
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


def fields(request: Request) -> dict[str, bytes]:
    """The fields of a form, and its files."""
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + request.body)
    return {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in form.iter_parts()
    }
