"""Deepgram's stream while all is well."""

import asyncio

import pytest
from deepgram_server import results
from deepgram_talk import SECOND, run, told, utter
from running import until

from providers.base import Hints, Transcript

pytestmark = pytest.mark.network


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
