import asyncio

import httpx2
import pytest

from runtime.cli.server_transcript import ServerTranscript, TranscriptProblem


def turn(text):
    return {"who": "bot", "text": text}


class Server:
    """Answers `GET /v1/calls/c` with one state of the call after the other, the last for ever."""

    def __init__(self, *states, listed=("", "live")):
        self.states = list(states)
        self.listed = list(listed)

    def __call__(self, request):
        if request.url.path == "/v1/calls":
            state = self.listed[0] if len(self.listed) == 1 else self.listed.pop(0)
            calls = [{"id": "other", "call_id": "x"}]
            if request.url.params["state"] == state:
                calls.append({"id": "c", "call_id": "dial-1"})
            return httpx2.Response(200, json={"calls": calls})
        assert request.url.path == "/v1/calls/c"
        return httpx2.Response(
            200, json=self.states[0] if len(self.states) == 1 else self.states.pop(0)
        )


def told(server, *, over=False):
    turns = []

    async def go():
        ended = asyncio.Event()
        if over:
            ended.set()
        async with httpx2.AsyncClient(
            base_url="http://bot", transport=httpx2.MockTransport(server)
        ) as client:
            await ServerTranscript(
                client, "dial-1", lambda each: turns.append(each["text"]), every_seconds=0
            ).follow(ended)

    asyncio.run(go())
    return turns


def test_each_turn_is_told_once_and_the_last_when_it_is_settled():
    server = Server(
        {"state": "live", "turns": [turn("Hello, how are")]},
        {"state": "live", "turns": [turn("Hello"), turn("fine")]},
        {"state": "live", "turns": [turn("Hello"), turn("fine"), turn("bye")]},
        {"state": "ended", "turns": [turn("Hello"), turn("fine"), turn("bye")]},
    )
    assert told(server) == ["Hello", "fine", "bye"]


def test_a_call_that_has_ended_already_is_found():
    server = Server({"state": "ended", "turns": [turn("Hello")]}, listed=["ended"])
    assert told(server) == ["Hello"]


def test_a_call_that_the_server_does_not_know_is_told():
    with pytest.raises(TranscriptProblem, match="knows no call"):
        told(Server({}, listed=["never"]), over=True)


@pytest.mark.parametrize(
    ("response", "why"),
    [(httpx2.Response(401), "says 401"), (httpx2.Response(200, text="<p>"), "no JSON")],
)
def test_a_server_that_shows_no_calls_is_told(response, why):
    with pytest.raises(TranscriptProblem, match=why):
        told(lambda _: response)


def test_a_server_that_is_not_there_is_told():
    def gone(request):
        raise httpx2.ConnectError("refused")

    with pytest.raises(TranscriptProblem, match="refused"):
        told(gone)
