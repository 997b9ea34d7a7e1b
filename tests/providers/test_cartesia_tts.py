"""Cartesia's adapter; what goes wrong with the connection is tried by the suite."""

import asyncio
import base64

import pytest
from cartesia_server import KEY, VOICE, cartesia, sound_of
from running import until

from providers.base import ProviderError, Voice
from providers.cartesia_tts import CartesiaTextToSpeech

pytestmark = pytest.mark.network

OTHER = "a0e99841-438c-4a64-b679-ae501e7d6091"


def run(scene, options=None, **server):
    """What the scene returns, of a server, its connections and a provider."""

    async def played():
        async with asyncio.timeout(10), cartesia(**server) as (told, there):
            tts = CartesiaTextToSpeech(
                **{"api_key": KEY, "voice": VOICE, "base_url": there.base_url, **(options or {})}
            )
            try:
                return await scene(told, there, tts)
            finally:
                await tts.close()

    return asyncio.run(played())


async def say(tts, text, voice=None):
    return b"".join([piece async for piece in tts.synthesize(text, voice or Voice())])


def asked(voice=None, options=None):
    """What the server was asked."""

    async def scene(server, _, tts):
        await say(tts, "Yes.", voice)
        return server.asked[0]

    return run(scene, options)


def test_a_sentence_is_a_context_whose_sound_is_the_lines_own():
    request = asked()
    assert request.pop("context_id")
    assert request == {
        "model_id": "sonic-3.5",
        "transcript": "Yes.",
        "voice": {"mode": "id", "id": VOICE},
        "output_format": {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000},
        "language": "en",
        "generation_config": {"speed": 1.0},
        "continue": False,
    }


@pytest.mark.parametrize(
    ("voice", "options", "said"),
    [
        (Voice(language="hi-IN"), {}, {"language": "hi"}),
        (Voice(language="hi-IN"), {"language": "mr"}, {"language": "mr"}),
        (Voice(speaking_rate=1.1), {"speed": 0.9}, {"generation_config": {"speed": 0.9 * 1.1}}),
        (Voice(speaking_rate=3), {}, {"generation_config": {"speed": 1.5}}),
        (Voice(speaking_rate=0.1), {}, {"generation_config": {"speed": 0.6}}),
        (
            Voice(),
            {"generation": {"volume": 1.2}},
            {"generation_config": {"speed": 1.0, "volume": 1.2}},
        ),
        (Voice(), {"body": {"pronunciation_dict_id": "p1"}}, {"pronunciation_dict_id": "p1"}),
        (Voice(OTHER), {}, {"voice": {"mode": "id", "id": OTHER}}),
        (Voice("heart"), {}, {"voice": {"mode": "id", "id": VOICE}}),
    ],
)
def test_options_and_the_flows_voice_are_told(voice, options, said):
    assert said.items() <= asked(voice, options).items()


def test_without_a_voice_nothing_is_asked():
    with pytest.raises(ProviderError, match="no voice's id") as caught:
        asked(Voice("heart"), {"voice": ""})
    assert not caught.value.retryable


def test_all_sentences_share_one_connection_that_was_open_before():
    async def scene(server, _, tts):
        await tts.warm()
        assert len(server.sockets) == 1
        texts = [f"Sentence {number}." for number in range(10)]
        sounds = await asyncio.gather(*(say(tts, text) for text in texts))
        assert sounds == [sound_of(text) for text in texts]
        return len(server.sockets), server.headers[0]["cartesia-version"]

    assert run(scene) == (1, "2026-08-14")


def test_a_sentence_that_nobody_hears_any_more_is_cancelled_and_the_others_go_on():
    async def scene(server, _, tts):
        pieces = tts.synthesize("A long sentence.", Voice())
        assert await anext(pieces)
        await pieces.aclose()
        await until(lambda: server.cancelled == ["A long sentence."])
        return await say(tts, "Yes."), len(server.sockets)

    assert run(scene, pauses={"A long sentence."}) == (sound_of("Yes."), 1)


def test_a_sentence_that_is_cancelled_before_its_first_sound_says_so():
    async def scene(server, _, tts):
        speaking = asyncio.ensure_future(say(tts, "Yes."))
        await until(lambda: server.asked)
        speaking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await speaking
        await until(lambda: server.told_to_cancel)
        return server.told_to_cancel == [server.asked[0]["context_id"]]

    assert run(scene, silent=True)


