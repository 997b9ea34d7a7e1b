"""The verbs: a row for each, with what may stand beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.flow.document.draft import Draft
from runtime.flow.document.handlers import BRANCHES
from runtime.flow.document.keys import Key, Kind, Values
from runtime.flow.document.payloads import read_payload
from runtime.flow.document.texts import TEMPLATE, TEXT, WORDINGS
from runtime.flow.document.values import (
    DURATION,
    FACTS,
    WORD,
    choice,
    is_variable_name,
    list_of,
    whole_number,
)
from runtime.flow.model import (
    Ask,
    Choose,
    Collect,
    Context,
    Fetch,
    Flow,
    Handoff,
    Hangup,
    Pass,
    Prompt,
    Record,
    Run,
    Verb,
)
from runtime.flow.problem import suggestion
from runtime.flow.request import Payload
from runtime.flow.source import Fields, Node, Scalar

_SETTINGS = "that of `settings`"


def _unread(_: Draft, node: Node) -> Node:
    return node


def _read_given(draft: Draft, node: Node) -> tuple[tuple[str, Payload], ...] | None:
    if not isinstance(node, Fields):
        draft.needs(node, "a mapping such as {topic: visit}")
        return None
    return tuple((name, read_payload(draft, entry.value)) for name, entry in node.entries.items())


NAMES = list_of(WORD)
SAVED: Kind[Node] = Kind("a variable, or a mapping of variables", _unread)

ASK = Key("ask", TEXT, "Speaks, then waits for the caller.")
COLLECT = Key("collect", NAMES, "Slots to fill, in order; asks only for what is missing.")
PROMPT = Key("prompt", TEMPLATE, "What a language model is told, which leads from here.")
REQUEST = Key("request", WORD, "A request to make.")
CHOOSE = Key("choose", BRANCHES, "Branches: the first that holds; the last has no `when`.")
RUN = Key("run", WORD, "Another flow's file; then it goes on here.")
RECORD = Key("record", TEXT, "Speaks, sounds a tone, then records what the caller says.")
HANDOFF = Key("handoff", WORD, "The request that passes the conversation to people.")
HANGUP = Key("hangup", TEXT, "Says goodbye and ends the call.", "the built-in goodbye")

NEXT = Key("next", WORD, "The state that follows, or a built-in target.")
RETRY = Key("retry", WORDINGS, "The question, worded anew each time.", "the question itself")
HELP = Key("help", TEXT, "Said when the caller asks for help here.", "the built-in sentence")
NO_MATCH = Key("no_match", WORDINGS, "Said where the caller was not understood.", "built in")
NO_INPUT = Key("no_input", WORDINGS, "Said where nothing was heard.", "built in")
TRIES = Key("tries", whole_number(1, 20), "Misunderstandings in a row until giving up.", _SETTINGS)
GIVE_UP = Key("give_up", WORD, "The state that follows then.", "`always.on.give_up`, or the end")
NO_INPUT_AFTER = Key("no_input_after", DURATION, "Silence after the bot's last word.", _SETTINGS)
END_OF_SPEECH = Key("end_of_speech", DURATION, "Wait after the caller's last word.", _SETTINGS)
TOOLS = Key("tools", NAMES, "Requests that the model may make.", "none")
PROMPT_SLOTS = Key("slots", NAMES, "Slots that it may fill, by their own rules.", "none")
CONTEXT = Key(
    "context",
    choice({way.value: way for way in Context}),
    "What of the conversation before it is told.",
    "keep",
)
PROMPT_TURNS = Key("turns", whole_number(1, 100), "Its turns until it gives up.", "12")
PROMPT_HOLD = Key(
    "hold", TEXT, "Said when the model takes over two seconds, again every five.", "nothing"
)
WITH = Key(
    "with", Kind("mapping of a name to a value", _read_given), "Its starting variables.", "none"
)
SAVE = Key("save", SAVED, "`record`: the variable; `run`: our variables, by its own.", "none")
UP_TO = Key("up_to", DURATION, "The longest recording.", "60s")

PROMPTING = (TOOLS, PROMPT_SLOTS, CONTEXT, PROMPT_TURNS, PROMPT_HOLD)
"""What may stand beside `prompt` alone."""

_LISTENING = (NO_MATCH, NO_INPUT, TRIES, GIVE_UP, HELP, NO_INPUT_AFTER, END_OF_SPEECH)


@dataclass(frozen=True, slots=True)
class VerbRow:
    """How a verb is read, and which keys may stand beside it (some may anywhere)."""

    read: Callable[[Values], Verb | None]
    keys: tuple[Key[Any], ...] = ()

    @property
    def beside(self) -> frozenset[str]:
        """The keys' names."""
        return frozenset(key.name for key in self.keys)


