import json
import re
from pathlib import Path
from typing import Any

import pytest
from editor import PLACES, SCHEMAS, put, tables
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from shipped import BOTS
from tables import each_row

from runtime.flow.conversation.reading import read_conversations
from runtime.flow.dids import read_dids
from runtime.flow.document.keys import Table
from runtime.flow.document.verbs import VERBS
from runtime.flow.reading import read_flow, read_part
from runtime.flow.source import plain, read_source

ROOT = Path(__file__).parents[2]
VALIDATORS = {sort: Draft202012Validator(schema) for sort, schema in SCHEMAS.items()}
STATE = "states: {{a: {{{}}}}}"


def mistakes(text: str, sort: str = "flow") -> list[str]:
    root = read_source(text, "bot.yaml").root
    assert root is not None
    return [error.message for error in VALIDATORS[sort].iter_errors(plain(root))]


@pytest.mark.parametrize("sort", SCHEMAS)
def test_each_schema_is_one_by_its_own_standard(sort: str):
    Draft202012Validator.check_schema(SCHEMAS[sort])


@pytest.mark.parametrize(("sort", "name", "table"), [*tables()], ids=lambda x: getattr(x, "of", x))
def test_every_key_is_described_and_no_other_is_allowed(sort: str, name: str, table: Table):
    schema = SCHEMAS[sort]["$defs"][name] if name else SCHEMAS[sort]
    assert tuple(schema["properties"]) == table.names
    for key in table.keys:
        assert schema["properties"][key.name]["description"].startswith(key.meaning)
    assert schema["additionalProperties"] is False


def test_every_reference_leads_somewhere():
    for schema in SCHEMAS.values():
        for name in set(re.findall(r"#/\$defs/(\w+)", str(schema))):
            assert name in schema["$defs"]


@pytest.mark.parametrize("path", BOTS, ids=lambda p: p.stem)
def test_the_bots_that_ship_fit(path: Path):
    assert mistakes(path.read_text()) == []


@pytest.mark.parametrize("path", sorted((ROOT / "flows").glob("*.yaml")), ids=lambda p: p.name)
def test_what_stands_beside_the_bots_fits(path: Path):
    ends = {".test.yaml": "test", "dids.yaml": "dids", "common.yaml": "part"}
    sort = next((sort for end, sort in ends.items() if path.name.endswith(end)), "flow")
    assert mistakes(path.read_text(), sort) == []


