"""Which states and ways of a flow its tests have taken, and which never."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runtime.flow.engine.effects import Entered, Took
from runtime.flow.model import Choose, Flow, Handler, Place, State, with_runs

StateKey = tuple[str, str]
"""(the flow's file, the state)"""

WayKey = tuple[str, str, str]
"""(the flow's file, the state or "" for `always`, the way as the engine names it)"""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was taken, of all that there is."""

    states: frozenset[StateKey]
    ways: frozenset[WayKey]
    all_states: dict[StateKey, Place]
    all_ways: dict[WayKey, Place]

    @property
    def missing_states(self) -> tuple[tuple[StateKey, Place], ...]:
        """The states that no test has entered, as they stand in the files."""
        return tuple(row for row in self.all_states.items() if row[0] not in self.states)

    @property
    def missing_ways(self) -> tuple[tuple[WayKey, Place], ...]:
        """The ways that no test has taken; those out of states never entered included."""
        return tuple(row for row in self.all_ways.items() if row[0] not in self.ways)


def coverage_of(flow: Flow, trails: Iterable[Iterable[Entered | Took]]) -> Coverage:
    """Return what the trails have taken of the flow and those that it runs."""
    states: set[StateKey] = set()
    ways: set[WayKey] = set()
    for trail in trails:
        for step in trail:
            match step:
                case Entered(state=state, flow=file):
                    states.add((file, state))
                case Took(flow=file, state=state, way=way):
                    ways.add((file, state, way))
    all_states: dict[StateKey, Place] = {}
    all_ways: dict[WayKey, Place] = {}
    for each in with_runs(flow):
        all_states |= {(each.file, state.name): state.place for state in each.states.values()}
        all_ways |= {(each.file, *way): place for way, place in _ways(each)}
    known_states = frozenset(states & all_states.keys())
    return Coverage(known_states, frozenset(ways & all_ways.keys()), all_states, all_ways)


def _ways(flow: Flow) -> Iterator[tuple[tuple[str, str], Place]]:
    """Yield (state, way) and its place for every way that a call can take."""
    for state in flow.states.values():
        for way, place in _ways_of(state):
            yield (state.name, way), place
    start = flow.states[flow.start].place
    for key, row in flow.always.items():
        for way, place in _rows(f"on {key}", row):
            yield ("", way), place
    for seconds, _ in flow.after:
        yield ("", f"after {seconds:g}"), start
    for kind in flow.provider_down:
        yield ("", f"provider_down {kind}"), start


def _ways_of(state: State) -> Iterator[tuple[str, Place]]:
    if state.next is not None:
        yield "next", state.place
    if state.give_up is not None:
        yield "give_up", state.place
    if isinstance(state.verb, Choose):
        yield from _rows("choose", state.verb.branches)
    for key, row in state.on.items():
        yield from _rows(f"on {key}", row)


def _rows(way: str, row: tuple[Handler, ...]) -> Iterator[tuple[str, Place]]:
    for number, handler in enumerate(row, 1):
        yield way if number == 1 else f"{way} {number}", handler.place
