"""Deepgram's stream against a server that goes through what connections go through in a call."""

import asyncio

import pytest
from deepgram_server import KEY
from deepgram_talk import SECOND, noticed, run, speak_on, told, utter
from running import until

from providers import vendor_socket
from providers.base import Hints, ProviderError
from providers.conformance.server import local_server
from providers.deepgram_stream import Patience
from providers.deepgram_stt import DeepgramSpeechToText

pytestmark = pytest.mark.network


@pytest.mark.parametrize("how", ["drop", "half_close", "close"])
def test_a_connection_that_is_lost_between_utterances_is_opened_anew(how):
    async def scene(server, there, stream):
        await utter(stream)
        if how == "close":
            await server.line.socket.close(1011, "NET-0001")
        else:
            getattr(there, how)()
        await until(lambda: server.ended == 1)
        await noticed()
        return await utter(stream), len(server.queries)

    assert run(scene, "one", "two") == ("two", 2)


@pytest.mark.parametrize("how", ["drop", "half_close"])
def test_a_connection_that_is_lost_within_an_utterance_is_an_error_and_the_next_one_is_heard(how):
    async def scene(server, there, stream):
        await stream.begin(Hints())
        await stream.send(SECOND)
        await until(lambda: stream.partial == "one")
        getattr(there, how)()
        with pytest.raises(ProviderError, match="the connection broke off") as caught:
            await stream.flush()
        with pytest.raises(ProviderError):
            await stream.send(SECOND)
        assert caught.value.retryable
        return await utter(stream)

    assert run(scene, "one", "two") == "two"


@pytest.mark.parametrize(
    ("code", "reason", "message", "retryable"),
    [
        (1011, "NET-0001", "closed the connection (1011 NET-0001)", True),
        (1008, "DATA-0000 you said kumquat", "closed the connection (1008 DATA-0000)", False),
        (1000, "", "closed the connection", True),
    ],
)
def test_a_close_code_says_whether_to_try_again(code, reason, message, retryable):
    async def scene(server, _, stream):
        await stream.begin(Hints())
        await stream.send(SECOND)
        await until(lambda: server.sound)
        await server.line.socket.close(code, reason)
        with pytest.raises(ProviderError) as caught:
            await stream.flush()
        return caught.value

    error = run(scene, silent=True)
    assert (error.message, error.retryable) == (message, retryable)


def test_a_server_that_takes_sound_and_says_nothing_is_noticed_while_it_is_sent():
    async def scene(_, __, stream):
        await stream.begin(Hints())
        with pytest.raises(ProviderError, match="takes sound and says nothing") as caught:
            await speak_on(stream)
        return caught.value.retryable

    assert run(scene, silent=True, options={"answer_seconds": 0.02})


def test_a_server_that_does_not_answer_a_flush_is_given_up_and_the_next_utterance_is_heard():
    async def scene(server, _, stream):
        with pytest.raises(ProviderError, match="gave no answer in time"):
            await utter(stream)
        server.silent = False
        return await utter(stream), len(server.queries)

    assert run(scene, "one", silent=True, options={"answer_seconds": 0.05}) == ("one", 2)


@pytest.mark.parametrize(
    ("silent_since", "deadlines"),
    [
        (None, (101.0, 103.0)),
        (99.0, (101.0, 102.0)),
        (97.5, (101.0, 101.0)),
        (90.0, (101.0, 101.0)),
    ],
)
def test_who_was_silent_while_the_sound_was_sent_is_waited_for_less(silent_since, deadlines):
    assert Patience(answer=3.0).deadlines(100.0, silent_since) == deadlines


def test_a_peer_that_takes_nothing_more_is_given_up():
    async def scene():
        stay = asyncio.Event()

        async def handle(exchange):
            await exchange.upgrade()
            await stay.wait()

        async with local_server(handle) as server:
            stt = DeepgramSpeechToText(api_key=KEY, base_url=server.url, answer_seconds=0.05)
            stream = stt.open()
            await stream.begin(Hints())
            with pytest.raises(ProviderError, match="in time"):
                await speak_on(stream, SECOND * 60)
            await stream.close()
            await stt.close()
            stay.set()

    asyncio.run(scene())


