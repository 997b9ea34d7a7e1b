"""Errors of the HTTP interface, as RFC 9457 problem documents."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from runtime.store.rows import as_text

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Json(Response):
    """A JSON answer by orjson."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the content as bytes."""
        try:
            return orjson.dumps(content, default=str)
        except orjson.JSONEncodeError:
            # Numbers beyond 64 bits, as a flow's own values may be.
            return as_text(content).encode()


class Refused(Exception):  # noqa: N818 - it reads as what is told
    """A request that is answered with a problem document."""

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] = NO_HEADERS, **more: object
    ) -> None:
        super().__init__(detail)
        self.answer = problem(status, detail, **more)
        self.answer.headers.update(headers)


def problem(status: int, detail: str, **more: object) -> Response:
    """Return a problem document; its title is the status's own phrase."""
    content = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return Json(content, status_code=status, media_type="application/problem+json")


def on_refused(request: Request, error: Exception) -> Response:
    """Answer what we refuse."""
    assert isinstance(error, Refused)
    return error.answer


def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer what Starlette refuses (404, 405 …); OPTIONS tells what a path can do."""
    assert isinstance(error, HTTPException)
    if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        answer = problem(error.status_code, error.detail)
        answer.headers.update(error.headers or {})
        return answer
    allow = ", ".join(sorted(_methods(request)))
    if request.method == "OPTIONS":
        return Response(status_code=204, headers={"allow": allow})
    answer = problem(405, f"{request.method} is not for {request.url.path}; it takes {allow}")
    answer.headers["allow"] = allow
    return answer


def _methods(request: Request) -> set[str]:
    """Return what a path takes: its methods may stand in several routes."""
    methods = {"OPTIONS"}
    for route in request.app.routes:
        if route.matches(request.scope)[0] != Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return methods
