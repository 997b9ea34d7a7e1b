"""Ways through a flow: states out of reach, states without a way on, circles."""

from collections.abc import Iterable, Iterator, Mapping

from runtime.flow.check.names import makes_a_request
from runtime.flow.check.subject import REPEAT, Subject, waits
from runtime.flow.document.intents import EVENTS
from runtime.flow.model import (
    Ask,
    Choose,
    Collect,
    Fetch,
    Handler,
    Handoff,
    Hangup,
    Pass,
    Prompt,
    Record,
    Run,
    State,
    with_runs,
)
from runtime.flow.problem import Problem, listed

_SHOWN = 5


def nothing_leads_on(subject: Subject) -> Iterator[Problem]:
    """Every state leads on, or ends the call."""
    flow = subject.flow
    anywhere = any(
        _leads_on(handlers) for name, handlers in flow.always.items() if name not in EVENTS
    )
    for state in flow.states.values():
        if state.name in subject.broken or _has_way_on(state, anywhere=anywhere):
            continue
        if subject.is_run and not isinstance(state.verb, Ask | Prompt):
            continue
        if isinstance(state.verb, Ask | Prompt):
            message = f"no answer leads on from the state '{state.name}'."
            hint = "Say under 'on' what follows."
        elif isinstance(state.verb, Fetch):
            message = f"nothing follows the state '{state.name}' where the request goes well."
            hint = "Add 'next', or 'ok' under 'on'."
        else:
            message = f"nothing follows the state '{state.name}'."
            hint = "Add 'next', or end the call with 'hangup'."
        yield Problem(state.place, "error", "dead-end", message, hint)


def _has_way_on(state: State, *, anywhere: bool) -> bool:
    match state.verb:
        case Ask() | Prompt():
            return anywhere or any(
                _leads_on(handlers) for name, handlers in state.on.items() if name not in EVENTS
            )
        case Pass() | Collect() | Run() | Record() | Handoff():
            return state.next is not None
        case Fetch():
            return state.next is not None or "ok" in state.on
        case _:
            return True


def _leads_on(handlers: Iterable[Handler]) -> bool:
    return any(handler.next not in (None, REPEAT) for handler in handlers)


def _ways_from(subject: Subject, state: State) -> tuple[str, ...]:
    """Return the states that can follow."""
    handlers = [handler for row in state.on.values() for handler in row]
    if isinstance(state.verb, Choose):
        handlers.extend(state.verb.branches)
    targets = [state.next, state.give_up, *(handler.next for handler in handlers)]
    found = (subject.resolved(target, state.name) for target in targets if target is not None)
    return tuple(name for name in found if name is not None)


def state_cannot_be_reached(subject: Subject) -> Iterator[Problem]:
    """Every state can be come to. Not asked while ways are unknown: it would be guesswork."""
    flow = subject.flow
    if (
        not subject.is_whole
        or flow.start not in flow.states
        or any(_is_unknown(subject, way.target) for way in subject.ways())
    ):
        return
    always = [handler.next for row in flow.always.values() for handler in row]
    timed = (state for _, state in flow.after)
    targets = [flow.start, *always, *timed, *flow.provider_down.values()]
    waiting = [target for target in targets if target in flow.states]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name is None or name in reached:
            continue
        reached.add(name)
        waiting.extend(_ways_from(subject, flow.states[name]))
    for state in flow.states.values():
        if state.name not in reached:
            message = f"no way leads to the state '{state.name}'."
            hint = "Name it where it should follow, or delete it."
            yield Problem(state.place, "warning", "unreachable-state", message, hint)


def _is_unknown(subject: Subject, target: str) -> bool:
    return (
        target not in subject.flow.states
        and subject.resolved(target, "") is None
        and (target not in ("back", "hangup"))
    )


def states_circle_without_the_caller(subject: Subject) -> Iterator[Problem]:
    """Whoever goes in circles, waits for the caller somewhere, or has a way out.

    What `choose` decides may lead out, and so may what a request comes to.
    """
    silent = {
        state.name: _silent_ways(subject, state)
        for state in subject.flow.states.values()
        if _is_silent(state)
    }
    for circle in _circles(silent):
        members = [name for name in silent if name in circle]
        ways_out = any(_leads_out(subject, name, circle) for name in members)
        if len(members) == 1:
            what = f"the state '{members[0]}' goes to itself without waiting for the caller."
        else:
            names = listed(members[:_SHOWN]) + (" …" if len(members) > _SHOWN else "")
            what = f"the states {names} go in a circle without waiting for the caller."
        hint = "Check that it is left in time." if ways_out else "Ask something in between."
        place = subject.flow.states[members[0]].place
        yield Problem(place, "warning" if ways_out else "error", "loop", what, hint)


def _is_silent(state: State) -> bool:
    """Whether the caller cannot get a word in, also not in a flow that the state runs."""
    match state.verb:
        case Run(flow=inner):
            inside = (state for each in with_runs(inner) for state in each.states.values())
            return all(isinstance(state.verb, Run) or _is_silent(state) for state in inside)
        case Hangup() | Record():
            return False
        case _:
            return not waits(state)


def _silent_ways(subject: Subject, state: State) -> tuple[str, ...]:
    targets = [branch.next for branch in _branches(state)] or [state.next]
    if makes_a_request(state):
        targets += [handler.next for row in state.on.values() for handler in row]
    found = (subject.resolved(target, state.name) for target in targets if target is not None)
    return tuple(name for name in found if name is not None)


def _branches(state: State) -> tuple[Handler, ...]:
    return state.verb.branches if isinstance(state.verb, Choose) else ()


def _leads_out(subject: Subject, name: str, circle: frozenset[str]) -> bool:
    state = subject.flow.states[name]
    if makes_a_request(state):
        targets = [handler.next or state.next for row in state.on.values() for handler in row]
        targets.append(state.next if "ok" not in state.on else None)
        decided = [target for target in targets if target is not None]
    else:
        decided = [branch.next or "" for branch in _branches(state)]
    return any(subject.resolved(target, name) not in circle for target in decided)


def _circles(graph: Mapping[str, tuple[str, ...]]) -> list[frozenset[str]]:
    """Return the strongly connected parts that contain a circle (Kosaraju, without recursion)."""
    backwards: dict[str, list[str]] = {name: [] for name in graph}
    for name, targets in graph.items():
        for target in targets:
            if target in backwards:
                backwards[target].append(name)
    seen: set[str] = set()
    finished = [name for start in graph for name in _in_depth(start, graph, seen)]
    seen = set()
    parts = [frozenset(_in_depth(start, backwards, seen)) for start in reversed(finished)]
    return [part for part in parts if len(part) > 1 or any(name in graph[name] for name in part)]


def _in_depth(start: str, graph: Mapping[str, Iterable[str]], seen: set[str]) -> list[str]:
    """Return what can be reached from `start` and was not `seen`, each after what follows it."""
    if start in seen:
        return []
    seen.add(start)
    finished: list[str] = []
    stack = [(start, iter(graph[start]))]
    while stack:
        name, targets = stack[-1]
        for target in targets:
            if target in graph and target not in seen:
                seen.add(target)
                stack.append((target, iter(graph[target])))
                break
        else:
            finished.append(name)
            stack.pop()
    return finished
