"""Imports follow the house: what is pure does no I/O, and arrows point down only."""

import ast
from functools import cache
from pathlib import Path

import pytest
from tables import each_row

ROOT = Path(__file__).parents[2]
IMPURE = {"asyncio", "time", "random", "socket", "starlette", "providers"}

PURE_MESSAGES = (
    *("messages", "rtp", "reorder", "inbound", "wav", "token", "telephone_event"),
    *("phone_number", "call_order", "stand_in/refusal"),
)
PURE = sorted(
    [
        *(ROOT / "runtime" / "flow").rglob("*.py"),
        *(ROOT / "runtime" / "audio").rglob("*.py"),
        *(ROOT / "runtime" / "carrier" / f"{name}.py" for name in PURE_MESSAGES),
    ]
)

BELOW = {
    "cli": {"server", "outbound", "call", "store", "carrier", "audio", "flow", "settings"},
    "server": {"outbound", "call", "store", "carrier", "audio", "flow", "settings"},
    "outbound": {"call", "store", "carrier", "audio", "flow", "settings"},
    "call": {"store", "carrier", "audio", "flow", "settings", "niceness"},
    "store": {"flow", "niceness"},
    "carrier": {"audio"},
    "audio": set(),
    "flow": set(),
    "settings": set(),
    "niceness": set(),
}
"""What of `runtime` each room may use besides itself."""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def imports(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports, wherever in it."""
    found: set[str] = set()
    nodes: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.expr):
            continue  # no import stands within one, and most of a file is expressions
        nodes.extend(ast.iter_child_nodes(node))
        match node:
            case ast.Import(names=names):
                found.update(alias.name for alias in names)
            case ast.ImportFrom(level=0, module=str(module), names=names):
                found.update(f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom(level=level) if level:
                raise AssertionError(f"{relative(path)}:{node.lineno} imports relatively")
    return found


def rooms(path: Path) -> set[str]:
    """Return the rooms of `runtime` that a file uses."""
    names = (name.split(".") for name in imports(path))
    return {parts[1] for parts in names if parts[0] == "runtime" and len(parts) > 1}


def clock_or_wire(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)} & IMPURE


@each_row("path", PURE)
def test_what_is_pure_has_no_clock_no_chance_and_no_wire(path):
    assert clock_or_wire(path) == set()


def test_no_room_is_forgotten():
    packages = {path.parent.name for path in (ROOT / "runtime").glob("*/__init__.py")}
    modules = {path.stem for path in (ROOT / "runtime").glob("*.py")} - {"__init__"}
    assert packages | modules == BELOW.keys()


@pytest.mark.parametrize("room", sorted(BELOW))
def test_arrows_point_down_only(room):
    single = ROOT / "runtime" / f"{room}.py"
    files = [single] if single.exists() else sorted((ROOT / "runtime" / room).rglob("*.py"))
    assert files
    upwards = {relative(path): rooms(path) - BELOW[room] - {room} for path in files}
    assert {path: names for path, names in upwards.items() if names} == {}


def test_providers_know_of_the_runtime_only_its_audio():
    files = sorted((ROOT / "providers").rglob("*.py"))
    assert files
    others = {relative(path): rooms(path) - {"audio"} for path in files}
    assert {path: names for path, names in others.items() if names} == {}


def test_an_import_is_seen_wherever_it_stands(tmp_path):
    path = tmp_path / "late.py"
    path.write_text("def now():\n    from time import time\n    import runtime.call.mouth\n")
    assert clock_or_wire(path) == {"time"}
    assert rooms(path) == {"call"}
