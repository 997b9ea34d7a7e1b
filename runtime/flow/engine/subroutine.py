"""`run`: another flow as a subroutine; it has its own variables, slots and states."""

from runtime.flow.engine.passage import Passage
from runtime.flow.engine.requesting import filled
from runtime.flow.engine.state import CallState, Frame, Spot
from runtime.flow.model import Flow, Run
from runtime.flow.request import names_of

MAX_BACK = 50


def frame_of(state: CallState) -> Frame:
    """Return what belongs to the flow that the call is in."""
    return Frame(
        state=state.state,
        variables=state.variables,
        slots=state.slots,
        filled=state.filled,
        passed=state.passed,
        changed=state.changed,
        tainted=state.tainted,
        back=state.back,
    )


def _take_up(passage: Passage, frame: Frame, outer: tuple[Frame, ...]) -> None:
    """Be in the flow of `frame`, with `outer` around it; the call's language stays."""
    language = passage.state.variables["language"]
    passage.change(
        frames=outer,
        state=frame.state,
        variables={**frame.variables, "language": language},
        slots=frame.slots,
        filled=frame.filled,
        passed=frame.passed,
        changed=frame.changed,
        tainted=frame.tainted,
        back=frame.back,
        asking="",
        pending=None,
    )


def enter(passage: Passage, verb: Run) -> str:
    """Go into the other flow; return its first state. Raises `TemplateProblem`."""
    values, hidden = passage.values(), passage.state.hidden(passage.flow)
    given = {name: filled(payload, values) for name, payload in verb.given}
    tainted = {name for name, payload in verb.given if names_of(payload) & hidden}
    flow = verb.flow
    frame = Frame("", dict(flow.variables), {}, {}, {}, -1, frozenset(tainted), ())
    outer = (*passage.state.frames, frame_of(passage.state))
    _take_up(passage, frame, outer)
    for name, value in given.items():
        passage.put(name, value, is_tainted=name in tainted)
    return flow.start


def leave(passage: Passage) -> None:
    """Come back to the state that ran this flow, with what it saves."""
    its = {**passage.state.variables, **passage.state.slots}
    hidden = passage.state.hidden(passage.flow)
    unwind(passage, len(passage.state.frames) - 1)
    verb = passage.here.verb
    assert isinstance(verb, Run), "a frame is made by 'run' only"
    for ours, name in verb.save:
        passage.put(ours, its.get(name), is_tainted=name in hidden)


def begin_anew(passage: Passage) -> str:
    """Enter the flow again as it was entered; return its first state. Raises `TemplateProblem`."""
    unwind(passage, len(passage.state.frames) - 1)
    verb = passage.here.verb
    assert isinstance(verb, Run), "a frame is made by 'run' only"
    return enter(passage, verb)


def come_home(passage: Passage) -> None:
    """Leave all flows that are run, since the call has ended in them: keep what they came to."""
    while passage.state.frames:
        flow, hidden = passage.flow, passage.state.hidden(passage.flow)
        its = {**passage.state.variables, **passage.state.slots}
        come_to = {name for name in its if its[name] != flow.variables.get(name)}
        unwind(passage, len(passage.state.frames) - 1)
        verb = passage.here.verb
        assert isinstance(verb, Run), "a frame is made by 'run' only"
        for ours, name in verb.save:
            if name in come_to:
                passage.put(ours, its[name], is_tainted=name in hidden)


def unwind(passage: Passage, depth: int) -> tuple[Frame, ...]:
    """Leave the flows that are run, down to `depth`; return them, for `back`."""
    frames = passage.state.frames
    left = (*frames[depth + 1 :], frame_of(passage.state))
    _take_up(passage, frames[depth], frames[:depth])
    return left


def mark_way_back(passage: Passage, inner: tuple[Frame, ...] = ()) -> None:
    """Let `back` lead to where the call is, or was in the flows that were left."""
    if passage.state.state:
        spot = Spot(passage.state.state, inner)
        passage.change(back=(*passage.state.back, spot)[-MAX_BACK:])


def return_to(passage: Passage, spot: Spot) -> None:
    """Be again where `spot` was made."""
    passage.change(state=spot.state)
    for frame in spot.inner:
        _take_up(passage, frame, (*passage.state.frames, frame_of(passage.state)))


def outer_flows(passage: Passage) -> tuple[tuple[int, Flow], ...]:
    """Return the depth and flow of each that runs this one, the nearest first."""
    found: list[tuple[int, Flow]] = []
    flow = passage.root
    for depth, frame in enumerate(passage.state.frames):
        found.append((depth, flow))
        verb = flow.states[frame.state].verb
        assert isinstance(verb, Run), "a frame is made by 'run' only"
        flow = verb.flow
    return tuple(reversed(found))
