"""The media WebSocket: the carrier is the client, one connection is one call."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from time import time
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from runtime.call.equipment import Equipment
from runtime.call.record import CallRecord
from runtime.call.session import CallSession
from runtime.call.tasks import Tasks
from runtime.carrier import messages
from runtime.carrier.messages import CloseCode, Connected, WireError
from runtime.carrier.token import did_token_is_right, is_call_token
from runtime.flow.dids import normal_did
from runtime.outbound.outgoing_call import Claimed, OutgoingCalls
from runtime.server.flows import Answer, FlowShelf
from runtime.server.listening import LISTEN, Listen
from runtime.server.switchboard import Switchboard

REGISTRATION_SECONDS = 10.0
"""A connection without `connected` for so long is closed (the carrier's document)."""

log = logging.getLogger(__name__)


class Refusal(Exception):  # noqa: N818 - it reads as what is done
    """The connection becomes no call; `why` is short and goes to the carrier."""

    def __init__(self, code: CloseCode, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


@dataclass(frozen=True, slots=True)
class MediaSocket:
    """Answers `/media` and `/media/{did}`."""

    shelf: FlowShelf
    switchboard: Switchboard
    equipment: Equipment
    outgoing: OutgoingCalls
    secret: str | None

    async def answer(self, websocket: WebSocket) -> None:
        """Take one connection, from its handshake to its close."""
        await websocket.accept()
        try:
            session, ended = await self._register(websocket)
        except Refusal as refusal:
            self.equipment.figures.refused.labels(refusal.why).inc()
            log.warning("call_refused", extra={"why": refusal.why})
            await _close(websocket, refusal.code, refusal.why)
            return
        except WebSocketDisconnect:
            return
        self.switchboard.connect(session)
        try:
            async with Tasks() as tasks:
                reading = tasks.create_task(_read(websocket, session))
                await session.run(partial(_close, websocket))
                reading.cancel()
        finally:
            self.switchboard.disconnect(session)
            ended(session.record.end_reason or "fault")

    async def _register(self, websocket: WebSocket) -> tuple[CallSession, Callable[[str], None]]:
        """Return the call, and what is to be told its end reason."""
        refusal = self.switchboard.refuses()
        token = websocket.query_params.get("token", "")
        if not is_call_token(token):
            self._check_token(websocket)
        if refusal is not None:
            raise Refusal(CloseCode.POLICY_VIOLATION, refusal)
        if not is_call_token(token):
            return await self._begin(websocket, None)
        placed = await self._claim(websocket, token)
        try:
            return await self._begin(websocket, placed)
        except (Refusal, WebSocketDisconnect):
            # Its token is used: it can never be connected.
            await self.outgoing.end(placed.id, "failed", self.equipment.clock())
            raise

    async def _begin(
        self, websocket: WebSocket, placed: Claimed | None
    ) -> tuple[CallSession, Callable[[str], None]]:
        try:
            async with asyncio.timeout(REGISTRATION_SECONDS):
                connected = await _first_message(websocket)
        except TimeoutError as exc:
            raise Refusal(CloseCode.POLICY_VIOLATION, "no 'connected' in time") from exc
        if placed is None:
            answer, did = self._find_flow(websocket, connected)
        else:
            answer, did = self._flow_of(placed), placed.did
        # Others may have registered while this one took its time.
        refusal = self.switchboard.refuses()
        if refusal is not None:
            raise Refusal(CloseCode.POLICY_VIOLATION, refusal)
        record = CallRecord(
            call_id=connected.call_id,
            did=did,
            mobile=connected.mobile,
            flow=answer.loaded.flow.name,
            flow_version=answer.loaded.flow.version,
            started_at=time(),
            variables=answer.variables,
            keep=self.equipment.keep,
        )
        if placed is not None:
            record = replace(record, id=placed.id, direction="outgoing")

        async def write(text: str) -> None:
            try:
                await websocket.send_text(text)
            except (WebSocketDisconnect, RuntimeError):
                # The carrier has gone; the reader says so in its turn.
                log.info("message_unsent", extra={"call": record.id})

        session = CallSession(record, answer.loaded, self.equipment, write)
        return session, answer.ended

    def _check_token(self, websocket: WebSocket) -> None:
        """Compare `token=` with the seal of what the URL names: the DID, else the flow, else ""."""
        if self.secret is None:
            return
        query = websocket.query_params
        named = str(websocket.path_params.get("did") or query.get("did") or query.get("flow", ""))
        if not did_token_is_right(self.secret, normal_did(named) or named, query.get("token", "")):
            raise Refusal(CloseCode.POLICY_VIOLATION, "bad or missing token")

    async def _claim(self, websocket: WebSocket, token: str) -> Claimed:
        """Return the call that we have placed and that this connection is of."""
        did = str(websocket.path_params.get("did", ""))
        placed = await self.outgoing.claim(token, normal_did(did) or did, self.equipment.clock())
        if placed is None:
            raise Refusal(CloseCode.POLICY_VIOLATION, "bad or missing token")
        return placed

    def _flow_of(self, placed: Claimed) -> Answer:
        loaded = self.shelf.by_name(placed.flow)
        if loaded is None:
            raise Refusal(CloseCode.POLICY_VIOLATION, "its flow serves no more")
        return Answer(loaded, placed.variables)

    def _find_flow(self, websocket: WebSocket, connected: Connected) -> tuple[Answer, str]:
        query = websocket.query_params
        did = str(websocket.path_params.get("did") or query.get("did", ""))
        did = normal_did(did) or did
        if "did" not in websocket.path_params:
            for name in (query.get("flow"), None if did else connected.agent):
                flow = self.shelf.by_name(name) if name else None
                if flow is not None:
                    return Answer(flow, {}), did
        answer = self.shelf.for_did(did, connected.mobile, connected.call_id)
        if answer is None:
            raise Refusal(CloseCode.POLICY_VIOLATION, "unknown DID")
        return answer, did


async def _first_message(websocket: WebSocket) -> Connected:
    text = _text_of(await websocket.receive())
    try:
        message = messages.read(text)
    except WireError as error:
        raise Refusal(CloseCode.PROTOCOL_ERROR, "the first message is no 'connected'") from error
    if not isinstance(message, Connected):
        raise Refusal(CloseCode.PROTOCOL_ERROR, "the first message is no 'connected'")
    return message


def _text_of(message: Mapping[str, Any]) -> str:
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if not isinstance(text, str):
        raise Refusal(CloseCode.PROTOCOL_ERROR, "the first message is no 'connected'")
    return text


async def _read(websocket: WebSocket, session: CallSession) -> None:
    """Hand each frame to the call; no queue, task or timer for a frame.

    Where the server has the direct way, they come by it, and here comes only the end.
    """
    listen: Listen | None = websocket.scope["extensions"].get(LISTEN)
    if listen is not None:
        listen(session)
    receive = websocket.receive
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            session.on_close()
            return
        text = message.get("text")
        if text is not None:
            session.on_text(text)
        else:
            session.on_binary(message["bytes"])


async def _close(websocket: WebSocket, code: CloseCode, reason: str) -> None:
    try:
        await websocket.close(code, reason)
    except (WebSocketDisconnect, RuntimeError):
        # The carrier closed first; there is nobody left to tell.
        log.debug("close_unsent")
