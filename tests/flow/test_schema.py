import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from shipped import BOTS
from tables import each_row

from runtime.flow.document.keys import Table
from runtime.flow.reading import FLOW_TABLE, read_flow
from runtime.flow.schema import TABLES, flow_schema
from runtime.flow.source import plain, read_source

ROOT = Path(__file__).parents[2]
SCHEMA = flow_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
STATE = "states: {{a: {{{}}}}}"


def mistakes(text: str) -> list[str]:
    root = read_source(text, "bot.yaml").root
    assert root is not None
    return [error.message for error in VALIDATOR.iter_errors(plain(root))]


def test_the_schema_is_one_by_its_own_standard():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("table", "schema"),
    [(FLOW_TABLE, SCHEMA), *((table, SCHEMA["$defs"][name]) for name, table in TABLES.items())],
    ids=lambda value: value.of if isinstance(value, Table) else "",
)
def test_every_key_is_described_and_no_other_is_allowed(table: Table, schema):
    assert tuple(schema["properties"]) == table.names
    for key in table.keys:
        assert schema["properties"][key.name]["description"].startswith(key.meaning)
    assert schema["additionalProperties"] is False


def test_every_reference_leads_somewhere():
    for name in set(re.findall(r"#/\$defs/(\w+)", str(SCHEMA))):
        assert name in SCHEMA["$defs"]


@pytest.mark.parametrize("path", BOTS, ids=lambda p: p.stem)
def test_the_bots_that_ship_fit(path: Path):
    assert mistakes(path.read_text()) == []


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
    "always: {after: {later: a}}\n" + STATE.format("hangup: Bye."),
)


@each_row("text", WRONG)
def test_what_the_reader_refuses_does_not_fit(text: str):
    assert read_flow(text, "bot.yaml", open_file=lambda name: None).flow is None
    assert mistakes(text) != []
