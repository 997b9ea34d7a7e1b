"""Deepgram's stream against a server that goes through what connections go through in a call."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from deepgram_server import KEY, deepgram, results
from running import until

from providers import vendor_socket
from providers.base import Hints, ProviderError, Transcript
from providers.conformance.server import local_server
from providers.deepgram_stream import Patience
from providers.deepgram_stt import DeepgramSpeechToText

SECOND = bytes([0x20]) * 8000


@asynccontextmanager
async def listening(*texts, options=None, **server):
    """A server, its connections, and a stream to it."""
    async with deepgram(*texts, **server) as (told, there):
        stt = DeepgramSpeechToText(
            **{"api_key": KEY, "base_url": there.base_url, **(options or {})}
        )
        stream = stt.open()
        try:
            yield told, there, stream
        finally:
            await stream.close()
            await stt.close()


def run(scene, *texts, **more):
    async def played():
        async with asyncio.timeout(10), listening(*texts, **more) as (server, there, stream):
            return await scene(server, there, stream)

    return asyncio.run(played())


async def utter(stream, hints=None, seconds=1.0):
    """Say something and return what was heard."""
    await stream.begin(hints or Hints())
    await stream.send(bytes([0x20]) * int(8000 * seconds))
    return (await stream.flush()).text


async def speak_on(stream, sound=SECOND):
    while True:
        await stream.send(sound)
        await asyncio.sleep(0)


async def noticed():
    """Let the other end learn what the server has done; both are in one loop."""
    for _ in range(20):
        await asyncio.sleep(0)


def told(server):
    return [message["type"] for message in server.told]


def test_the_connection_says_what_it_is_for():
    async def scene(server, _, stream):
        await utter(stream, Hints("en-IN", ("kumquat", "book  a table", "kumquat")))
        return dict(server.queries[0]), [x for x in server.queries[0] if x[0] == "keyterm"]

    query, terms = run(scene, "Yes.")
    assert terms == [("keyterm", "kumquat"), ("keyterm", "book a table")]
    assert query == {
        "model": "nova-3",
        "language": "en-IN",
        "encoding": "mulaw",
        "sample_rate": "8000",
        "channels": "1",
        "interim_results": "true",
        "endpointing": "false",
        "punctuate": "true",
        "keyterm": "book a table",
    }


def test_sound_arrives_as_it_was_sent_and_none_of_no_length_which_would_be_the_end():
    async def scene(server, _, stream):
        await stream.begin(Hints())
        for piece in (b"{abc", b"", bytes(range(256))):
            await stream.send(piece)
        text = (await stream.flush()).text
        return text, bytes(server.sound), server.ended

    assert run(scene, "Yes.") == ("Yes.", b"{abc" + bytes(range(256)), 0)


def test_what_the_utterance_seems_to_say_is_told_meanwhile():
    async def scene(_, __, stream):
        assert stream.partial == ""
        await stream.begin(Hints())
        await stream.send(SECOND)
        await until(lambda: stream.partial == "Two")
        return await stream.flush()

    assert run(scene, "Two tickets.", confidence=0.5) == Transcript("Two tickets.", 0.5)


def test_nothing_is_asked_where_nothing_was_sent_since_the_last_answer():
    async def scene(server, _, stream):
        await utter(stream)
        await stream.flush()
        return told(server)

    assert run(scene, "Yes.") == ["Finalize"]


def test_other_words_to_listen_for_are_told_on_the_same_connection():
    async def scene(server, _, stream):
        said = [await utter(stream, Hints(phrases=words)) for words in (("a",), ("b", "c"), ())]
        return said, len(server.queries), [m["keyterms"] for m in server.told if "keyterms" in m]

    assert run(scene, "one", "two", "three") == (["one", "two", "three"], 1, [["b", "c"], []])


@pytest.mark.parametrize(
    ("model", "hints", "connections"),
    [
        ("nova-3", (Hints("en-IN"), Hints("hi-IN"), Hints("hi")), 2),
        ("nova-2", (Hints(phrases=("a",)), Hints(phrases=("a",)), Hints(phrases=("b",))), 2),
    ],
)
def test_what_cannot_be_changed_on_a_connection_opens_another(model, hints, connections):
    async def scene(server, _, stream):
        said = [await utter(stream, each) for each in hints]
        return said, [dict(query) for query in server.queries]

    said, queries = run(scene, "one", "two", "three", options={"model": model})
    assert said == ["one", "two", "three"]
    assert len(queries) == connections
    assert [(query["language"], query.get("keywords")) for query in queries] == (
        [("en-IN", None), ("hi", None)] if model == "nova-3" else [("en-IN", "a"), ("en-IN", "b")]
    )


def test_a_connection_is_kept_alive_while_nobody_speaks():
    async def scene(server, _, stream):
        await utter(stream)
        await until(lambda: told(server).count("KeepAlive") >= 3)
        return await utter(stream), len(server.queries)

    assert run(scene, "one", "two", options={"keep_alive_seconds": 0.01}) == ("two", 1)


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


def test_a_flush_that_was_cancelled_loses_nothing():
    async def scene(server, _, stream):
        server.answers_finalize = False
        await stream.begin(Hints())
        await stream.send(SECOND)
        flush = asyncio.ensure_future(stream.flush())
        await until(lambda: told(server) == ["Finalize"])
        flush.cancel()
        with pytest.raises(asyncio.CancelledError):
            await flush
        server.answers_finalize = True
        await stream.send(SECOND)
        return (await stream.flush()).text

    assert run(scene, "Two tickets.") == "Two tickets."


def test_messages_that_nothing_follows_from_are_passed_over_and_refused_hints_are_logged(caplog):
    async def scene(server, _, stream):
        await stream.begin(Hints())
        await until(lambda: hasattr(server, "line"))
        line = server.line
        failure = {"code": "CONFIGURE_KEYTERM_LIMIT_EXCEEDED", "description": "kumquat"}
        await line.send({"type": "ConfigureFailure", "request_id": "r1", **failure})
        await line.socket.send_json({"type": "SpeechStarted", "channel": [0], "timestamp": 0.1})
        await stream.send(SECOND)
        return (await stream.flush()).text

    assert run(scene, "Yes.") == "Yes."
    [record] = [r for r in caplog.records if r.message == "provider_hints_refused"]
    assert record.reason.endswith("(CONFIGURE_KEYTERM_LIMIT_EXCEEDED)")
    assert "kumquat" not in str(vars(record))


def test_an_error_message_ends_the_utterance():
    async def scene(server, _, stream):
        await stream.begin(Hints())
        await until(lambda: hasattr(server, "line"))
        await server.line.send({"type": "Error", "variant": "SchemaError", "description": "No."})
        await stream.send(SECOND)
        with pytest.raises(ProviderError, match="reported an error"):
            await stream.flush()

    run(scene, silent=True)


def test_a_final_result_in_the_middle_is_part_of_the_whole():
    async def scene(server, _, stream):
        await stream.begin(Hints())
        await stream.send(SECOND)
        await until(lambda: stream.partial)
        line = server.line
        line.final, line.text = line.end, ""
        await line.send(results("Two tickets", 0.0, 1.0, is_final=True))
        await stream.send(SECOND)
        return (await stream.flush()).text

    assert run(scene, "Two tickets", "for five.") == "Two tickets for five."


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
