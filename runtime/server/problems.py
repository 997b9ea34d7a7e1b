"""Errors of the HTTP interface, as RFC 9457 problem documents."""

from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response


class Json(Response):
    """A JSON answer by orjson."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the content as bytes."""
        return orjson.dumps(content, default=str)


def problem(status: int, detail: str, **more: object) -> Response:
    """Return a problem document; its title is the status's own phrase."""
    content = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return Json(content, status_code=status, media_type="application/problem+json")


def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer what Starlette refuses (404, 405 …)."""
    assert isinstance(error, HTTPException)
    answer = problem(error.status_code, error.detail)
    answer.headers.update(error.headers or {})
    return answer