def _ask(values: Values) -> Verb | None:
    text = values.get(ASK)
    return Ask(text) if text else None


def _collect(values: Values) -> Verb | None:
    slots = values.get(COLLECT)
    if slots == ():
        values.draft.needs(values.fields.entries[COLLECT.name].value, "a list of slots")
    return Collect(slots) if slots else None


def _prompt(values: Values) -> Verb | None:
    text = values.get(PROMPT)
    tools, slots = values.get_or(TOOLS, ()), values.get_or(PROMPT_SLOTS, ())
    context, turns = values.get_or(CONTEXT, Context.KEEP), values.get_or(PROMPT_TURNS, 12)
    hold = values.get(PROMPT_HOLD)
    return Prompt(text, tools, slots, context, turns, hold) if text else None


def _request(values: Values) -> Verb | None:
    name = values.get(REQUEST)
    return Fetch(name) if name else None


def _choose(values: Values) -> Verb | None:
    branches = values.get(CHOOSE)
    return Choose(branches) if branches else None


def _record(values: Values) -> Verb | None:
    text, up_to = values.get(RECORD), values.get_or(UP_TO, 60.0)
    node = values.get(SAVE)
    name = WORD.read(values.draft, node) if node is not None else None
    if name is not None and isinstance(node, Scalar):
        if not is_variable_name(values.draft, node, FACTS):
            return None
        values.draft.assigned.add(name)
    return Record(text, up_to, name) if text else None


def _handoff(values: Values) -> Verb | None:
    name = values.get(HANDOFF)
    return Handoff(name) if name else None


def _hangup(values: Values) -> Verb | None:
    node = values.node(HANGUP)
    silent = isinstance(node, Scalar) and node.value in (None, True) and node.style == "plain"
    return Hangup(None if silent else values.get(HANGUP))


def _run(values: Values) -> Verb | None:
    given, saved = values.get_or(WITH, ()), _run_saves(values)
    node = values.node(RUN)
    if values.get(RUN) is None or not isinstance(node, Scalar):
        return None
    flow = values.draft.read_run(node)
    if flow is None:
        return None
    _check_given(values, flow)
    _check_saved(values, flow)
    return Run(flow, given, saved)


def _run_saves(values: Values) -> tuple[tuple[str, str], ...]:
    node, draft = values.get(SAVE), values.draft
    if node is None:
        return ()
    if not isinstance(node, Fields):
        draft.needs(node, "a mapping of our variables to its, such as {score: rating}")
        return ()
    saved: list[tuple[str, str]] = []
    for ours, entry in node.entries.items():
        its = WORD.read(draft, entry.value)
        if is_variable_name(draft, entry.key, FACTS) and its is not None:
            draft.assigned.add(ours)
            saved.append((ours, its))
    return tuple(saved)


def _check_given(values: Values, flow: Flow) -> None:
    node = values.node(WITH)
    known = flow.variables.keys() | flow.slots.keys()
    for name, entry in (node.entries if isinstance(node, Fields) else {}).items():
        if name not in known:
            message = f"{flow.file} has no variable '{name}'."
            hint = suggestion(name, known) or "Name it there under 'variables'."
            values.draft.error(entry.key, "unknown-variable", message, hint)


def _check_saved(values: Values, flow: Flow) -> None:
    node = values.get(SAVE)
    for entry in (node.entries if isinstance(node, Fields) else {}).values():
        if isinstance(entry.value, Scalar) and entry.value.text.strip() not in flow.names:
            name = entry.value.text.strip()
            message = f"{flow.file} has no variable '{name}'."
            hint = suggestion(name, flow.names)
            values.draft.error(entry.value, "unknown-variable", message, hint)


VERBS: Mapping[str, VerbRow] = {
    ASK.name: VerbRow(_ask, (RETRY, *_LISTENING)),
    COLLECT.name: VerbRow(_collect, (NEXT, *_LISTENING)),
    PROMPT.name: VerbRow(_prompt, (*PROMPTING, *_LISTENING)),
    REQUEST.name: VerbRow(_request, (NEXT,)),
    CHOOSE.name: VerbRow(_choose),
    RUN.name: VerbRow(_run, (WITH, SAVE, NEXT)),
    RECORD.name: VerbRow(_record, (UP_TO, SAVE, NEXT)),
    HANDOFF.name: VerbRow(_handoff, (NEXT,)),
    HANGUP.name: VerbRow(_hangup),
}
PASS = VerbRow(lambda _: Pass(), (NEXT,))
