"""`dids.yaml`: which flow answers which number."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import MAPPING, Key, Kind, Table, open_table
from runtime.flow.document.values import VARIABLES, WORD
from runtime.flow.problem import Problem, in_order, suggestion
from runtime.flow.source import Fields, Node, Scalar, read_source

DID_LENGTH = 10


@dataclass(frozen=True, slots=True)
class DidEntry:
    """What answers a number."""

    flow: str
    """The flow's file, relative to that of the DIDs."""
    variables: Mapping[str, object] = field(default_factory=dict)
    """Over the flow's own starting values."""


@dataclass(frozen=True, slots=True)
class Dids:
    """All numbers, each of 10 digits."""

    entries: Mapping[str, DidEntry]
    default: DidEntry | None = None

    def flow_for(self, did: str) -> DidEntry | None:
        """Return what answers `did`, however it is written, else the default."""
        return self.entries.get(normal_did(did) or "", self.default)


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


ENTRY_FLOW = Key("flow", WORD, "The flow's file.", required=True)
ENTRY_VARIABLES = Key("variables", VARIABLES, "Over the flow's own starting values.", "none")
ENTRY_TABLE = Table("a DID", (ENTRY_FLOW, ENTRY_VARIABLES))


def _read_entry(draft: Draft, node: Node) -> DidEntry | None:
    if not isinstance(node, Fields):
        flow = WORD.read(draft, node)
        return DidEntry(flow) if flow else None
    values = open_table(draft, node, ENTRY_TABLE)
    flow = values.get(ENTRY_FLOW) if values else None
    if values is None or flow is None:
        return None
    return DidEntry(flow, values.get_or(ENTRY_VARIABLES, {}))


ENTRIES = Key("dids", MAPPING, "What answers each number: a flow's file, or {flow, variables}.")
DEFAULT = Key("default", Kind("flow's file", _read_entry), "What answers all others.", "nothing")
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
    if default is not None and node is not None:
        _check_flow_file(draft, node, default.flow, flows)
    problems = in_order(draft.problems)
    failed = any(problem.is_error for problem in problems)
    return DidsReading(None if failed else Dids(entries, default), problems)


def _read_entries(
    draft: Draft, fields: Fields, flows: Collection[str] | None
) -> Mapping[str, DidEntry]:
    entries: dict[str, DidEntry] = {}
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
        if entry is not None:
            _check_flow_file(draft, row.value, entry.flow, flows)
        if did is not None:
            lines.setdefault(did, row.key.place.line)
            if entry is not None:
                entries.setdefault(did, entry)
    return entries


def _check_flow_file(draft: Draft, node: Node, flow: str, flows: Collection[str] | None) -> None:
    if flows is None or flow in flows:
        return
    at = node.entries["flow"].value if isinstance(node, Fields) else node
    assert isinstance(at, Scalar)
    draft.error(at, "unknown-flow", f"there is no flow '{flow}'.", suggestion(flow, flows))
