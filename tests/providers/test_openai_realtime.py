"""The adapter for realtime transcription: its session, its patience, and what breaks."""

import asyncio
import json
import ssl

import pytest
import trustme
import websockets

from providers import registry
from providers.base import Hints, ProviderError, ProviderMissing
from providers.conformance.server import local_server
from providers.openai_realtime import OpenAIRealtimeSpeechToText

pytestmark = pytest.mark.network

FRAME = b"\xff" * 160
DONE = {"type": "the scene is over"}


def play(scene, *handlers, timeout_seconds=5.0, model="gpt-live-transcribe", **options):
    """Play a scene with a stream; each connection is served by the next of the handlers."""
    received = []
    serving = iter(handlers)

    async def serve(exchange):
        await next(serving)(await exchange.upgrade(), received)

    async def played():
        async with asyncio.timeout(10), local_server(serve) as server:
            adapter = OpenAIRealtimeSpeechToText(
                model,
                base_url=f"{server.url}/v1",
                timeout_seconds=timeout_seconds,
                **options,
            )
            stream = adapter.open()
            try:
                said = await scene(stream)
                return said, received[:], server.connections
            finally:
                await stream.close()
                await adapter.close()
                received.append(DONE)

    return asyncio.run(played())


async def tell(socket, kind, **fields):
    await socket.send(json.dumps({"type": kind, "event_id": "event_1", **fields}))


async def answering(socket, received):
    """Say yes to each commit."""
    await tell(socket, "session.created", session={"type": "transcription"})
    while True:
        message = json.loads(await socket.receive())
        received.append(message)
        if message["type"] == "session.update":
            await tell(socket, "session.updated", session=message["session"])
        if message["type"] == "input_audio_buffer.commit":
            item = f"item_{len(received)}"
            await tell(socket, "input_audio_buffer.committed", item_id=item)
            kind = "conversation.item.input_audio_transcription.completed"
            await tell(socket, kind, item_id=item, content_index=0, transcript="Yes.")


async def dumb(socket, received):
    """Take everything, and never say a word."""
    while True:
        received.append(json.loads(await socket.receive()))


async def deaf(socket, received):
    """Begin well, and then not even read what comes."""
    await tell(socket, "session.created", session={"type": "transcription"})
    await tell(socket, "session.updated", session={"type": "transcription"})
    # The handlers share no event with the scene.
    while DONE not in received:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def leaving(socket, received):
    """Hang up after the first answer, as a session does that has become too old."""
    await socket.receive()
    await tell(socket, "session.updated", session={"type": "transcription"})
    await socket.close(1001)


async def talk_for_ever(stream):
    await stream.begin(Hints())
    while True:
        await stream.send(FRAME)
        await asyncio.sleep(0)


async def yes(stream, hints=Hints()):  # noqa: B008 - frozen
    await stream.begin(hints)
    await stream.send(FRAME * 50)
    return (await stream.flush()).text


def test_a_session_takes_the_lines_own_mulaw_and_leaves_the_turns_to_us():
    hints = Hints("hi-IN", ("opening hours", "हाँ"))
    said, received, _ = play(lambda stream: yes(stream, hints), answering)
    assert said == "Yes."
    assert received[0] == {
        "type": "session.update",
        "session": {
            "type": "transcription",
            "audio": {
                "input": {
                    "format": {"type": "audio/pcmu"},
                    "turn_detection": None,
                    "noise_reduction": None,
                    "transcription": {
                        "model": "gpt-live-transcribe",
                        "language": "hi",
                        "keywords": ["opening hours", "हाँ"],
                    },
                }
            },
            "include": [],
        },
    }
    assert [message["type"] for message in received[1:]] == [
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
    ]


def test_options_are_told_as_the_api_has_them():
    options = {
        "model": "gpt-4o-transcribe",
        "noise_reduction": "far_field",
        "confidence": True,
        "delay": "low",
    }
    _, received, _ = play(lambda stream: yes(stream, Hints(phrases=("no",))), answering, **options)
    session = received[0]["session"]
    assert session["include"] == ["item.input_audio_transcription.logprobs"]
    assert session["audio"]["input"]["noise_reduction"] == {"type": "far_field"}
    assert session["audio"]["input"]["transcription"] == {
        "model": "gpt-4o-transcribe",
        "delay": "low",
        "language": "en",
        "prompt": "no",
    }


