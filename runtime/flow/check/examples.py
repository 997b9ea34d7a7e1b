"""Examples that mislead the classifier, or never reach it."""

from collections import Counter
from collections.abc import Iterator, Mapping

from runtime.flow.check.subject import Subject
from runtime.flow.model import Flow
from runtime.flow.place import Place
from runtime.flow.problem import Problem
from runtime.flow.source import Items, Scalar, find_fields
from runtime.flow.understanding.confusion import confusions
from runtime.flow.understanding.features import normal
from runtime.flow.understanding.matching import (
    ANSWERS,
    best_match,
    classifiable,
    is_answer_or_digit,
    learnable,
)

MAX_EXAMPLES = 5000


def example_is_taken_for_another_intent(subject: Subject) -> Iterator[Problem]:
    """No example, tried as if it were not written, is taken for another intent in reach."""
    flow = subject.flow
    examples = learnable(flow)
    if _count(examples) > MAX_EXAMPLES:
        return
    menus = dict.fromkeys(classifiable(flow, state) for state in flow.states.values())
    spared = {*_known_by_words(flow), *_of_many(examples)}
    for found in confusions(examples, menus, flow.accept, spared):
        place = _examples(subject, found.intent).get(normal(found.example))
        if place is not None:
            message = (
                f"without this example of '{found.intent}', the bot would take its words for "
                f"'{found.other}'."
            )
            hint = (
                f"Move it to '{found.other}', or give '{found.intent}' more examples that say the "
                "same in other words."
            )
            yield Problem(place, "warning", "confused-example", message, hint)


def examples_are_too_many_to_learn(subject: Subject) -> Iterator[Problem]:
    """The time and memory of learning grow with the square of the examples."""
    examples = learnable(subject.flow)
    if _count(examples) > MAX_EXAMPLES:
        most = max(examples, key=lambda name: len(examples[name]))
        place = subject.key_place("intents", most)
        message = f"the intents have {_count(examples)} examples; {MAX_EXAMPLES} can be learnt."
        hint = f"'{most}' has most of them: ten or twenty an intent do."
        yield Problem(place, "error", "too-many-examples", message, hint)


def _count(examples: Mapping[str, tuple[str, ...]]) -> int:
    return sum(map(len, examples.values()))


def example_never_reaches_the_classifier(subject: Subject) -> Iterator[Problem]:
    """No example is a plain yes, no or digit: these are understood by `words` and `digit` alone."""
    for intent in subject.flow.intents.values():
        for text, place in _examples(subject, intent.name).items():
            if intent.name in ANSWERS:
                message = f"'{intent.name}' is understood by its words alone, never by examples."
            elif is_answer_or_digit(subject.flow, text):
                message = "a plain yes, no or number is never understood by examples."
            else:
                continue
            hint = "Write it under 'words', or a key of the phone under 'digit'."
            yield Problem(place, "warning", "unused-example", message, hint)


def _known_by_words(flow: Flow) -> Iterator[tuple[str, str]]:
    """Yield (intent, example) that the classifier is not asked about: a word of its own decides."""
    for intent in flow.intents.values():
        for text in intent.examples:
            if best_match((intent,), text) is not None:
                yield intent.name, normal(text)


def _of_many(examples: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield (intent, example) of an example that two intents have; that is another rule's."""
    pairs = [(name, text) for name, own in examples.items() for text in {*map(normal, own)}]
    times = Counter(text for _, text in pairs)
    return ((name, text) for name, text in pairs if times[text] > 1)


def _examples(subject: Subject, intent: str) -> dict[str, Place]:
    """Return the examples that the file writes for an intent, and where."""
    entry = find_fields(subject.root, "intents", intent).get("examples")
    items = entry.value if entry else None
    if not isinstance(items, Items):
        return {}
    return {normal(item.text): item.place for item in items.items if isinstance(item, Scalar)}
