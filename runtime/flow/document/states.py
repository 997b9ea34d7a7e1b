"""States: a table of keys, and a row for each verb."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runtime.flow.document.draft import Draft
from runtime.flow.document.handlers import BRANCHES, HANDLER_TABLE, ON
from runtime.flow.document.intents import INTENT_TABLE
from runtime.flow.document.keys import Key, Table, Values, open_table
from runtime.flow.document.settings import Settings
from runtime.flow.document.texts import ASSIGNMENTS, TEXT, WORDINGS
from runtime.flow.document.values import BARGE_IN, DURATION, WORD, whole_number
from runtime.flow.model import BUILT_IN_TARGETS, Ask, Choose, Hangup, Pass, State, Verb
from runtime.flow.problem import listed
from runtime.flow.source import Node, Scalar

_SETTINGS = "that of `settings`"

SAY = Key("say", TEXT, "Said on entering the state.", "nothing")
SET = Key("set", ASSIGNMENTS, "Variables that are set on entering, before anything is said.")
ASK = Key("ask", TEXT, "Speaks, then waits for the caller.")
CHOOSE = Key("choose", BRANCHES, "Branches: the first that holds; the last has no `when`.")
HANGUP = Key("hangup", TEXT, "Says goodbye and ends the call.", "the built-in goodbye")
NEXT = Key("next", WORD, "The state that follows, or a built-in target.")
STATE_ON = Key("on", ON, "What follows what the caller means or what the verb comes to.")
RETRY = Key("retry", WORDINGS, "The question, worded anew each time.", "the question itself")
HELP = Key("help", TEXT, "Said when the caller asks for help here.", "the built-in sentence")
NO_MATCH = Key("no_match", WORDINGS, "Said where the caller was not understood.", "built in")
NO_INPUT = Key("no_input", WORDINGS, "Said where nothing was heard.", "built in")
TRIES = Key("tries", whole_number(1, 20), "Misunderstandings in a row until giving up.", _SETTINGS)
GIVE_UP = Key("give_up", WORD, "The state that follows then.", "`always.on.give_up`, or the end")
STATE_BARGE_IN = Key("barge_in", BARGE_IN, "What stops the bot while it speaks.", _SETTINGS)
NO_INPUT_AFTER = Key("no_input_after", DURATION, "Silence after the bot's last word.", _SETTINGS)
END_OF_SPEECH = Key("end_of_speech", DURATION, "Wait after the caller's last word.", _SETTINGS)

STATE_TABLE = Table(
    "a state",
    (
        SAY,
        SET,
        ASK,
        CHOOSE,
        HANGUP,
        NEXT,
        STATE_ON,
        RETRY,
        HELP,
        NO_MATCH,
        NO_INPUT,
        TRIES,
        GIVE_UP,
        STATE_BARGE_IN,
        NO_INPUT_AFTER,
        END_OF_SPEECH,
    ),
)
_NAMES = frozenset(STATE_TABLE.names)
_ANYWHERE = frozenset(key.name for key in (SAY, SET, STATE_ON, STATE_BARGE_IN))
_WAITING = frozenset(
    key.name
    for key in (RETRY, HELP, NO_MATCH, NO_INPUT, TRIES, GIVE_UP, NO_INPUT_AFTER, END_OF_SPEECH)
)


@dataclass(frozen=True, slots=True)
class VerbRow:
    """How a verb is read, and which keys may stand beside it (some may anywhere)."""

    read: Callable[[Values], Verb | None]
    beside: frozenset[str]


def _ask(values: Values) -> Verb | None:
    text = values.get(ASK)
    return Ask(text) if text else None


def _choose(values: Values) -> Verb | None:
    branches = values.get(CHOOSE)
    return Choose(branches) if branches else None


def _hangup(values: Values) -> Verb | None:
    node = values.node(HANGUP)
    silent = isinstance(node, Scalar) and node.value in (None, True) and node.style == "plain"
    return Hangup(None if silent else values.get(HANGUP))


VERBS: Mapping[str, VerbRow] = {
    ASK.name: VerbRow(_ask, _WAITING),
    CHOOSE.name: VerbRow(_choose, frozenset()),
    HANGUP.name: VerbRow(_hangup, frozenset()),
}
_PASS = VerbRow(lambda _: Pass(), frozenset({NEXT.name}))


def _verb(values: Values, key: Scalar) -> Verb | None:
    """Read the state's one verb; notes keys that do nothing beside it."""
    draft, entries = values.draft, values.fields.entries
    verbs = [name for name in entries if name in VERBS]
    if len(verbs) > 1:
        message = f"a state does one thing, but '{key.text}' has {listed(verbs)}."
        draft.error(entries[verbs[1]].key, "two-verbs", message, "Make two states of it.")
        for name in verbs:
            VERBS[name].read(values)
        return None
    # A key that is not known may well be the verb, misspelt.
    if not verbs and not entries.keys() - (_NAMES - {SAY.name, SET.name}):
        message = f"the state '{key.text}' does nothing."
        hint = f"Give it {listed([SAY.name, SET.name, *VERBS], 'or')}."
        draft.error(key, "empty-state", message, hint)
        return None
    row = VERBS[verbs[0]] if verbs else _PASS
    for name in STATE_TABLE.names:
        if name in entries and name not in row.beside | _ANYWHERE | VERBS.keys():
            users = [verb for verb in VERBS if name in VERBS[verb].beside]
            beside = f"beside '{verbs[0]}'" if verbs else "in a state that only goes on"
            hint = f"It belongs to {listed(users, 'or')}." if users else _elsewhere(name, verbs)
            message = f"'{name}' has no effect {beside}."
            draft.error(entries[name].key, "misplaced-key", message, hint)
    return row.read(values)


def _elsewhere(name: str, verbs: list[str]) -> str:
    if name != NEXT.name or verbs == [HANGUP.name]:
        return ""
    return "What follows stands under 'on'." if verbs == [ASK.name] else "Each branch has its own."


def read_state(draft: Draft, key: Scalar, node: Node, settings: Settings) -> State:
    """Read one state. Where it is wrong, that is noted, and the state stands for its name only."""
    if key.text in BUILT_IN_TARGETS:
        message = f"a state cannot be named '{key.text}': it is a built-in target."
        draft.error(key, "reserved-name", message)
    values = open_table(draft, node, STATE_TABLE, (HANDLER_TABLE, INTENT_TABLE))
    if values is None:
        return State(key.text, key.place, Pass())
    return State(
        key.text,
        key.place,
        verb=_verb(values, key) or Pass(),
        set=values.get_or(SET, ()),
        say=values.get(SAY),
        next=values.get(NEXT),
        on=values.get_or(STATE_ON, {}),
        retry=values.get_or(RETRY, ()),
        help=values.get(HELP),
        no_match=values.get_or(NO_MATCH, ()),
        no_input=values.get_or(NO_INPUT, ()),
        tries=values.get_or(TRIES, settings.tries),
        give_up=values.get(GIVE_UP),
        barge_in=values.get_or(STATE_BARGE_IN, settings.barge_in),
        no_input_after=values.get_or(NO_INPUT_AFTER, settings.no_input_after),
        end_of_speech=values.get_or(END_OF_SPEECH, settings.end_of_speech),
    )
