"""What the caller may mean: the flow's own intents, over the built-in ones."""

from collections.abc import Mapping
from dataclasses import replace

from runtime.flow.builtin import builtin_intents
from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import Key, Table, open_table
from runtime.flow.document.patterns import PATTERN
from runtime.flow.document.texts import TEXT
from runtime.flow.document.values import DIGIT, DIGITS, FLAG, WORD, list_of
from runtime.flow.model import Intent
from runtime.flow.source import Fields, Node, Scalar

EVENTS = ("error", "give_up", "over_limit", "voicemail", "caller_hung_up")
"""Keys of `always.on` that are no intents."""

DESCRIPTION = Key("description", WORD, "For a language model and the graph.", "none")
EXAMPLES = Key("examples", list_of(WORD), "Sentences that the classifier learns from.", "none")
WORDS = Key("words", list_of(WORD), "Any of these said is enough.", "none")
PATTERNS = Key("patterns", list_of(PATTERN), "Any of these found is enough.", "none")
INTENT_DIGIT = Key("digit", DIGIT, "The key of the phone that means the same.", "none")
ANSWER = Key("answer", TEXT, "Said wherever it is asked; then the caller is asked again.", "none")
REPLACE = Key("replace", FLAG, "Forget the built-in intent of this name first.", "false")
INTENT_TABLE = Table(
    "an intent", (DESCRIPTION, EXAMPLES, WORDS, PATTERNS, INTENT_DIGIT, ANSWER, REPLACE)
)


def read_intents(draft: Draft, fields: Fields | None, language: str) -> Mapping[str, Intent]:
    """Return the built-in intents of the language, extended or replaced by the author's."""
    built_in = builtin_intents(language)
    intents = dict(built_in)
    for name, entry in (fields.entries if fields else {}).items():
        intent = _read_intent(draft, entry.key, entry.value, built_in)
        if intent is not None:
            intents[name] = intent
    return intents


def _read_intent(
    draft: Draft, key: Scalar, node: Node, built_in: Mapping[str, Intent]
) -> Intent | None:
    name = key.text
    if name in DIGITS or name in EVENTS:
        sort = "a key of the phone" if name in DIGITS else "an event"
        draft.error(key, "reserved-name", f"an intent cannot be named '{name}': it is {sort}.")
    before = draft.errors
    values = open_table(draft, node, INTENT_TABLE)
    if values is None:
        return Intent(name, key.place, description="?")
    intent = Intent(
        name,
        key.place,
        description=values.get_or(DESCRIPTION, ""),
        examples=values.get_or(EXAMPLES, ()),
        words=values.get_or(WORDS, ()),
        patterns=values.get_or(PATTERNS, ()),
        digit=values.get(INTENT_DIGIT),
        answer=values.get(ANSWER),
    )
    is_replaced = values.get_or(REPLACE, False)
    if name in built_in and not is_replaced:
        words = built_in[name].words + intent.words
        return replace(intent, words=tuple(dict.fromkeys(words)))
    known_by = (intent.examples, intent.words, intent.patterns, intent.digit, intent.description)
    if not any(known_by) and draft.errors == before:
        message = f"nothing says how the intent '{name}' is recognised."
        draft.error(key, "empty-intent", message, "Give it words or examples.")
    return intent
