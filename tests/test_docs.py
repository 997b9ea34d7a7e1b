"""The documentation is held against the code: what exists is written down."""

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from shipped import BOTS, beside

from providers import registry
from runtime.cli import app
from runtime.flow.builtin import NAMES
from runtime.flow.dids import DIDS_TABLE, ENTRY_TABLE, SIDE_TABLE, STOP_TABLE
from runtime.flow.document.after_call import AFTER_CALL_TABLE, SUMMARY_TABLE
from runtime.flow.document.handlers import ALWAYS_TABLE, HANDLER_TABLE
from runtime.flow.document.including import INCLUDED_TABLE
from runtime.flow.document.intents import INTENT_TABLE
from runtime.flow.document.keys import Table
from runtime.flow.document.record_call import RECORD_CALL_TABLE
from runtime.flow.document.requests import REQUEST_TABLE
from runtime.flow.document.settings import (
    CONFIDENCE_TABLE,
    LIMITS_TABLE,
    SETTINGS_TABLE,
    VOICE_TABLE,
)
from runtime.flow.document.slots import CHOICE_TABLE, SLOT_TABLE
from runtime.flow.document.states import STATE_TABLE
from runtime.flow.document.texts import ANY_TABLE, GREETING_TABLE, SOUND_TABLE
from runtime.flow.engine.state import CALL_FACTS
from runtime.flow.filters import FILTERS
from runtime.flow.model import BUILT_IN_TARGETS
from runtime.flow.phrases import PHRASES
from runtime.flow.reading import FLOW_TABLE, read_flow
from runtime.server.operations import OPERATIONS
from runtime.server.shapes import EVENTS
from runtime.settings import Settings

ROOT = Path(__file__).parents[1]
FLOWS = (ROOT / "docs" / "flows.md").read_text()
TABLES = (
    *(FLOW_TABLE, STATE_TABLE, HANDLER_TABLE, ALWAYS_TABLE, INTENT_TABLE),
    *(SETTINGS_TABLE, CONFIDENCE_TABLE, LIMITS_TABLE, VOICE_TABLE, RECORD_CALL_TABLE),
    *(SLOT_TABLE, CHOICE_TABLE, REQUEST_TABLE, AFTER_CALL_TABLE, SUMMARY_TABLE, INCLUDED_TABLE),
    *(GREETING_TABLE, SOUND_TABLE, ANY_TABLE),
    *(DIDS_TABLE, ENTRY_TABLE, SIDE_TABLE, STOP_TABLE),
)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.of)
def test_every_key_of_the_language_has_its_row(table: Table):
    for key in table.keys:
        row = re.search(rf"^\| `{key.name}` \| {re.escape(key.kind.name)} \|.*$", FLOWS, re.M)
        assert row is not None, key.name
        assert re.search(rf"\| `{key.name}` .*\| {re.escape(key.meaning)} \|", FLOWS), key.name


def test_every_filter_phrase_target_intent_and_fact_is_named():
    for name in (*FILTERS, *PHRASES, *BUILT_IN_TARGETS, *NAMES, *CALL_FACTS):
        assert f"`{name}`" in FLOWS, name


_FAMILIES = {
    "f'unknown-{sort}'": ("unknown-slot", "unknown-request", "unknown-filter", "unknown-test"),
    "f'shared-{sort}'": ("shared-word", "shared-example", "shared-digit"),
    "*BARE_BRACES": ("quotes",),
}
"""Names of rules that are put together where they are used."""


def rules_in(path: Path) -> Iterator[str]:
    """The names of the rules by which a module finds fault."""
    at = {"error": 1, "_error": 1, "_StopError": 1, "Problem": 2}
    text = path.read_text()
    if not any(f"{name}(" in text for name in at):
        return  # to parse all that there is takes long
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if called in at and len(node.args) > at[called]:
                name = ast.unparse(node.args[at[called]])
                yield from _FAMILIES.get(name, (name.strip("'"),))


def test_every_rule_of_check_has_its_row_and_no_other():
    text = (ROOT / "docs" / "check.md").read_text()
    used = {name for path in (ROOT / "runtime" / "flow").rglob("*.py") for name in rules_in(path)}
    # Where a rule's name is handed on.
    used -= {"code", "own.code"}
    assert "dead-end" in used
    assert {*re.findall(r"^\| `([a-z-]+)` \| (?:error|warning)", text, re.M)} == used


def test_every_setting_has_its_row():
    text = (ROOT / "docs" / "settings.md").read_text()
    for section, field in Settings.model_fields.items():
        for key in field.annotation.model_fields:
            assert f"| `{section}.{key}` |" in text, key


def test_every_adapter_is_named():
    text = (ROOT / "docs" / "settings.md").read_text()
    for kind in ("stt", "tts", "llm"):
        for name in registry.known(kind):
            assert f"`{name}`" in text


def test_every_command_is_in_the_readme_and_has_help_with_an_example():
    text = (ROOT / "README.md").read_text()
    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        assert f"callwright {name}" in text, name
        assert "Example" in (command.callback.__doc__ or ""), name


def test_the_bot_of_the_readme_is_a_flow_without_mistakes():
    [example] = re.findall(r"```yaml\n(greeting.*?)```", (ROOT / "README.md").read_text(), re.S)
    reading = read_flow(example, "shop.yaml", open_file=lambda name: None)
    assert reading.problems == ()
    assert len([line for line in example.splitlines() if line]) <= 11


def test_every_link_between_the_documents_leads_somewhere():
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("path", BOTS, ids=lambda p: p.stem)
def test_the_bots_that_ship_have_no_mistakes(path: Path):
    reading = read_flow(path.read_text(), path.name, open_file=beside)
    assert reading.problems == ()


@pytest.mark.openai  # as all that have a section
def test_every_option_of_an_adapter_with_a_section_has_its_row():
    sections = re.split(r"^## ", (ROOT / "docs" / "providers.md").read_text(), flags=re.M)[1:]
    titled = {name[1]: text for text in sections if (name := re.match(r".*\(`(\w+)`\)\n", text))}
    assert {"deepgram", "elevenlabs", "cartesia"} <= set(titled)
    for name, text in titled.items():
        for kind in ("stt", "tts", "llm"):
            if name in registry.PROVIDERS[kind]:
                module, _, adapter = registry.PROVIDERS[kind][name].target.partition(":")
                options = inspect.signature(getattr(import_module(module), adapter)).parameters
                rows = set(re.findall(r"^\| `(\w+)` \|", text, re.M))
                # How it waits is for tests alone.
                assert set(options) - {"sleep"} <= rows, name


def test_every_route_parameter_status_and_event_of_the_http_interface_has_its_row():
    text = (ROOT / "docs" / "http.md").read_text()
    for (method, path), operation in OPERATIONS.items():
        assert f"| `{method} {path}` |" in text, path
        for name in operation.query.model_fields if operation.query else ():
            assert f"| `{name}` |" in text, name
        for status in operation.answers:
            assert status < 300 or f"| {status} |" in text, status
    for kind, shape in EVENTS.items():
        rows = re.findall(rf"^\| `{kind}` \| .*$", text, re.M)
        fields = set(shape.model_fields) - {"at"}
        assert any(fields <= set(re.findall(r"`(\w+)`", row)) for row in rows), kind
