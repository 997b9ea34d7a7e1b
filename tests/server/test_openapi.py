"""The document is made of the routes and shapes themselves; these hold what it says of them."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from fuzzing import fuzz, settings_for
from hypothesis import settings
from jsonschema import Draft202012Validator
from running import running
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.server.openapi import document
from runtime.server.operations import OPERATIONS, SCHEMES


async def nothing(request: Request) -> Response:
    return Response()


ROUTES = [Route(path, nothing, methods=[method]) for method, path in OPERATIONS]
DOCUMENT = document(ROUTES, OPERATIONS, SCHEMES)


def each_operation() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


def test_a_route_that_nothing_is_told_of_keeps_the_server_from_starting():
    with pytest.raises(KeyError):
        document([Route("/v1/secret", nothing)], OPERATIONS, SCHEMES)
    hidden = Route("/", nothing, include_in_schema=False)
    assert document([hidden], OPERATIONS, SCHEMES)["paths"] == {}


@pytest.mark.network
def test_the_document_is_served_and_has_every_route(tmp_path: Path):
    async def ask() -> None:
        async with running(tmp_path) as server:
            served = (await server.get("/v1/openapi.json")).json()
            routes = [x for x in server.house.app.routes if isinstance(x, Route)]
            told = {(m.upper(), path) for path, each in served["paths"].items() for m in each}
            there = {(m, x.path) for x in routes for m in x.methods or () if m != "HEAD"}
            assert told == there
            assert served["openapi"] == "3.1.0"

    asyncio.run(ask())


def test_every_reference_leads_somewhere():
    text = json.dumps(DOCUMENT)
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= DOCUMENT["components"]["schemas"].keys()
    assert named >= {"Problem", "WholeCall", "PlaceCall", "TurnTold", "Gap"}
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_example_is_of_its_schema():
    examples = 0
    for name, operation in each_operation():
        for answer in operation["responses"].values():
            for content in answer.get("content", {}).values():
                if "$ref" in content["schema"] and "example" in content:
                    schema = {**content["schema"], "components": DOCUMENT["components"]}
                    Draft202012Validator(schema).validate(content["example"])
                    examples += 1
        assert operation["summary"], name
    assert examples >= 6


def test_every_operation_below_v1_asks_for_the_token_and_says_what_else_it_answers():
    for name, operation in each_operation():
        answers = operation["responses"]
        if "/v1/" in name:
            assert operation["security"] == [{"token": []}], name
            assert {"401", "422"} <= answers.keys(), name
        elif "webhooks" in name:
            assert operation["security"] == [{"carrier": []}]
        else:
            assert "security" not in operation, name
        if "requestBody" in operation:
            assert "413" in answers, name


@pytest.mark.fuzz
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_property_based_tester_finds_nothing(tmp_path: Path, kind: str):
    with settings_for(kind) as made:
        status, printed = asyncio.run(fuzz(tmp_path, settings.default.max_examples, **made))
    assert status == 0, printed
    [made, passed] = re.findall(r"(\d+) generated, (\d+) passed", printed)[0]
    assert int(made) == int(passed) > 100