def test_the_bot_of_the_readme_fits():
    [example] = re.findall(r"```yaml\n(greeting.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert mistakes(example) == []


GOOD = (
    STATE.format("hangup: "),
    STATE.format("hangup: true"),
    STATE.format("hangup: 42"),
    STATE.format("hangup: {any: [Bye., {audio: bye.wav, say: Bye.}]}"),
    STATE.format("hangup: {en: Bye., hi-IN: {any: [Namaste.]}}"),
    STATE.format("set: {n: 1, m: null}, next: b"),
    STATE.format("choose: [{when: 1 == 1, next: hangup}, {next: hangup}]"),
    STATE.format('ask: Well?, on: {yes: b, "1": {say: Yes.}, no: [{when: x, next: b}, b]}'),
    STATE.format("ask: Well?, retry: [One., {any: [Two., Three.]}], no_input_after: 1h30m"),
    STATE.format("ask: Well?, barge_in: digits, end_of_speech: 0.5"),
    "greeting: {say: {en: Hi.}, barge_in: false}\n" + STATE.format("hangup: Bye."),
    "always: {on: {goodbye: hangup}, after: {8m: hangup}}\n" + STATE.format("hangup: Bye."),
    "record_call: off\n" + STATE.format("hangup: Bye."),
    "record_call: {after_consent: agreed}\n" + STATE.format("hangup: Bye."),
)


@each_row("text", GOOD)
def test_what_the_language_allows_fits(text: str):
    assert mistakes(text) == []


WRONG = (
    "greeting: Hello.",
    "states: {}",
    "states: {a: }",
    STATE.format("hangup: Bye., tris: 3"),
    STATE.format("hangup: {any: []}"),
    STATE.format("hangup: {any: Bye.}"),
    STATE.format("hangup: {say: Bye.}"),
    STATE.format("hangup: {english: Bye.}"),
    STATE.format("hangup: [Bye.]"),
    STATE.format("ask: Well?, tries: 21"),
    STATE.format("ask: Well?, tries: many"),
    STATE.format("ask: Well?, no_input_after: soon"),
    STATE.format("ask: Well?, barge_in: sometimes"),
    STATE.format("ask: Well?, on: {yes: {goto: a}}"),
    STATE.format("ask: Well?, on: {yes: []}"),
    STATE.format("choose: [{when: 1 == 1}]"),
    STATE.format("set: {9lives: 1}, next: hangup"),
    "callwright: 2\n" + STATE.format("hangup: Bye."),
    "intents: {a: {words: sales}}\n" + STATE.format("hangup: Bye."),
    "intents: {a: {digit: 10}}\n" + STATE.format("hangup: Bye."),
    "voice: {pitch: 21}\n" + STATE.format("hangup: Bye."),
    "phrases: {farewell: Bye.}\n" + STATE.format("hangup: Bye."),
    "settings: {confidence: {accept: 2}}\n" + STATE.format("hangup: Bye."),
    "record_call: sometimes\n" + STATE.format("hangup: Bye."),
    "record_call: {consent: agreed}\n" + STATE.format("hangup: Bye."),
    "always: {after: {later: a}}\n" + STATE.format("hangup: Bye."),
)


@each_row("text", WRONG)
def test_what_the_reader_refuses_does_not_fit(text: str):
    assert read_flow(text, "bot.yaml", open_file=lambda name: None).flow is None
    assert mistakes(text) != []


# -- the schemas and the readers agree -------------------------------------------------------------

FILES = {
    "sound.wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "bot.yaml": b"states: {a: {hangup: Bye.}}",
}
TEXTS = ["Hello.", "3s", "1h 30m", "12", "#", "yes", "en", "date", "keep", "digits", "x y", " ", ""]
NAMES = ["sound.wav", "bot.yaml", "https://example.com/", "body.times", "Asia/Kolkata"]
PLAIN = st.sampled_from([*TEXTS, *NAMES, 0, 1, 3, 21, -1, 0.5, 1.5, 100, True, False, None])
KEYS = st.sampled_from(["a", "en", "any", "say", "audio", "text", "when", "next", "stt", "bot"])
VALUES = st.recursive(
    PLAIN,
    lambda one: st.lists(one, max_size=2) | st.dictionaries(KEYS, one, max_size=2),
    max_leaves=4,
)
ROWS = tuple((sort, name, key) for sort, name, table in tables() for key in table.keys)

BESIDE = {
    ("flow", ""): {"states": {"b": {"hangup": "Bye."}}},
    ("flow", "state"): {"ask": "Hello?", "on": {"yes": "b"}},
    ("flow", "slot"): {"type": "text"},
    ("flow", "request"): {"get": "https://example.com/"},
    ("flow", "summary"): {"ask": "What was agreed?", "save": "agreed"},
    ("flow", "recording"): {"audio": "sound.wav"},
    ("flow", "greeting"): {"say": "Hello."},
    ("test", ""): {"flow": "bot.yaml", "tests": [{"name": "one", "talk": [{"bot": "Bye."}]}]},
    ("test", "test"): {"name": "one", "talk": [{"bot": "Bye."}]},
    ("test", "caller"): {"text": "Hello."},
    ("test", "never"): {"bot": "Bye."},
    ("dids", "did"): {"flow": "bot.yaml"},
    ("dids", "side"): {"flow": "bot.yaml", "share": 100},
    ("dids", "stop_if"): {"errors": "5%"},
}
"""What a file or a table needs besides."""

OF_SHAPE = {"unknown-key", "wrong-type"}
"""What a schema can know."""

OF_MEANING = {
    *("dead-end", "unreachable-state", "loop", "unknown-state", "unknown-intent", "unknown-slot"),
    *("unknown-request", "unknown-variable", "unused-slot", "unused-request", "unused-intent"),
    *("unused-example", "no-question", "no-error", "never-fires", "never-said", "never-heard"),
    *("no-last-resort", "secret", "unknown-flow", "shared-word", "shared-digit", "empty-intent"),
    *("insecure-url", "no-answer", "broken-flow"),
}
"""What can be wrong with a file of the right shape."""


def codes(sort: str, data: object) -> set[str]:
    """Return the rules that the reader of such files finds broken."""
    text = json.dumps(data)
    match sort:
        case "flow":
            problems = read_flow(text, "f.yaml", open_file=FILES.get).problems
        case "part":
            problems = read_part(text, "f.yaml", open_file=FILES.get).problems
        case "test":
            problems = read_conversations(text, "f.yaml", open_file=FILES.get).problems
        case _:
            problems = read_dids(text, "f.yaml", flows=None).problems
    return {problem.code for problem in problems}


def over(below: Any, above: Any) -> Any:
    """Return the data with other data put over it."""
    if isinstance(below, dict) and isinstance(above, dict):
        merged = {name: over(below[name], above[name]) for name in below.keys() & above.keys()}
        return {**below, **above, **merged}
    if isinstance(below, list) and isinstance(above, list) and below and above:
        return [over(below[0], above[0]), *above[1:]]
    return above


def a_file(sort: str, name: str, key: str, value: object) -> Any:
    """Return a file in which that key of that table has that value."""
    beside = {} if name == "state" and key in VERBS else BESIDE.get((sort, name), {})
    own = put(PLACES[sort][name], {**beside, key: value})
    return over(BESIDE.get((sort, ""), {}), own) if name else own


@given(st.sampled_from(ROWS), VALUES)
def test_a_schema_takes_what_a_reader_takes_and_refuses_what_has_another_shape(row, value: object):
    sort, name, key = row
    data = a_file(sort, name, key.name, value)
    found = codes(sort, data)
    if list(VALIDATORS[sort].iter_errors(data)):
        assert found - OF_MEANING, data
    else:
        assert not found & OF_SHAPE, data