def test_the_session_is_told_again_only_where_the_hints_are_others():
    async def talk(stream):
        for hints in (Hints(), Hints(), Hints(phrases=("yes",)), Hints(phrases=("yes",))):
            await yes(stream, hints)

    _, received, connections = play(talk, answering)
    updates = [message for message in received if message["type"] == "session.update"]
    assert len(updates) == 2
    assert connections == 1


def test_less_than_the_api_takes_is_filled_up_with_silence():
    async def short(stream):
        await stream.begin(Hints())
        await stream.send(FRAME)
        await stream.flush()

    _, received, _ = play(short, answering)
    sounds = [message["audio"] for message in received if "audio" in message]
    assert sum(len(sound) * 3 // 4 - sound.count("=") for sound in sounds) == 800


@pytest.mark.parametrize("server", [dumb, deaf])
def test_a_socket_that_takes_sound_and_never_answers_is_noticed_while_the_caller_speaks(server):
    async def talk(stream):
        with pytest.raises(ProviderError) as caught:
            await talk_for_ever(stream)
        return caught.value

    error, _, _ = play(talk, server, timeout_seconds=0.05)
    assert error.retryable


def test_that_takes_three_seconds_where_nothing_else_is_set():
    adapter = OpenAIRealtimeSpeechToText("gpt-live-transcribe", base_url="http://127.0.0.1:9/v1")
    assert adapter.timeout_seconds == 3


def test_a_session_that_has_ended_between_two_utterances_is_opened_anew():
    async def talk(stream):
        with pytest.raises(ProviderError):
            await talk_for_ever(stream)
        return await yes(stream)

    said, _, connections = play(talk, leaving, answering)
    assert (said, connections) == ("Yes.", 2)


def test_what_was_asked_for_and_not_waited_for_is_none_of_the_next_utterance():
    async def talk(stream):
        await stream.begin(Hints())
        await stream.send(FRAME * 50)
        asking = asyncio.create_task(stream.flush())
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        return await yes(stream)

    said, _, _ = play(talk, answering)
    assert said == "Yes."


def test_a_certificate_is_checked_against_the_systems_own(tmp_path, monkeypatch):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)

    async def warm():
        came = asyncio.Event()

        async def serve(connection):
            came.set()
            await connection.wait_closed()

        async with websockets.serve(serve, "127.0.0.1", 0, ssl=tls) as server:
            url = f"https://localhost:{server.sockets[0].getsockname()[1]}/v1"
            adapter = OpenAIRealtimeSpeechToText("gpt-live-transcribe", base_url=url, api_key="k")
            await adapter.warm()
            await adapter.close()
            return came.is_set()

    # Somebody else's authority; then the one that the system knows.
    assert not asyncio.run(warm())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert asyncio.run(warm())


@pytest.mark.parametrize("use", ["send", "flush"])
def test_a_stream_that_never_began_cannot_be_used(use):
    async def talk(stream):
        if use == "flush":
            return (await stream.flush()).text
        with pytest.raises(ProviderError, match="not open"):
            await stream.send(FRAME)
        return ""

    assert play(talk)[0] == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "gpt-live-transcribe"}, "refuses its options: OpenAI wants an api_key."),
        ({"model": "x", "api_key": "k", "noise_reduction": "loud"}, "noise_reduction is one of"),
        ({"model": "x", "api_key": "k", "delay": "none"}, "delay is one of minimal, low"),
        ({"model": "x", "api_key": "k", "timeout": 1}, "Did you mean 'timeout_seconds'?"),
    ],
)
def test_a_mistake_in_the_settings_is_one_sentence(options, message):
    with pytest.raises(ProviderMissing) as caught:
        registry.build("stt", "openai_realtime", options)
    assert message in caught.value.message
