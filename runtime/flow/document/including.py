"""`include`: intents, slots, requests, phrases and `always` of other files, put into a flow's own.

Files are merged as they are written, so that whatever reads or checks the flow afterwards finds
every key with its own place, whichever file it stands in.
"""

from collections.abc import Iterator, Mapping

from runtime.flow.document.draft import Draft
from runtime.flow.document.handlers import ALWAYS_TABLE
from runtime.flow.document.keys import MAPPING, Key, Table, open_table
from runtime.flow.document.values import WORD, list_of
from runtime.flow.problem import Problem
from runtime.flow.source import Entry, Fields, Items, Node, Scalar, read_source

INCLUDE = Key("include", list_of(WORD), "Other files, whose keys are taken in.", "none")
INCLUDED_TABLE = Table(
    "an included file",
    (
        INCLUDE,
        Key("intents", MAPPING, "As in a flow."),
        Key("slots", MAPPING, "As in a flow."),
        Key("requests", MAPPING, "As in a flow."),
        Key("phrases", MAPPING, "As in a flow."),
        Key("always", MAPPING, "As in a flow."),
    ),
)
_SECTIONS = tuple(name for name in INCLUDED_TABLE.names if name != INCLUDE.name)
_ALWAYS = "always"

Entries = dict[str, Entry]


def is_part(root: Node) -> bool:
    """Tell whether a file is no flow, but one that flows include."""
    return (
        isinstance(root, Fields)
        and bool(root.entries)
        and root.entries.keys() <= set(INCLUDED_TABLE.names)
    )


def with_included(draft: Draft, root: Node) -> Node:
    """Return the file with what it includes; its own keys come over included ones."""
    if not isinstance(root, Fields) or INCLUDE.name not in root.entries:
        return root
    taken: dict[str, Entries] = {section: {} for section in _SECTIONS}
    for part in _included(draft, root, {draft.file}):
        for section in _SECTIONS:
            _take(draft, taken[section], _entries(part, section), section)
    entries = dict(root.entries)
    for section in _SECTIONS:
        own = _entries(root, section)
        if section in entries and not isinstance(entries[section].value, Fields):
            continue
        merged = _merged_always(taken[section], own) if section == _ALWAYS else None
        whole = merged if merged is not None else {**taken[section], **own}
        if whole:
            entries[section] = _section(root, section, whole)
    return Fields(root.place, entries)


def _section(root: Fields, section: str, entries: Mapping[str, Entry]) -> Entry:
    own = root.entries.get(section)
    if own is not None:
        return Entry(own.key, Fields(own.value.place, entries))
    first = next(iter(entries.values())).key.place
    return Entry(Scalar(first, section, section), Fields(first, entries))


def _entries(root: Fields, section: str) -> Mapping[str, Entry]:
    entry = root.entries.get(section)
    return entry.value.entries if entry and isinstance(entry.value, Fields) else {}


def _included(draft: Draft, root: Fields, seen: set[str]) -> Iterator[Fields]:
    """Yield the files that are included, each once, after those that it includes itself."""
    entry = root.entries.get(INCLUDE.name)
    if entry is not None:
        # Notes what is no list of names; each is opened by its place.
        INCLUDE.kind.read(draft, entry.value)
    nodes = entry.value.items if entry and isinstance(entry.value, Items) else ()
    for node in nodes:
        part = _open(draft, node, seen) if isinstance(node, Scalar) else None
        if part is not None:
            yield from _included(draft, part, seen)
            yield part


def _open(draft: Draft, node: Scalar, seen: set[str]) -> Fields | None:
    name = draft.named_at(node, node.text.strip())
    file = draft.beside(name)
    if file in seen:
        return None
    seen.add(file)
    text = draft.text_of(node, name, "file")
    if text is None:
        return None
    source = read_source(text, draft.add_file(name, text))
    draft.problems.extend(source.problems)
    values = None if source.root is None else open_table(draft, source.root, INCLUDED_TABLE)
    return None if values is None else values.fields


def _take(draft: Draft, taken: Entries, new: Mapping[str, Entry], section: str) -> None:
    for name, entry in new.items():
        before = taken.get(name)
        if before is None:
            taken[name] = entry
        elif section == _ALWAYS:
            taken[name] = _joined(draft, before, entry)
        else:
            _repeated(draft, name, before, entry)


def _joined(draft: Draft, before: Entry, entry: Entry) -> Entry:
    """Return two files' `always.on` (`after`, `provider_down`) as one."""
    if not (isinstance(before.value, Fields) and isinstance(entry.value, Fields)):
        return before
    joined = dict(before.value.entries)
    for name, inner in entry.value.entries.items():
        if name in joined:
            _repeated(draft, name, joined[name], inner)
        else:
            joined[name] = inner
    return Entry(before.key, Fields(before.value.place, joined))


def _repeated(draft: Draft, name: str, before: Entry, entry: Entry) -> None:
    place = before.key.place
    message = f"'{name}' stands here and already in {place.file}, line {place.line}."
    hint = "Keep one of them, or name it in the flow itself, which goes before both."
    draft.problems.append(Problem(entry.key.place, "error", "repeated-key", message, hint))


def _merged_always(taken: Mapping[str, Entry], own: Mapping[str, Entry]) -> Entries:
    merged = dict(taken)
    for name in ALWAYS_TABLE.names:
        mine, theirs = own.get(name), taken.get(name)
        if mine is None:
            continue
        if theirs and isinstance(theirs.value, Fields) and isinstance(mine.value, Fields):
            both = {**theirs.value.entries, **mine.value.entries}
            merged[name] = Entry(mine.key, Fields(mine.value.place, both))
        else:
            merged[name] = mine
    return {**merged, **{name: entry for name, entry in own.items() if name not in merged}}