def test_a_peer_that_has_vanished_is_noticed_by_its_missing_pong(monkeypatch):
    for name in ("PING_SECONDS", "GOODBYE_SECONDS"):
        monkeypatch.setattr(vendor_socket, name, 0.02)

    async def scene():
        stay = asyncio.Event()

        async def handle(exchange):
            await exchange.upgrade()
            await stay.wait()

        async with local_server(handle) as server:
            stt = DeepgramSpeechToText(api_key=KEY, base_url=server.url)
            stream = stt.open()
            await stream.begin(Hints())
            await stream.send(SECOND)
            with pytest.raises(ProviderError, match="the connection broke off"):
                await stream.flush()
            await stream.close()
            await stt.close()
            stay.set()

    asyncio.run(scene())


def test_no_answer_about_a_trifle_is_no_error():
    async def scene(server, _, stream):
        server.answers_finalize = False
        await stream.begin(Hints())
        await stream.send(SECOND)
        await until(lambda: stream.partial)
        await stream.send(SECOND[:800])
        return (await stream.flush()).text

    assert run(scene, "Two tickets.", options={"answer_seconds": 0.05}) == "Two"


def test_no_answer_about_more_than_a_trifle_is_an_error():
    async def scene(server, _, stream):
        server.answers_finalize = False
        with pytest.raises(ProviderError, match="gave no answer in time"):
            await utter(stream, seconds=0.9)

    run(scene, "Two tickets.", options={"answer_seconds": 0.05})


def test_an_error_message_ends_the_utterance():
    async def scene(server, _, stream):
        await stream.begin(Hints())
        await until(lambda: hasattr(server, "line"))
        await server.line.send({"type": "Error", "variant": "SchemaError", "description": "No."})
        await stream.send(SECOND)
        with pytest.raises(ProviderError, match="reported an error"):
            await stream.flush()

    run(scene, silent=True)


class Pauses(list):
    """Instead of sleeping."""

    async def __call__(self, seconds):
        self.append(seconds)


@pytest.mark.parametrize(
    ("statuses", "pauses", "outcome"),
    [
        ([], [], "Yes."),
        ([503], [0.1], "Yes."),
        ([500, 502], [0.1, 0.4], "Yes."),
        ([500, 502, 503], [0.1, 0.4], "answered with status 503"),
        ([402], [], "answered with status 402"),
        ([403], [], "answered with status 403"),
        ([503, 401], [0.1], "answered with status 401"),
    ],
)
def test_connecting_is_tried_three_times_where_that_may_help(statuses, pauses, outcome):
    taken = Pauses()

    async def scene(_, __, stream):
        try:
            return await utter(stream)
        except ProviderError as error:
            return error.message

    refusals = [(status, {}) for status in statuses]
    assert run(scene, "Yes.", refusals=refusals, options={"sleep": taken}) == outcome
    assert taken == pauses


def test_who_says_when_to_come_again_is_not_asked_before():
    taken = Pauses()

    async def scene(_, __, stream):
        with pytest.raises(ProviderError, match="status 429, not before 7 s") as caught:
            await stream.begin(Hints())
        return caught.value

    refusals = [(429, {"Retry-After": "7"})]
    error = run(scene, refusals=refusals, options={"sleep": taken})
    assert (error.retryable, error.retry_after_seconds, taken) == (True, 7.0, [])


def test_sound_before_an_utterance_is_an_error():
    async def scene(_, __, stream):
        with pytest.raises(ProviderError, match="before an utterance"):
            await stream.send(SECOND)

    run(scene)


@pytest.mark.parametrize("how", ["drop", "half_close", None])
def test_a_stream_says_goodbye_and_closing_never_raises(how):
    async def scene(server, there, stream):
        await utter(stream)
        if how:
            getattr(there, how)()
        await stream.close()
        await stream.close()
        await until(lambda: server.ended == 1)
        return told(server)

    assert run(scene, "Yes.") == (["Finalize"] if how == "drop" else ["Finalize", "CloseStream"])
