"""What stands in the box of a state: its kind, its name, what it does and says."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import assert_never

from runtime.flow.graph.diagram import Node, Shape
from runtime.flow.graph.wording import lines_of, listed, plain, said, short, span_of
from runtime.flow.model import (
    Ask,
    Choose,
    Collect,
    Fetch,
    Flow,
    Handoff,
    Hangup,
    Pass,
    Prompt,
    Record,
    Run,
    State,
)

_SHAPES = {
    Pass: Shape.SAY,
    Ask: Shape.ASK,
    Collect: Shape.COLLECT,
    Prompt: Shape.PROMPT,
    Choose: Shape.CHOOSE,
    Fetch: Shape.REQUEST,
    Run: Shape.RUN,
    Record: Shape.RECORD,
    Handoff: Shape.HANDOFF,
    Hangup: Shape.HANGUP,
}


def box_of(flow: Flow, state: State, *, is_taken: bool) -> Node:
    """Return the node of a state."""
    texts = [plain(text) for text in _texts_of(flow, state) if text]
    lines = [line for text in texts for line in lines_of(text)]
    title = "\n".join((f"{state.name} ({state.place})", *texts))
    return Node(state.name, _SHAPES[type(state.verb)], (short(state.name), *lines), title, is_taken)


def _texts_of(flow: Flow, state: State) -> Iterator[str]:
    """Yield what it does and says, in the order in which the caller meets it."""
    yield listed("sets", (name for name, _ in state.set))
    if state.say is not None:
        yield said(state.say)
    match state.verb:
        case Ask(text=text) | Hangup(text=text):
            yield said(text) if text is not None else ""
        case Record(text=text, up_to=seconds):
            yield said(text)
            yield f"records up to {span_of(seconds)}"
        case Collect(slots=slots):
            yield listed("fills", slots)
        case Prompt(text=prompt, tools=tools, slots=slots):
            yield f"model: {prompt.source}"
            yield listed("tools", tools)
            yield listed("fills", slots)
        case Fetch(request=request):
            yield f"{flow.requests[request].method.upper()} {request}"
        case Handoff(request=request):
            yield f"{flow.requests[request].method.upper()} {request}, with the talk"
        case Run(flow=other):
            yield f"runs {other.name} ({PurePath(other.file).name})"
        case Pass() | Choose():
            return
        case _:
            assert_never(state.verb)
