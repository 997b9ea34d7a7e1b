"""The OpenAPI document, made from the app's own routes and the shapes that they answer with."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute, Route

from runtime.server.shapes import EVENTS, Problem

SCHEMAS = "#/components/schemas/{model}"

PROBLEM = "application/problem+json"

TOKEN_PATHS = "/v1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation may answer with one status; without a model there is no body."""

    description: str
    model: type[BaseModel] | None = None
    media_type: str = "application/json"
    schema: Mapping[str, object] | None = None
    """Of what is no JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name, what it says."""
    example: object = None


@dataclass(frozen=True, slots=True)
class Operation:
    """What is told of one method of one path."""

    summary: str
    tag: str
    answers: Mapping[int, Answer]
    description: str = ""
    query: type[BaseModel] | None = None
    headers: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """By name, a header that it takes, as OpenAPI says it."""
    body: type[BaseModel] | None = None
    any_body: bool = False
    """It takes any JSON."""
    security: str | None = None
    """A scheme of its own, instead of the token's."""


Operations = Mapping[tuple[str, str], Operation]
"""By method and path."""


def document(
    routes: Iterable[BaseRoute], operations: Operations, schemes: Mapping[str, object]
) -> dict[str, Any]:
    """Return the document. Raises `KeyError` for a route that no operation tells of."""
    paths: dict[str, dict[str, Any]] = {}
    told: list[Operation] = []
    for route in routes:
        if not isinstance(route, Route) or not route.include_in_schema:
            continue
        for method in sorted((route.methods or set()) - {"HEAD"}):
            operation = operations[method, route.path]
            told.append(operation)
            paths.setdefault(route.path, {})[method.lower()] = _operation(
                operation, method, route.path
            )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Callwright",
            "version": version("callwright"),
            "summary": "Phone bots written as YAML: flows, calls and what happens.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": _schemas(told), "securitySchemes": dict(schemes)},
    }


def _operation(operation: Operation, method: str, path: str) -> dict[str, Any]:
    answers = {str(status): _answer(answer) for status, answer in operation.answers.items()}
    words = re.findall(r"[a-z0-9]+", path)
    shown: dict[str, Any] = {
        "operationId": "_".join((method.lower(), *words)),
        "summary": operation.summary,
        "description": operation.description or operation.summary,
        "tags": [operation.tag],
        "responses": answers,
    }
    parameters = [*_in_path(path), *_in_query(operation.query), *_in_header(operation.headers)]
    if parameters:
        shown["parameters"] = parameters
    if operation.body is not None:
        shown["requestBody"] = _body({"$ref": SCHEMAS.format(model=operation.body.__name__)})
    elif operation.any_body:
        shown["requestBody"] = _body({})
    if operation.security is not None:
        shown["security"] = [{operation.security: []}]
    elif path.startswith(TOKEN_PATHS):
        shown["security"] = [{"token": []}]
    return shown


def _body(schema: Mapping[str, object]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _answer(answer: Answer) -> dict[str, Any]:
    shown: dict[str, Any] = {"description": answer.description}
    schema = answer.schema
    if answer.model is not None:
        schema = {"$ref": SCHEMAS.format(model=answer.model.__name__)}
    if schema is not None:
        content: dict[str, Any] = {"schema": schema}
        if answer.example is not None:
            content["example"] = answer.example
        shown["content"] = {answer.media_type: content}
    if answer.headers:
        shown["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in answer.headers.items()
        }
    return shown


def _in_path(path: str) -> list[dict[str, Any]]:
    if "{id}" not in path:
        return []
    schema = {"type": "string", "pattern": "^[0-9A-Za-z]{1,32}$"}
    name = {"name": "id", "in": "path", "required": True, "schema": schema}
    return [{**name, "description": "Our id of a call."}]


def _in_query(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    parameters = []
    for name, schema in model.model_json_schema().get("properties", {}).items():
        shown = {key: value for key, value in schema.items() if key not in ("title", "description")}
        if "anyOf" in shown:
            # Null is the model's way to say that it was left out; a query has none.
            [given] = [each for each in shown["anyOf"] if each != {"type": "null"}]
            shown = given
        text = schema.get("description", "")
        parameters.append({"name": name, "in": "query", "description": text, "schema": shown})
    return parameters


def _in_header(headers: Mapping[str, Mapping[str, object]]) -> list[dict[str, Any]]:
    return [{"name": name, "in": "header", **more} for name, more in headers.items()]


def _schemas(told: Iterable[Operation]) -> dict[str, Any]:
    asked = {operation.body for operation in told if operation.body is not None}
    answered = {
        answer.model
        for operation in told
        for answer in operation.answers.values()
        if answer.model is not None
    }
    every: set[type[BaseModel]] = {Problem, *EVENTS.values(), *asked, *answered}
    models = sorted(every, key=lambda model: model.__name__)
    _, whole = models_json_schema([(model, "validation") for model in models], ref_template=SCHEMAS)
    schemas: dict[str, Any] = whole["$defs"]
    return schemas