def test_a_sentence_at_its_end_is_not_cancelled():
    async def scene(server, _, tts):
        await say(tts, "Yes.")
        await say(tts, "No.")
        return server.told_to_cancel

    assert run(scene) == []


def test_what_comes_for_a_sentence_that_nobody_wants_is_dropped():
    async def scene(server, _, tts):
        speaking = asyncio.ensure_future(say(tts, "Yes."))
        await until(lambda: server.asked)
        server.silent = False
        [socket] = server.sockets
        late = {"context_id": "gone", "done": False, "status_code": 206, "step_time": 1.0}
        await server.send(socket, {"type": "chunk", "data": "AAAA", **late})
        await server.speak_all(socket)
        return await speaking

    assert run(scene, silent=True) == sound_of("Yes.")


@pytest.mark.parametrize("how", ["drop", "half_close"])
def test_a_connection_that_was_lost_between_sentences_is_opened_anew(how):
    async def scene(server, there, tts):
        await say(tts, "One.")
        getattr(there, how)()
        return await say(tts, "Two."), len(server.sockets)

    assert run(scene) == (sound_of("Two."), 2)


def test_a_connection_that_ends_just_when_a_sentence_is_sent_costs_nothing():
    async def scene(server, there, tts):
        await tts.warm()
        server.silent = True
        speaking = asyncio.ensure_future(say(tts, "Two."))
        await until(lambda: server.asked)
        server.silent = False
        there.drop()
        return await speaking, [request["transcript"] for request in server.asked]

    assert run(scene) == (sound_of("Two."), ["Two.", "Two."])


def test_a_sentence_whose_beginning_was_heard_is_not_begun_again():
    async def scene(server, there, tts):
        await tts.warm()
        pieces = tts.synthesize("A long sentence.", Voice())
        assert await anext(pieces)
        there.drop()
        with pytest.raises(ProviderError, match="the connection broke off") as caught:
            await anext(pieces)
        return len(server.asked), caught.value.retryable

    assert run(scene, pauses={"A long sentence."}) == (1, True)


@pytest.mark.parametrize(
    ("error", "message", "retryable"),
    [
        (
            {"status_code": 429, "error_code": "concurrency_limited", "message": "kumquat"},
            "answered with status 429 (concurrency_limited)",
            True,
        ),
        ({"status_code": 402, "error_code": "quota_exceeded"}, "402 (quota_exceeded)", False),
        ({"status_code": 500, "title": "kumquat"}, "answered with status 500", True),
        ({"error_code": "odd"}, "reported an error (odd)", True),
        ({}, "reported an error", True),
    ],
)
def test_an_error_of_one_sentence_is_not_one_of_the_others(error, message, retryable):
    async def scene(server, _, tts):
        bad, good = await asyncio.gather(
            say(tts, "kumquat"), say(tts, "Yes."), return_exceptions=True
        )
        assert good == sound_of("Yes.")
        return bad, server.told_to_cancel

    caught, cancelled = run(scene, errors={"kumquat": error})
    assert isinstance(caught, ProviderError)
    assert caught.message.endswith(message)
    assert caught.retryable is retryable
    assert cancelled == []


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{", "what cannot be read"),
        ("[]", "what cannot be read"),
        ('{"type": "chunk", "data": "AA=="}', "what cannot be read"),
        ('{"type": "error", "status_code": 400, "error_code": "bad"}', r"status 400 \(bad\)"),
    ],
)
def test_what_belongs_to_no_sentence_and_cannot_be_understood_ends_all_of_them(message, reason):
    async def scene(server, _, tts):
        speaking = [asyncio.ensure_future(say(tts, text)) for text in ("One.", "Two.")]
        await until(lambda: len(server.asked) == 2)
        await server.sockets[0].send_text(message)
        for each in speaking:
            with pytest.raises(ProviderError, match=reason):
                await each
        server.silent = False
        return await say(tts, "Three.")

    assert run(scene, silent=True) == sound_of("Three.")


@pytest.mark.parametrize("data", ["?", 5, "AAA"])
def test_sound_that_cannot_be_decoded_is_an_error_of_its_sentence(data):
    async def scene(server, _, tts):
        speaking = asyncio.ensure_future(say(tts, "Yes."))
        await until(lambda: server.asked)
        context = server.asked[0]["context_id"]
        chunk = {"type": "chunk", "data": data, "context_id": context, "done": False}
        await server.sockets[0].send_json(chunk)
        with pytest.raises(ProviderError, match="what cannot be read"):
            await speaking

    run(scene, silent=True)


