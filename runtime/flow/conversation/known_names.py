"""The names that a test may use: those of its flow, and of the flows that it runs."""

from collections.abc import Callable, Iterable, Mapping

from runtime.flow.document.draft import Draft
from runtime.flow.model import Flow, Prompt, with_runs
from runtime.flow.problem import suggestion
from runtime.flow.source import Scalar


def _ways_out(flow: Flow) -> Iterable[str]:
    led = (state for state in flow.states.values() if isinstance(state.verb, Prompt))
    return (key for state in led for key in state.on)


_NAMES: Mapping[str, Callable[[Flow], Iterable[str]]] = {
    "state": lambda flow: flow.states,
    "slot": lambda flow: flow.slots,
    "request": lambda flow: flow.requests,
    "intent": lambda flow: (*flow.intents, *_ways_out(flow)),
}


def check_name(draft: Draft, node: Scalar, sort: str, flow: Flow) -> None:
    """Note a name that there is not; `sort`: state, slot, request or intent."""
    known = frozenset(name for each in with_runs(flow) for name in _NAMES[sort](each))
    if node.text not in known:
        message = f"there is no {sort} '{node.text}' in {flow.file}."
        draft.error(node, f"unknown-{sort}", message, suggestion(node.text, known))
