"""What every HTTP request passes: the token of `/v1`, and what becomes of our own failures."""

import logging
from hashlib import sha256
from hmac import compare_digest

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.server.problems import problem

RETRY_SECONDS = 5
"""After so long a client may ask again what the database could not answer."""

DATABASE_AWAY = (OperationalError, InternalError, InterfaceError, NoConnection, TimeoutError)

log = logging.getLogger(__name__)


class Border:
    """Wraps the app; only requests that show the token reach `/v1`, and none ends in a crash."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._sealed = _seal(token.encode()) if token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; a WebSocket passes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            if has_begun:
                # Half an answer must not look like a whole one: the server breaks it off.
                raise
            await _failure(scope, error)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        path = scope["path"]
        if self._sealed is None or not (path == "/v1" or path.startswith("/v1/")):
            return None
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            challenge = "Bearer"
        elif not compare_digest(_seal(given.strip().encode("latin-1")), self._sealed):
            challenge = 'Bearer error="invalid_token"'
        else:
            return None
        refusal = problem(401, "give the token: Authorization: Bearer …")
        refusal.headers["www-authenticate"] = challenge
        return refusal


def _seal(token: bytes) -> bytes:
    """Of the same length whatever the token, so that a comparison does not tell even that."""
    return sha256(token).digest()


def _failure(scope: Scope, error: Exception) -> Response:
    """Return what is told of an error of ours: nothing of its inside."""
    facts = {"method": scope["method"], "path": scope["path"], "why": type(error).__name__}
    if isinstance(error, DATABASE_AWAY):
        # Without its words: a statement's values are what people said.
        cause = error.orig if isinstance(error, DBAPIError) else error
        log.error("database_away", extra={**facts, "why": type(cause).__name__})
        answer = problem(503, "the database cannot be reached; try again")
        answer.headers["retry-after"] = str(RETRY_SECONDS)
        return answer
    log.error("request_failed", extra=facts, exc_info=error)
    return problem(500, "a fault of Callwright's own; its log tells more")
