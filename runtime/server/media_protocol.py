"""The media WebSocket without detours: a frame is given to its call as the socket brings it.

uvicorn's own class takes each frame through the parser of websockets, ASGI's queue and a wake-up of
the task that reads the queue, and pauses the socket meanwhile. Here a plain frame - text or binary,
whole in what TCP brought, neither fragmented nor compressed - is unmasked and given by a function
call. Everything else goes through uvicorn's class, byte by byte and in order, so that handshake,
fragments, pings, closing and every breach of the protocol are its work alone.
"""

import struct
from collections.abc import Callable
from typing import Any, Final, TypeVar

from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.speedups import apply_mask

from runtime.server.listening import LISTEN, Listener

MOST_AT_ONCE: Final = 65_536
"""Bytes of one peer (2 s of a call's frames) after which the others get their turn."""

_PLAIN_TEXT = 0x81
_PLAIN_BINARY = 0x82
"""First byte of a frame (RFC 6455, 5.2): final, no reserved bit, the opcode."""
_MASKED = 0x80
_USUAL_HEAD = struct.Struct("!HH")
_USUAL = 0x81FE
"""First bytes of the carrier's every frame: plain text, masked, its length in the two to come."""
_USUAL_PAYLOAD = 8
_END_OF_REQUEST = b"\r\n\r\n"


Message = TypeVar("Message", str, bytes)


class MediaProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket; an app that has called `Listen` hears plain frames at once.

    The state machine has had every byte but those of the frames that were given directly, so it
    always stands at the border of a frame, or within the one that it was given the beginning of.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._listener: Listener | None = None
        self._fault: Exception | None = None
        self._follows = False
        """Whether it is known where frames begin."""
        self._head = b""
        """The beginning of a frame too short to tell its length; the state machine has it."""
        self._is_at_border = False
        """Whether a frame begins next, and none before it waits for more."""
        self._longest = min(self.config.ws_max_size, MOST_AT_ONCE)
        """Bytes of a usual frame at the most."""
        self._left = 0
        """Bytes still to come of a frame whose beginning the state machine has."""

    # -- what the app sees -------------------------------------------------------------------------

    async def run_asgi(self) -> None:
        """Run the app; it may ask for its messages directly."""
        # The key is ours, and so in no type of ASGI's.
        self.scope["extensions"][LISTEN] = self._listen  # type: ignore[assignment]
        try:
            await super().run_asgi()
        finally:
            self._listener = None
            # The one way from the scope back to this: with it a call would be freed late.
            del self.scope["extensions"][LISTEN]

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next event; raises what the listener raised."""
        message = await super().receive()
        if self._fault is not None:
            raise self._fault
        return message

    def _listen(self, listener: Listener) -> None:
        self._listener = listener
        self._give_queued()

    # -- what the socket brings --------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take any number of frames, or parts of them."""
        listener = self._listener
        if listener is None or not (self._is_at_border and self._is_usual(data)):
            self._take(data)
            return
        try:
            text = str(apply_mask(data[_USUAL_PAYLOAD:], data[4:_USUAL_PAYLOAD]), "utf-8")
        except UnicodeDecodeError:
            self._take(data)
        else:
            self._give(listener.on_text, text)

    def _is_usual(self, data: bytes) -> bool:
        """Whether it is one whole text of the carrier's size, as comes 50 times a second."""
        size = len(data)
        return (
            size > _USUAL_PAYLOAD
            and _USUAL_HEAD.unpack_from(data) == (_USUAL, size - _USUAL_PAYLOAD)
            and size <= self._longest
            and not (self.close_sent or self.transport.is_closing())
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        super().connection_lost(exc)
        # It waits for an end that nobody tells it of, and holds the connection that holds it:
        # 1.5 kB of each caller who leaves without waiting for our close frame.
        self.conn.parser.close()

    def _take(self, data: bytes) -> None:
        if self._follows:
            self._take_frames(data)
        else:
            self._before_frames(data)
        is_within = self._left or self._head or self.conn.current_size is not None
        self._is_at_border = self._follows and not is_within

    def _take_frames(self, data: bytes) -> None:
        start = self._go_on(data) if self._left or self._head else 0
        while start < len(data) and not self.transport.is_closing():
            start = self._take_frame(data, start)
        if len(data) > MOST_AT_ONCE:
            self._let_others()

    def _before_frames(self, data: bytes) -> None:
        """Take the request, which uvicorn's HTTP side gives in one piece and nothing behind it.

        If it ever came otherwise, this connection would stay with the state machine.
        """
        is_request = not self.handshake_initiated
        super().data_received(data)
        if is_request and self.handshake_initiated:
            end = data.find(_END_OF_REQUEST)
            self._follows = data.startswith(b"GET ") and end == len(data) - len(_END_OF_REQUEST)

    def _take_frame(self, data: bytes, start: int) -> int:
        """Take the frame that begins at `start`; return where the next one does."""
        bounds = frame_bounds(data, start)
        if bounds is None:
            self._head = data[start:]
            super().data_received(self._head)
            return len(data)
        payload, end = bounds
        listener = self._listener
        if listener is not None and end <= len(data) and self._is_plain(data, start, end - payload):
            message = apply_mask(data[payload:end], data[payload - 4 : payload])
            if data[start] == _PLAIN_BINARY:
                self._give(listener.on_binary, message)
                return end
            text = _utf8(message)
            if text is not None:
                self._give(listener.on_text, text)
                return end
        self._left = max(0, end - len(data))
        super().data_received(data[start:end])
        return min(end, len(data))

    def _is_plain(self, data: bytes, start: int, length: int) -> bool:
        """Whether the frame is one that the listener may have without the state machine."""
        return (
            (data[start] == _PLAIN_TEXT or data[start] == _PLAIN_BINARY)
            and data[start + 1] >= _MASKED
            and length <= self.config.ws_max_size
            and self.conn.current_size is None  # no fragmented message is under way
            and not self.close_sent
        )

    def _go_on(self, data: bytes) -> int:
        """Give the state machine what belongs to the frame it has begun; return where that ends."""
        if self._head:
            head = self._head + data
            bounds = frame_bounds(head, 0)
            if bounds is None:
                self._head = head
                super().data_received(data)
                return len(data)
            self._left = bounds[1] - len(self._head)
            self._head = b""
        part = data[: self._left]
        self._left -= len(part)
        super().data_received(part)
        return len(part)

    def _let_others(self) -> None:
        """Read on after a round of the event loop: who floods us takes nobody else's time."""
        if not self.read_paused and not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()
            self.loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        if self.read_paused and self._listener is not None:
            self.read_paused = False
            self.transport.resume_reading()

    # -- to the listener ---------------------------------------------------------------------------

    def send_receive_event_to_app(self) -> None:
        """Give on a message that the state machine has read."""
        super().send_receive_event_to_app()
        if self._listener is not None:
            self._give_queued()

    def _give_queued(self) -> None:
        """Give the messages that wait in ASGI's queue, and leave there what else waits."""
        others = []
        while not self.queue.empty():
            event = self.queue.get_nowait()
            if event["type"] != "websocket.receive" or self._listener is None:
                others.append(event)
            elif (text := event.get("text")) is not None:
                self._give(self._listener.on_text, text)
            elif (frame := event.get("bytes")) is not None:
                self._give(self._listener.on_binary, frame)
        for event in others:
            self.queue.put_nowait(event)
        self._read_on()

    def _give(self, hear: Callable[[Message], None], message: Message) -> None:
        try:
            hear(message)
        except Exception as fault:  # noqa: BLE001 - raised where the app waits for it
            self._fault, self._listener = fault, None
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1011})


def _utf8(message: bytes) -> str | None:
    """Return the text; None where it is no UTF-8, which the state machine answers with 1007."""
    try:
        return str(message, "utf-8")
    except UnicodeDecodeError:
        return None


def frame_bounds(data: bytes, start: int) -> tuple[int, int] | None:
    """Return where the payload and the end of the masked frame at `start` are; None if cut.

    RFC 6455, 5.2: two bytes, the length if it is above 125, four bytes of the mask.
    """
    known = len(data) - start
    if known < 2:
        return None
    length = data[start + 1] & 0x7F
    if length < 126:
        payload = start + 6
    elif length == 126:
        if known < 4:
            return None
        length, payload = data[start + 2] << 8 | data[start + 3], start + 8
    else:
        if known < 10:
            return None
        length, payload = int.from_bytes(data[start + 2 : start + 10]), start + 14
    return payload, payload + length
