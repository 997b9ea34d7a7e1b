"""Keys and passwords that stand in a file which will be shown around."""

import re
from collections.abc import Iterator

from runtime.flow.check.subject import Subject
from runtime.flow.place import Place
from runtime.flow.problem import Problem
from runtime.flow.source import Fields, Items, Node, Scalar

_NAME = re.compile(
    r"(^|[-_ ])(api[-_]?key|secret|password|passwd|token|authorization|credentials?)$", re.I
)
# Forms that their makers document: OpenAI and Anthropic, AWS, GitHub, Slack, Google; then a
# bearer's or a signed token.
_FORM = re.compile(
    r"\bsk-[A-Za-z0-9_-]{16,}|\bAKIA[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bxox[abpr]-[A-Za-z0-9-]{10,}|\bAIza[A-Za-z0-9_-]{30,}"
    r"|\bBearer +[A-Za-z0-9._~+/-]{12,}|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\."
)
_LEAST = 8


def secret_is_written_in_the_file(subject: Subject) -> Iterator[Problem]:
    """Secrets come from the environment; the message does not repeat the secret."""
    for place in _found(subject.root):
        message = "this looks like a secret, and the file is no place for one."
        hint = "Keep it in the environment, and write {{ env.NAME }} where a request needs it."
        yield Problem(place, "warning", "secret", message, hint)


def _found(root: Node) -> Iterator[Place]:
    waiting: list[tuple[str, Node]] = [("", root)]
    # An alias is the same object again.
    seen: set[int] = set()
    while waiting:
        key, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        match node:
            case Fields(entries=entries):
                waiting.extend((name, entry.value) for name, entry in entries.items())
            case Items(items=items):
                waiting.extend((key, item) for item in items)
            case Scalar(place=place, text=text):
                if _FORM.search(text) or (_NAME.search(key) and _is_literal(text)):
                    yield place


def _is_literal(text: str) -> bool:
    return len(text) >= _LEAST and "{{" not in text and not re.search(r"\s", text)
