"""`after_call`: what is done when the call has ended, however it ended."""

from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import Key, Kind, Table, open_table
from runtime.flow.document.texts import EXPRESSION, TEMPLATE
from runtime.flow.document.values import FACTS, WORD, is_variable_name
from runtime.flow.model import AfterCall
from runtime.flow.source import Items, Node, Scalar
from runtime.flow.template import Template


def _read_variable(draft: Draft, node: Node) -> str | None:
    name = WORD.read(draft, node)
    if name is None or not isinstance(node, Scalar) or not is_variable_name(draft, node, FACTS):
        return None
    draft.assigned.add(name)
    return name


SUMMARY_ASK = Key("ask", TEMPLATE, "What a language model is asked about the call.", required=True)
SUMMARY_SAVE = Key(
    "save", Kind("variable", _read_variable), "The variable that gets its answer.", required=True
)
SUMMARY_TABLE = Table("'summary'", (SUMMARY_ASK, SUMMARY_SAVE))


def _read_summary(draft: Draft, node: Node) -> tuple[Template, str] | None:
    values = open_table(draft, node, SUMMARY_TABLE)
    if values is None:
        return None
    ask, save = values.get(SUMMARY_ASK), values.get(SUMMARY_SAVE)
    return None if ask is None or save is None else (ask, save)


SUMMARY = Key("summary", Kind("{ask, save}", _read_summary), "Asks a model about the call.")
AFTER_REQUEST = Key("request", WORD, "A request to make.")
AFTER_WHEN = Key("when", EXPRESSION, "The step is taken only where this holds.", "always")
AFTER_CALL_TABLE = Table("a step of 'after_call'", (SUMMARY, AFTER_REQUEST, AFTER_WHEN))


def read_after_call(draft: Draft, node: Node) -> tuple[AfterCall, ...] | None:
    """Read the steps, in order."""
    if not isinstance(node, Items):
        draft.needs(node, "a list of {summary} and {request}")
        return None
    steps = [_read_step(draft, item) for item in node.items]
    return tuple(step for step in steps if step is not None)


def _read_step(draft: Draft, node: Node) -> AfterCall | None:
    values = open_table(draft, node, AFTER_CALL_TABLE)
    if values is None:
        return None
    summary, request = values.get(SUMMARY), values.get(AFTER_REQUEST)
    when = values.get(AFTER_WHEN)
    entries = values.fields.entries
    if (SUMMARY.name in entries) == (AFTER_REQUEST.name in entries):
        message = "a step after the call is either 'summary' or 'request'."
        draft.error(node, "missing-key", message, "Write one of them.")
        return None
    if summary is not None:
        return AfterCall(node.place, ask=summary[0], save=summary[1], when=when)
    return AfterCall(node.place, request=request, when=when) if request else None


AFTER_CALL = Kind("list of steps", read_after_call)
