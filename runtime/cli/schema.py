"""`callwright schema`: what editors complete and check flow files by."""

import json

import typer

from runtime.flow.schema import flow_schema


def schema() -> None:
    """Print the JSON Schema of a flow file.

    Example: callwright schema > flow.schema.json

    An editor with the YAML language server goes by it where a flow file begins with the line
    `# yaml-language-server: $schema=flow.schema.json`.
    """
    typer.echo(json.dumps(flow_schema(), indent=2, ensure_ascii=False))
