"""`dids.yaml`: which flow answers which number."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from runtime.flow.did_entry import JUDGED_FROM, WHOLE, DidEntry, Entry, Side, StopIf, Trial
from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import MAPPING, Key, Kind, Table, Values, open_table
from runtime.flow.document.values import VARIABLES, WORD, whole_number
from runtime.flow.problem import Problem, in_order, suggestion
from runtime.flow.source import Fields, Items, Node, Scalar, find, read_source

DID_LENGTH = 10

DEFAULT_NAME = "default"
"""Stands for the DID where the default answers, as in the file."""


@dataclass(frozen=True, slots=True)
class Dids:
    """All numbers, each of 10 digits."""

    entries: Mapping[str, Entry]
    default: Entry | None = None

    def flow_for(self, did: str) -> Entry | None:
        """Return what answers `did`, however it is written, else the default."""
        return self.entries.get(normal_did(did) or "", self.default)

    def named(self) -> Iterable[tuple[str, Entry]]:
        """Iterate over all entries with their DIDs, the default under its own name."""
        yield from self.entries.items()
        if self.default is not None:
            yield DEFAULT_NAME, self.default

    def name_of(self, did: str) -> str:
        """Return the DID of the entry that answers `did`: 10 digits, or the default's name."""
        number = normal_did(did)
        return number if number is not None and number in self.entries else DEFAULT_NAME


@dataclass(frozen=True, slots=True)
class DidsReading:
    """What came of the file: the DIDs unless there is an error, and everything that is wrong."""

    dids: Dids | None
    problems: tuple[Problem, ...]


def normal_did(text: str) -> str | None:
    """Return the number's 10 digits without spaces, `+91` and a leading 0; None if it has others.

    The form that the carrier takes and gives (its streaming document).
    """
    digits = "".join(text.split()).replace("-", "").removeprefix("+91").removeprefix("0")
    is_number = len(digits) == DID_LENGTH and digits.isascii() and digits.isdigit()
    return digits if is_number else None


def caller_key(mobile: str, call_id: str) -> str:
    """Return by what a caller is known again: the number, or the call where it has none."""
    has_number = any(character.isdigit() for character in mobile)
    return (normal_did(mobile) or mobile.strip()) if has_number else call_id


_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*%?\Z")


def _read_percent(draft: Draft, node: Node) -> float | None:
    found = _PERCENT.match(node.text.strip()) if isinstance(node, Scalar) else None
    if found is None:
        draft.needs(node, "a percentage such as 5%")
    elif not 0 < float(found[1]) <= WHOLE:
        draft.error(node, "out-of-range", "a limit is more than 0% and at most 100%.")
    else:
        return float(found[1])
    return None


def _read_share(draft: Draft, node: Node) -> int | None:
    found = _PERCENT.match(node.text.strip()) if isinstance(node, Scalar) else None
    if found is None or "." in found[1] or int(found[1]) > WHOLE:
        draft.needs(node, "a whole percentage from 0 to 100")
        return None
    return int(found[1])


PERCENT = Kind("percentage", _read_percent)
ERRORS = Key("errors", PERCENT, "Calls that ended in an error, from which on it is out.", "none")
GAVE_UP = Key("gave_up", PERCENT, "Calls in which the bot gave up, likewise.", "none")
CALLS = Key("calls", whole_number(1, 1_000_000), "So many must have ended first.", str(JUDGED_FROM))
STOP_TABLE = Table("'stop_if'", (ERRORS, GAVE_UP, CALLS))

SIDE_FLOW = Key("flow", WORD, "The flow's file.", required=True)
SHARE = Key("share", Kind("whole percentage", _read_share), "Of the callers.", required=True)
SIDE_VARIABLES = Key("variables", VARIABLES, "Over those of the DID.", "none")
SIDE_TABLE = Table("a side of a trial", (SIDE_FLOW, SHARE, SIDE_VARIABLES))


def _read_stop_if(draft: Draft, node: Node) -> StopIf | None:
    values = open_table(draft, node, STOP_TABLE)
    if values is None:
        return None
    if values.node(ERRORS) is None and values.node(GAVE_UP) is None:
        draft.error(node, "missing-key", "'stop_if' needs a limit: 'errors', 'gave_up' or both.")
    return StopIf(values.get(ERRORS), values.get(GAVE_UP), values.get_or(CALLS, JUDGED_FROM))


def _read_sides(draft: Draft, node: Node) -> tuple[Side, ...] | None:
    if not isinstance(node, Items):
        draft.needs(node, "a list of sides such as [{flow: old.yaml, share: 90}, …]")
        return None
    if len(node.items) < 2:
        hint = "Where one flow answers all calls, write 'flow' instead."
        draft.error(node, "too-few", "a trial has at least two sides.", hint)
    sides = [_read_side(draft, item) for item in node.items]
    whole = [side for side in sides if side is not None]
    if len(whole) < len(sides):
        return None
    total = sum(side.share for side in whole)
    if total != WHOLE:
        message = f"the shares add up to {total}, not to {WHOLE}."
        draft.error(node, "shares", message, "They are percentages of the callers.")
    return tuple(whole)


