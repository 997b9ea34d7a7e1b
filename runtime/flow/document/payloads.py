"""Data with values to put in: a request's body, what a flow that is run is given."""

import re

from runtime.flow.document.draft import Draft, described
from runtime.flow.document.keys import Kind
from runtime.flow.document.texts import read_braced, read_template
from runtime.flow.request import Payload
from runtime.flow.source import Fields, Items, Node, Scalar

_ONE_VALUE = re.compile(r"\s*\{\{(?!.*\}\}.*\{\{)(.*)\}\}\s*\Z", re.DOTALL)


def read_payload(draft: Draft, node: Node) -> Payload:
    """Read data; a text that is one `{{ … }}` and no more keeps the value's type."""
    match node:
        case Items(items=items):
            return tuple(read_payload(draft, item) for item in items)
        case Fields(entries=entries):
            return {name: read_payload(draft, entry.value) for name, entry in entries.items()}
        case Scalar(value=str()):
            return _read_text(draft, node)
        case _:
            return node.value


def _read_text(draft: Draft, node: Scalar) -> Payload:
    alone = _ONE_VALUE.match(node.text)
    if alone is not None:
        return read_braced(draft, node, alone[1].strip())
    return node.text if not node.text.strip() else read_template(draft, node)


def read_json(draft: Draft, node: Node) -> Payload:
    """Read a body: a mapping or list."""
    if isinstance(node, Scalar):
        draft.error(node, "wrong-type", f"a mapping or list is needed here, not {described(node)}.")
        return None
    return read_payload(draft, node)


JSON: Kind[Payload] = Kind("data", read_json)
