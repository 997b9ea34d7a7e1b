"""States: a table of keys, of which one is the verb."""

from runtime.flow.document.draft import Draft
from runtime.flow.document.handlers import HANDLER_TABLE, ON
from runtime.flow.document.intents import INTENT_TABLE
from runtime.flow.document.keys import Key, Table, Values, open_table
from runtime.flow.document.settings import Settings
from runtime.flow.document.texts import ASSIGNMENTS, TEXT
from runtime.flow.document.values import BARGE_IN
from runtime.flow.document.verbs import (
    ASK,
    CHOOSE,
    COLLECT,
    END_OF_SPEECH,
    GIVE_UP,
    HANDOFF,
    HANGUP,
    HELP,
    NEXT,
    NO_INPUT,
    NO_INPUT_AFTER,
    NO_MATCH,
    PASS,
    PROMPT,
    PROMPTING,
    RECORD,
    REQUEST,
    RETRY,
    RUN,
    SAVE,
    TRIES,
    UP_TO,
    VERBS,
    WITH,
)
from runtime.flow.model import (
    BUILT_IN_TARGETS,
    Pass,
    State,
    Verb,
)
from runtime.flow.problem import listed
from runtime.flow.source import Node, Scalar

SAY = Key("say", TEXT, "Said on entering the state.", "nothing")
SET = Key("set", ASSIGNMENTS, "Variables that are set on entering, before anything is said.")
STATE_ON = Key("on", ON, "What follows what the caller means or what the verb comes to.")
STATE_BARGE_IN = Key(
    "barge_in", BARGE_IN, "What stops the bot while it speaks.", "that of `settings`"
)

STATE_TABLE = Table(
    "a state",
    (
        *(SAY, SET, ASK, COLLECT, PROMPT, REQUEST, CHOOSE, RUN, RECORD, HANDOFF, HANGUP),
        *(NEXT, STATE_ON, RETRY, HELP, NO_MATCH, NO_INPUT, TRIES, GIVE_UP),
        *(*PROMPTING, WITH, SAVE, UP_TO),
        *(STATE_BARGE_IN, NO_INPUT_AFTER, END_OF_SPEECH),
    ),
)
_NAMES = frozenset(STATE_TABLE.names)
_ANYWHERE = frozenset(key.name for key in (SAY, SET, STATE_ON, STATE_BARGE_IN))


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
    row = VERBS[verbs[0]] if verbs else PASS
    for name in STATE_TABLE.names:
        if name in entries and name not in row.beside | _ANYWHERE | VERBS.keys():
            users = [verb for verb in VERBS if name in VERBS[verb].beside]
            beside = f"beside '{verbs[0]}'" if verbs else "in a state that only goes on"
            hint = _elsewhere(verbs) if name == NEXT.name else f"It belongs to {_users(users)}."
            message = f"'{name}' has no effect {beside}."
            draft.error(entries[name].key, "misplaced-key", message, hint)
    return row.read(values)


def _users(verbs: list[str]) -> str:
    return listed(verbs, "or")


def _elsewhere(verbs: list[str]) -> str:
    if verbs == [HANGUP.name]:
        return ""
    return (
        "Each branch has its own." if verbs == [CHOOSE.name] else "What follows stands under 'on'."
    )


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
        places={
            name: entry.key.place
            for name, entry in values.fields.entries.items()
            if name in (NEXT.name, GIVE_UP.name)
        },
    )