def _read_side(draft: Draft, node: Node) -> Side | None:
    values = open_table(draft, node, SIDE_TABLE)
    if values is None:
        return None
    flow, share = values.get(SIDE_FLOW), values.get(SHARE)
    variables = values.get_or(SIDE_VARIABLES, {})
    if flow is None or share is None:
        return None
    return Side(DidEntry(flow, variables), share)


ENTRY_FLOW = Key("flow", WORD, "The flow's file.")
ENTRY_VARIABLES = Key("variables", VARIABLES, "Over the flow's own starting values.", "none")
SPLIT = Key("split", Kind("list of sides", _read_sides), "A trial: several flows share the calls.")
STOP_IF = Key("stop_if", Kind("limits", _read_stop_if), "When a newcomer is taken out.", "never")
ENTRY_TABLE = Table("a DID", (ENTRY_FLOW, ENTRY_VARIABLES, SPLIT, STOP_IF))


def _read_entry(draft: Draft, node: Node) -> Entry | None:
    if not isinstance(node, Fields):
        flow = WORD.read(draft, node)
        return DidEntry(flow) if flow else None
    values = open_table(draft, node, ENTRY_TABLE)
    if values is None:
        return None
    variables = values.get_or(ENTRY_VARIABLES, {})
    if values.node(SPLIT) is not None:
        return _read_trial(values, variables)
    if values.node(STOP_IF) is not None:
        message = "'stop_if' belongs to a trial: it needs 'split' beside it."
        draft.error(values.fields.entries[STOP_IF.name].key, "misplaced-key", message)
    flow = values.get(ENTRY_FLOW)
    if values.node(ENTRY_FLOW) is None:
        draft.error(node, "missing-key", "a DID needs the key 'flow', or 'split' for a trial.")
    return DidEntry(flow, variables) if flow else None


def _read_trial(values: Values, variables: Mapping[str, object]) -> Trial | None:
    draft = values.draft
    if values.node(ENTRY_FLOW) is not None:
        message = "a DID has either 'flow' or 'split'."
        hint = "A flow of a trial is named in the list under 'split'."
        draft.error(values.fields.entries[ENTRY_FLOW.name].key, "misplaced-key", message, hint)
    sides, stop_if = values.get(SPLIT), values.get(STOP_IF)
    if sides is None:
        return None
    return Trial(
        tuple(
            replace(
                side, entry=replace(side.entry, variables={**variables, **side.entry.variables})
            )
            for side in sides
        ),
        stop_if,
    )


ENTRIES = Key("dids", MAPPING, "What answers each number: a flow's file, or a mapping.")
DEFAULT: Key[Entry] = Key(
    "default", Kind("as a DID", _read_entry), "What answers all others.", "nothing"
)
DIDS_TABLE = Table("the DIDs' file", (ENTRIES, DEFAULT))


def read_dids(text: str, file: str, *, flows: Collection[str] | None) -> DidsReading:
    """Read the DIDs; `flows` are the flows' files that exist, None where nobody knows."""
    source = read_source(text, file)
    if source.root is None:
        return DidsReading(None, source.problems)
    draft = Draft(file, text, lambda _: None)
    draft.problems.extend(source.problems)
    values = open_table(draft, source.root, DIDS_TABLE)
    if values is None:
        return DidsReading(None, in_order(draft.problems))
    fields = values.get(ENTRIES)
    entries = _read_entries(draft, fields, flows) if fields else {}
    default, node = values.get(DEFAULT), values.node(DEFAULT)
    if node is not None:
        _check_flow_files(draft, node, flows)
    problems = in_order(draft.problems)
    failed = any(problem.is_error for problem in problems)
    return DidsReading(None if failed else Dids(entries, default), problems)


def _read_entries(
    draft: Draft, fields: Fields, flows: Collection[str] | None
) -> Mapping[str, Entry]:
    entries: dict[str, Entry] = {}
    lines: dict[str, int] = {}
    for written, row in fields.entries.items():
        did = normal_did(written)
        if did is None:
            message = f"'{written}' is not a DID: a DID has {DID_LENGTH} digits."
            draft.error(row.key, "bad-did", message, "+91 or 0 may stand before them.")
        elif did in lines:
            message = f"the DID {did} stands here and already in line {lines[did]}."
            draft.error(row.key, "repeated-key", message, "Keep one of them.")
        entry = _read_entry(draft, row.value)
        _check_flow_files(draft, row.value, flows)
        if did is not None:
            lines.setdefault(did, row.key.place.line)
            if entry is not None:
                entries.setdefault(did, entry)
    return entries


def _check_flow_files(draft: Draft, node: Node, flows: Collection[str] | None) -> None:
    """Note the names of flows that do not exist, wherever in an entry."""
    split = find(node, SPLIT.name) if isinstance(node, Fields) else node
    sides = split.items if isinstance(split, Items) and split is not node else ()
    for at in (node, *sides):
        name = find(at, ENTRY_FLOW.name)
        if flows is None or not isinstance(name, Scalar) or not name.text.strip():
            continue
        flow = name.text.strip()
        if flow not in flows:
            message = f"there is no flow '{flow}'."
            draft.error(name, "unknown-flow", message, suggestion(flow, flows))
