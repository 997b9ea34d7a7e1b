"""`request` and `handoff`: a web service of the author's is asked, and what it answers."""

from collections.abc import Mapping
from dataclasses import replace

from runtime.flow.engine.dialogue import BOT, CALLER, as_text
from runtime.flow.engine.effects import SendRequest, StartTimer
from runtime.flow.engine.passage import HOLD, Passage
from runtime.flow.model import Handlers
from runtime.flow.query import QueryProblem
from runtime.flow.request import Payload, Request
from runtime.flow.template import Expression, TemplateProblem

FIRST_HOLD, NEXT_HOLD = 1.0, 5.0
"""Seconds until `hold` is said, first and again (FLOWS.md)."""


def hand_off(passage: Passage, request: Request) -> None:
    """Pass the conversation on; a request that says nothing of its body gets all of it."""
    if request.json is None and not request.form and request.method != "get":
        request = replace(request, json=_whole(passage))
    send(passage, request)


def _whole(passage: Passage) -> Payload:
    state, flow = passage.state, passage.flow
    shown = passage.shown_values()
    slots = {name: str(shown[name]) for name in state.slots}
    return {
        "flow": flow.name,
        "state": state.state,
        "call_id": state.started.call_id,
        "did": state.started.did,
        "mobile": state.started.mobile,
        "slots": slots,
        "conversation": Expression.parse("conversation"),
    }


def send(passage: Passage, request: Request) -> None:
    """Make a request; its answer comes as an event, or its timer runs out."""
    number = passage.begin_errand(request.timeout)
    passage.change(requesting=request.name)
    talk = tuple(
        {"who": said.who, "text": said.text}
        for said in passage.state.talk
        if said.who in (BOT, CALLER)
    )
    conversation = Conversation(talk, as_text(passage.state.talk))
    values = {**passage.values(), "conversation": conversation}
    passage.effects.append(SendRequest(number, request, values))
    if request.hold is not None:
        passage.effects.append(StartTimer(HOLD, number, FIRST_HOLD))


class Conversation(tuple[Mapping[str, str], ...]):
    """The turns so far, as data; as a text, a line for each."""

    text: str

    def __new__(cls, turns: tuple[Mapping[str, str], ...], text: str) -> "Conversation":
        """Keep both."""
        made = super().__new__(cls, turns)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text


def hold_on(passage: Passage, request: Request) -> None:
    """The answer takes long: say so."""
    assert request.hold is not None, "only what is said has a clock"
    passage.say(request.hold)
    passage.effects.append(StartTimer(HOLD, passage.state.errand, NEXT_HOLD))


def save(passage: Passage, request: Request, answer: Mapping[str, object]) -> None:
    """Put what the author wants of an answer into variables; raises `TemplateProblem`.

    An answer that is no success gives what is in it, and leaves the rest as it was: it may look
    quite different.
    """
    status = answer["status"]
    is_success = isinstance(status, int) and is_ok(status)
    for name, query in request.save:
        try:
            value = query.search(answer)
        except QueryProblem as problem:
            if is_success:
                raise TemplateProblem(problem.message) from problem
            continue
        if value is not None or is_success:
            passage.put(name, value)


def is_ok(status: int) -> bool:
    """Whether a status of HTTP is a success."""
    return 200 <= status < 300


def key_of(handlers: Handlers, outcome: str) -> str | None:
    """Return the key of `on` that takes an outcome up: itself, or `error` for what is not ok."""
    if outcome in handlers:
        return outcome
    return "error" if outcome != "ok" and "error" in handlers else None
