"""Reading what a request asks for, strictly: whatever is not understood is refused by name."""

from typing import TypeVar
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from runtime.server.problems import Refused

LARGEST_BODY = 1_000_000
"""Bytes."""

ANSWER_SECONDS = 8.0
"""A database that has not answered a request by then counts as away."""

Model = TypeVar("Model", bound=BaseModel)


def query_of(request: Request, model: type[Model]) -> Model:
    """Return the request's parameters; raises `Refused` (422) with the first bad one's name."""
    try:
        text = request.scope["query_string"].decode("ascii")
        given = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError as exc:
        raise Refused(422, "the parameters are no UTF-8, or too many", field="query") from exc
    names = [name for name, _ in given]
    for name in names:
        if names.count(name) > 1:
            raise Refused(422, f"{name} is given twice", field=name)
    return _valid(model, dict(given))


def id_of(request: Request) -> str:
    """Return the call's id in the path; raises `Refused` (404) where none could be so named."""
    id_: str = request.path_params["id"]
    if not (id_.isascii() and id_.isalnum() and len(id_) <= 32):
        raise no_call(id_)
    return id_


def no_call(id_: str) -> Refused:
    """Return the refusal of a call that is not there."""
    return Refused(404, f"there is no call '{id_}'")


async def body_of(request: Request, model: type[Model]) -> Model:
    """Return the request's JSON body; raises `Refused`: 413, 415, 400, or 422 with the field."""
    content = await json_of(request)
    if not isinstance(content, dict):
        raise Refused(422, "the body is no JSON object", field="body")
    return _valid(model, content)


async def json_of(request: Request) -> object:
    """Return the request's body, any JSON; raises `Refused`: 413, 415 or 400."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refused(415, "send JSON, with content-type: application/json")
    try:
        return orjson.loads(await bytes_of(request))
    except orjson.JSONDecodeError as exc:
        raise Refused(400, "the body is no JSON") from exc


async def bytes_of(request: Request) -> bytes:
    """Return the request's body, whatever it is; raises `Refused` (413) where it is too large."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            raise Refused(413, f"the body has more than {LARGEST_BODY} bytes")
    return bytes(body)


def _valid(model: type[Model], content: dict[str, object]) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        if first["type"] == "extra_forbidden":
            known = ", ".join(model.model_fields) or "none"
            raise Refused(422, f"unknown: {field}; known are: {known}", field=field) from exc
        raise Refused(422, f"{field}: {first['msg']}", field=field) from exc
