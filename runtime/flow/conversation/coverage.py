"""Which states and ways of a flow its tests have taken, and which never."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runtime.flow import ways
from runtime.flow.engine.effects import Entered, Took
from runtime.flow.model import Flow, with_runs
from runtime.flow.place import Place

StateKey = tuple[str, str]
"""(the flow's file, the state)"""

WayKey = tuple[str, str, str]
"""(the flow's file, the state or "" for `always`, the way as the engine names it)"""

Trail = Iterable[Entered | Took]

VOICEMAIL = ways.on("voicemail")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was taken, of all that there is in a flow and in those that it runs."""

    states: frozenset[StateKey]
    ways: frozenset[WayKey]
    all_states: Mapping[StateKey, Place]
    all_ways: Mapping[WayKey, Place]
    untestable: Mapping[WayKey, Place]
    """Ways that no test can take; they are not among `all_ways`."""

    @property
    def missing_states(self) -> tuple[tuple[StateKey, Place], ...]:
        """The states that no test has entered, as they stand in the files."""
        return tuple(row for row in self.all_states.items() if row[0] not in self.states)

    @property
    def missing_ways(self) -> tuple[tuple[WayKey, Place], ...]:
        """The ways that no test has taken; those out of states never entered included."""
        return tuple(row for row in self.all_ways.items() if row[0] not in self.ways)

    def of_file(self, file: str) -> "Coverage":
        """Return what of it belongs to the flow of one file."""
        return Coverage(
            frozenset(key for key in self.states if key[0] == file),
            frozenset(key for key in self.ways if key[0] == file),
            {key: place for key, place in self.all_states.items() if key[0] == file},
            {key: place for key, place in self.all_ways.items() if key[0] == file},
            {key: place for key, place in self.untestable.items() if key[0] == file},
        )


def coverage_of(flow: Flow, trails: Iterable[Trail]) -> Coverage:
    """Return what the trails have taken of the flow and those that it runs."""
    states: set[StateKey] = set()
    taken: set[WayKey] = set()
    for trail in trails:
        for step in trail:
            match step:
                case Entered(state=state, flow=file):
                    states.add((file, state))
                case Took(flow=file, state=state, way=way):
                    taken.add((file, state, way))
    all_states: dict[StateKey, Place] = {}
    all_ways: dict[WayKey, Place] = {}
    untestable: dict[WayKey, Place] = {}
    for each in with_runs(flow):
        all_states |= {(each.file, state.name): state.place for state in each.states.values()}
        # Only the clock of the flow that takes the call is wound.
        out_of_reach = {VOICEMAIL, *(ways.after(at) for at, _ in each.after if each is not flow)}
        for one in ways.ways_of(each):
            is_untestable = not one.state and one.name in out_of_reach
            row = untestable if is_untestable else all_ways
            row[(each.file, one.state, one.name)] = one.place
    known_states = frozenset(states & all_states.keys())
    return Coverage(
        known_states, frozenset(taken & all_ways.keys()), all_states, all_ways, untestable
    )


def by_file(coverages: Iterable[Coverage]) -> Mapping[str, Coverage]:
    """Return what all of these have taken together, flow by flow, by the file of each."""
    states: set[StateKey] = set()
    taken: set[WayKey] = set()
    all_states: dict[StateKey, Place] = {}
    all_ways: dict[WayKey, Place] = {}
    untestable: dict[WayKey, Place] = {}
    for coverage in coverages:
        states |= coverage.states
        taken |= coverage.ways
        all_states |= coverage.all_states
        all_ways |= coverage.all_ways
        untestable |= coverage.untestable
    never = {key: place for key, place in untestable.items() if key not in all_ways}
    whole = Coverage(frozenset(states), frozenset(taken), all_states, all_ways, never)
    return {file: whole.of_file(file) for file in dict.fromkeys(file for file, _ in all_states)}
