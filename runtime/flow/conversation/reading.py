"""From the text of a `*.test.yaml` to its conversations, with all of its mistakes at once."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from posixpath import normpath
from zoneinfo import ZoneInfo

from runtime.flow.conversation.stand_in_reading import read_model, read_requests
from runtime.flow.conversation.step_reading import read_step
from runtime.flow.conversation.steps import Conversation, Step
from runtime.flow.document.draft import Draft, OpenFile
from runtime.flow.document.keys import Key, Kind, Table, open_table
from runtime.flow.document.values import VARIABLES, WORD
from runtime.flow.model import Flow
from runtime.flow.problem import Problem, in_order
from runtime.flow.reading import read_flow
from runtime.flow.source import Items, Node, Scalar, read_source

TEST_ENDING = ".test.yaml"
DEFAULT_NOW = datetime(2026, 1, 5, 10, 0)  # noqa: DTZ001 - the zone is the flow's
"""A Monday morning: a test without `now` gives the same on every day."""


def _read_now(draft: Draft, node: Node) -> datetime | None:
    try:
        if isinstance(node, Scalar):
            return datetime.fromisoformat(node.text.strip())
    except ValueError:
        pass
    draft.needs(node, "a date with a time, such as 2026-11-22 10:00,")
    return None


def _read_items(draft: Draft, node: Node) -> tuple[Node, ...] | None:
    if isinstance(node, Items) and node.items:
        return node.items
    draft.needs(node, "a list of at least one")
    return None


NAME = Key("name", WORD, "What the test is called; once in a file.", required=True)
NOW = Key("now", Kind("date and time", _read_now), "When the call begins.", "2026-01-05 10:00")
VARIABLES_OVER = Key("variables", VARIABLES, "Over the flow's own starting values.", "none")
TEST_REQUESTS = Key(
    "requests",
    Kind("mapping of a request to its answers", lambda _, node: node),
    "What web services answer: one, or a list of which the last repeats.",
    "none",
)
TEST_MODEL = Key(
    "model",
    Kind("list of answers", lambda _, node: node),
    "What the language model answers, in order.",
    "none",
)
TALK = Key("talk", Kind("list of steps", _read_items), "The call, step by step.", required=True)
CONVERSATION_TABLE = Table("a test", (NAME, NOW, VARIABLES_OVER, TEST_REQUESTS, TEST_MODEL, TALK))

FLOW = Key("flow", WORD, "The flow's file, relative to this one.", required=True)
TESTS = Key("tests", Kind("list of tests", _read_items), "The tests.", required=True)
FILE_TABLE = Table("a file of tests", (FLOW, TESTS))


@dataclass(frozen=True, slots=True)
class ConversationsReading:
    """What came of the file: its tests unless there is an error, and everything that is wrong."""

    conversations: tuple[Conversation, ...]
    problems: tuple[Problem, ...]

    def chosen(self, name: str) -> tuple[Conversation, ...]:
        """Return the tests with that in their name, capitals or not."""
        return tuple(x for x in self.conversations if name.casefold() in x.name.casefold())


def read_conversations(text: str, file: str, *, open_file: OpenFile) -> ConversationsReading:
    """Read a file of tests; `open_file` is asked for the flow, and for the recordings it names."""
    source = read_source(text, file)
    if source.root is None:
        return ConversationsReading((), source.problems)
    draft = Draft(file, text, open_file)
    draft.problems.extend(source.problems)
    values = open_table(draft, source.root, FILE_TABLE, (CONVERSATION_TABLE,))
    if values is None:
        return ConversationsReading((), in_order(draft.problems))
    name, written = values.get(FLOW), values.node(FLOW)
    flow = _flow(draft, written, name) if written is not None and name is not None else None
    conversations: list[Conversation] = []
    lines: dict[str, int] = {}
    for node in values.get_or(TESTS, ()):
        conversation = _read_conversation(draft, node, flow, lines)
        if conversation is not None:
            conversations.append(conversation)
    problems = in_order(draft.problems)
    failed = any(problem.is_error for problem in problems)
    return ConversationsReading(() if failed else tuple(conversations), problems)


def _flow(draft: Draft, node: Node, name: str) -> Flow | None:
    path = normpath(draft.beside(name))
    content = draft.open(name)
    if content is None:
        draft.error(node, "unknown-flow", f"there is no flow '{name}': no file {path}.")
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        draft.error(node, "broken-flow", f"{path} is not UTF-8.")
        return None
    reading = read_flow(text, path, open_file=lambda beside: draft.open(_sibling(name, beside)))
    if reading.flow is None:
        hint = f"'callwright check {path}' explains them."
        draft.error(node, "broken-flow", f"the flow '{name}' has mistakes.", hint)
    return reading.flow


def _sibling(name: str, beside: str) -> str:
    return str(PurePath(name).parent / beside)


def _read_conversation(
    draft: Draft, node: Node, flow: Flow | None, lines: dict[str, int]
) -> Conversation | None:
    """Read one test; `lines` are those of the names before it, and take its own."""
    values = open_table(draft, node, CONVERSATION_TABLE)
    if values is None:
        return None
    name, written = values.get(NAME), values.node(NAME)
    if name is not None and written is not None:
        if name in lines:
            message = f"a test of this name stands already in line {lines[name]}."
            draft.error(written, "repeated-name", message, "Give each its own.")
        lines.setdefault(name, written.place.line)
    now = values.get_or(NOW, DEFAULT_NOW)
    variables = values.get_or(VARIABLES_OVER, {})
    asked, led = values.node(TEST_REQUESTS), values.node(TEST_MODEL)
    requests = read_requests(draft, asked, flow) if asked is not None else None
    model = read_model(draft, led, flow) if led is not None else None
    read = [read_step(draft, step, flow) for step in values.get_or(TALK, ())]
    talk: tuple[Step, ...] = tuple(step for step in read if step is not None)
    if name is None or flow is None:
        return None
    zone = ZoneInfo(flow.timezone)
    at = (now if now.tzinfo else now.replace(tzinfo=zone)).timestamp()
    return Conversation(name, node.place, flow, at, talk, variables, requests or {}, model or ())