def test_the_end_may_come_with_the_last_sound_and_other_messages_are_passed_over():
    async def scene(server, _, tts):
        speaking = asyncio.ensure_future(say(tts, "Yes."))
        await until(lambda: server.asked)
        context = {"context_id": server.asked[0]["context_id"], "status_code": 206}
        times = {"words": ["Yes."], "start": [0.0], "end": [0.4]}
        [socket] = server.sockets
        timed = {"type": "timestamps", "done": False, "word_timestamps": times, **context}
        await server.send(socket, timed)
        data = base64.b64encode(b"sound").decode()
        last = {"type": "chunk", "data": data, "step_time": 1.0, "done": True, **context}
        await server.send(socket, last)
        return await speaking

    assert run(scene, silent=True) == b"sound"


def test_an_end_without_a_sound_is_an_error():
    async def scene(server, _, tts):
        speaking = asyncio.ensure_future(say(tts, "Yes."))
        await until(lambda: server.asked)
        context = {"context_id": server.asked[0]["context_id"], "status_code": 200}
        await server.send(server.sockets[0], {"type": "done", "done": True, **context})
        with pytest.raises(ProviderError, match="sent no sound"):
            await speaking

    run(scene, silent=True)


def test_a_server_that_says_nothing_is_left_and_another_connection_opened():
    async def scene(server, _, tts):
        with pytest.raises(ProviderError, match="gave no answer in time"):
            await say(tts, "One.")
        server.silent = False
        return await say(tts, "Two."), len(server.sockets)

    two = (sound_of("Two."), 2)
    assert run(scene, silent=True, options={"timeout_seconds": 0.05}) == two


def test_what_was_tried_for_one_sentence_was_tried_for_those_that_waited():
    async def scene(server, _, tts):
        texts = ("One.", "Two.", "Three.")
        answers = await asyncio.gather(*(say(tts, t) for t in texts), return_exceptions=True)
        return [str(answer) for answer in answers], await say(tts, "Four."), len(server.headers)

    errors, four, handshakes = run(scene, refusals=[(503, {})])
    assert errors == ["answered with status 503"] * 3
    assert (four, handshakes) == (sound_of("Four."), 2)


def test_a_refused_handshake_says_when_to_come_again_and_does_not_repeat_the_key():
    async def scene(_, __, tts):
        with pytest.raises(ProviderError) as caught:
            await say(tts, "Yes.")
        return caught.value

    error = run(scene, refusals=[(429, {"Retry-After": "4"})])
    assert (error.message, error.retry_after_seconds) == (
        *("answered with status 429, not before 4 s", 4.0),
    )
    error = run(scene, options={"api_key": "sk-wrong"})
    assert (error.message, error.retryable) == ("answered with status 401", False)


def test_warming_that_fails_is_only_logged(caplog):
    async def scene(_, __, tts):
        await tts.warm()
        return await say(tts, "Yes.")

    assert run(scene, refusals=[(503, {})]) == sound_of("Yes.")
    [record] = [r for r in caplog.records if r.message == "provider_not_warm"]
    assert record.reason == "answered with status 503"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"api_key": ""}, "api_key"),
        ({"base_url": "ws://x"}, "base_url"),
        ({"speed": 2}, "speed"),
        ({"timeout_seconds": 0}, "seconds are more than 0"),
        ({"connect_seconds": -1}, "seconds are more than 0"),
    ],
)
def test_options_it_cannot_work_with_are_refused(options, reason):
    with pytest.raises(ValueError, match=reason):
        CartesiaTextToSpeech(**{"api_key": KEY, **options})


def test_another_sound_has_another_fingerprint_and_another_key_the_same():
    options = (
        *({}, {"voice": VOICE}, {"model": "sonic-3"}, {"language": "hi"}, {"speed": 0.9}),
        *({"generation": {"volume": 0.9}}, {"body": {"pronunciation_dict_id": "p1"}}),
    )
    prints = [CartesiaTextToSpeech(**{"api_key": KEY, **each}).fingerprint for each in options]
    assert len(set(prints)) == len(options)
    assert CartesiaTextToSpeech(api_key="another").fingerprint == prints[0]
