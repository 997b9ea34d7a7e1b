"""The author's files as an editor sees them: tables of keys, where they stand, what is shown."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.flow import dids_schema, schema
from runtime.flow.conversation import schema as conversation_schema
from runtime.flow.conversation.reading import FILE_TABLE
from runtime.flow.dids import DIDS_TABLE
from runtime.flow.document.keys import Table
from runtime.flow.json_schema import Schema
from runtime.flow.reading import FLOW_TABLE, FLOW_TABLE_OF_PARTS

SCHEMAS: Mapping[str, Schema] = {
    "flow": schema.flow_schema(),
    "part": schema.part_schema(),
    "test": conversation_schema.conversations_schema(),
    "dids": dids_schema.dids_schema(),
}
TABLES: Mapping[str, Mapping[str, Table]] = {
    "flow": {"": FLOW_TABLE, **schema.TABLES},
    "part": {"": FLOW_TABLE_OF_PARTS},
    "test": {"": FILE_TABLE, **conversation_schema.TABLES},
    "dids": {"": DIDS_TABLE, **dids_schema.TABLES},
}
DID = "8645012345"
STEP = ("tests", 0, "talk", 0)

At = tuple[str | int, ...]
PLACES: Mapping[str, Mapping[str, At]] = {
    "flow": {
        "": (),
        "state": ("states", "a"),
        "intent": ("intents", "a"),
        "slot": ("slots", "a"),
        "choice": ("slots", "a", "choices", "x"),
        "request": ("requests", "a"),
        "after_call": ("after_call", 0),
        "summary": ("after_call", 0, "summary"),
        "handler": ("states", "a", "on", "yes"),
        "always": ("always",),
        "greeting": ("greeting",),
        "recording": ("states", "a", "say"),
        "choice_of_wordings": ("states", "a", "ask"),
        "settings": ("settings",),
        "confidence": ("settings", "confidence"),
        "limits": ("limits",),
        "record_call": ("record_call",),
        "voice": ("voice",),
    },
    "part": {"": ()},
    "test": {
        "": (),
        "test": ("tests", 0),
        "web_service": ("tests", 0, "requests", "a"),
        "model": ("tests", 0, "model", 0),
        "step": STEP,
        "caller": (*STEP, "caller"),
        "never": (*STEP, "never"),
        "requested": (*STEP, "requested", "a"),
    },
    "dids": {
        "": (),
        "did": ("dids", DID),
        "side": ("dids", DID, "split", 0),
        "stop_if": ("dids", DID, "stop_if"),
    },
}
"""Where in a file a table's keys stand."""


def tables() -> Iterator[tuple[str, str, Table]]:
    """Yield (sort of file, name of the table, table)."""
    for sort, of_sort in TABLES.items():
        for name, table in of_sort.items():
            yield sort, name, table


def put(at: At, value: Any) -> Any:
    """Return the data of a file in which `value` stands there."""
    for step in reversed(at):
        value = [value] if isinstance(step, int) else {step: value}
    return value


def lines_down_to(at: At) -> tuple[list[str], str]:
    """Return the lines of a file down to that place, and what stands before its first key."""
    lines: list[str] = []
    before = ""
    for step in at:
        if isinstance(step, int):
            before += "- "
        else:
            lines.append(f"{before}{step}:")
            before = " " * (len(before) + 2)
    return lines, before


@dataclass
class Editor:
    """Speaks with a language server as an editor does, over its standard input and output."""

    command: list[str]
    folder: Path
    asked: int = 0

    def __enter__(self) -> "Editor":
        self._server = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.folder
        )
        markdown = ["markdown"]
        document = {
            "hover": {"contentFormat": markdown},
            "completion": {"completionItem": {"documentationFormat": markdown}},
        }
        self.ask(
            "initialize",
            processId=None,
            rootUri=self.folder.as_uri(),
            capabilities={"textDocument": document, "workspace": {"configuration": True}},
        )
        self._send(method="initialized", params={})
        return self

    def __exit__(self, *_: object) -> None:
        self.ask("shutdown")
        self._send(method="exit")
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait(10)
        assert self._server.stdout
        self._server.stdout.close()

    def open(self, name: str, text: str) -> str:
        """Open a document; return its address."""
        uri = (self.folder / name).as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send(method="textDocument/didOpen", params={"textDocument": document})
        return uri

    def completions(self, uri: str, line: int, column: int) -> dict[str, str]:
        """Return what is offered at a place, and how it is described."""
        found = self._at("completion", uri, line, column)
        return {item["label"]: str(item.get("documentation")) for item in found["items"]}

    def hover(self, uri: str, line: int, column: int) -> str:
        """Return what is shown over a place."""
        found = self._at("hover", uri, line, column)
        return str(found["contents"]["value"]) if found else ""

    def _at(self, what: str, uri: str, line: int, column: int) -> Any:
        position = {"line": line, "character": column}
        return self.ask(f"textDocument/{what}", textDocument={"uri": uri}, position=position)

    def ask(self, method: str, **params: Any) -> Any:
        """Return the server's answer, after whatever it asks and tells in between."""
        self.asked += 1
        self._send(id=self.asked, method=method, params=params or None)
        while True:
            message = self._next()
            if "method" not in message and message["id"] == self.asked:
                assert "error" not in message, message
                return message.get("result")
            if "method" in message and "id" in message:
                items = message.get("params", {}).get("items", ())
                self._send(id=message["id"], result=[None] * len(items))

    def _send(self, **message: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._server.stdin
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._server.stdin.flush()

    def _next(self) -> Any:
        assert self._server.stdout
        length = 0
        while line := self._server.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server has ended"
        return json.loads(self._server.stdout.read(length))
