"""`callwright schema`: what editors complete and check the author's files by."""

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated

import typer

from runtime.flow.conversation.schema import conversations_schema
from runtime.flow.dids_schema import dids_schema
from runtime.flow.json_schema import Schema
from runtime.flow.schema import flow_schema, part_schema


class Sort(StrEnum):
    """The author's files."""

    FLOW = "flow"
    PART = "part"
    TEST = "test"
    DIDS = "dids"


_SCHEMAS: Mapping[Sort, Callable[[], Schema]] = {
    Sort.FLOW: flow_schema,
    Sort.PART: part_schema,
    Sort.TEST: conversations_schema,
    Sort.DIDS: dids_schema,
}


def schema(
    sort: Annotated[
        Sort,
        typer.Option("--for", help="A flow, a part that flows include, *.test.yaml, or dids.yaml."),
    ] = Sort.FLOW,
) -> None:
    """Print the JSON Schema of a flow file.

    Example: callwright schema > flow.schema.json

    An editor with the YAML language server goes by it where a flow file begins with the line
    `# yaml-language-server: $schema=flow.schema.json`.
    """
    typer.echo(json.dumps(_SCHEMAS[sort](), indent=2, ensure_ascii=False))
