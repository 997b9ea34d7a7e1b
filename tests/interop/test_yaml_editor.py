"""The schemas in the YAML language server that editors run: what it offers and shows."""

import json
import re
import shutil
from pathlib import Path

import pytest
from editor import PLACES, SCHEMAS, Editor, lines_down_to, tables

NODE, NPM = shutil.which("node"), shutil.which("npm")

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not (NODE and NPM), reason="node or npm is missing"),
]


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory, node_packages: Path):
    server = node_packages / "yaml-language-server" / "bin" / "yaml-language-server"
    folder = tmp_path_factory.mktemp("author")
    for sort, schema in SCHEMAS.items():
        (folder / f"{sort}.schema.json").write_text(json.dumps(schema))
    with Editor([NODE, str(server), "--stdio"], folder) as editor:
        yield editor


def document(sort: str, lines: list[str]) -> str:
    return "\n".join((f"# yaml-language-server: $schema={sort}.schema.json", *lines, ""))


def shown(text: str) -> str:
    """Markdown without its escapes."""
    return re.sub(r"\\(.)", r"\1", text)


def test_every_key_is_offered_where_it_may_stand(editor: Editor):
    missing = []
    for sort, name, table in tables():
        lines, before = lines_down_to(PLACES[sort][name])
        uri = editor.open(f"{sort}.{name}.offered.yaml", document(sort, [*lines, before]))
        offered = editor.completions(uri, len(lines) + 1, len(before))
        for key in table.keys:
            if key.meaning not in shown(offered.get(key.name, "")):
                missing.append(f"{sort} {name} {key.name}: {offered.get(key.name)}")
    assert missing == []


def test_every_key_shows_its_meaning(editor: Editor):
    missing = []
    for sort, name, table in tables():
        above, before = lines_down_to(PLACES[sort][name])
        indent = " " * len(before)
        keys = [f"{indent if n else before}{key.name}: x" for n, key in enumerate(table.keys)]
        uri = editor.open(f"{sort}.{name}.shown.yaml", document(sort, [*above, *keys]))
        for number, key in enumerate(table.keys):
            text = shown(editor.hover(uri, len(above) + number + 1, len(before) + 1))
            if key.meaning not in text:
                missing.append(f"{sort} {name} {key.name}: {text}")
    assert missing == []
