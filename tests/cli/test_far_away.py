"""What stands in for web services and models where a test is played in sound."""

import asyncio

from runtime.cli.far_away import FarAway
from runtime.flow.conversation.stand_ins import WebReply, no_model
from runtime.flow.engine.effects import SendRequest, StopErrand
from runtime.flow.place import Place
from runtime.flow.request import Request
from runtime.flow.template import Template
from runtime.flow.web import WebRequest


def asked(errand: int, name: str) -> SendRequest:
    url = Template.parse("https://example.com")
    return SendRequest(errand, Request(name, Place("f.yaml", 1, 1), "get", url), {})


def test_a_request_that_was_stopped_before_it_began_is_not_taken_for_the_next():
    names: list[str] = []

    def answer(request: Request, sent: WebRequest) -> WebReply:
        names.append(request.name)
        return WebReply(body=request.name)

    far = FarAway(answer, no_model)
    far.take((asked(1, "stopped"), StopErrand(1), asked(2, "wanted")))
    given = asyncio.run(far.send(WebRequest("GET", "https://example.com", (), b"", 1.0)))
    assert (given.body, names) == ("wanted", ["wanted"])
