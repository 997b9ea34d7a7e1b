import asyncio
from dataclasses import dataclass
from itertools import pairwise

import pytest
import uvicorn
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.utils import apply_mask
from wire import LARGEST, REQUEST, App, Wire, config, exchange

from runtime.server import serving
from runtime.server.media_protocol import MOST_AT_ONCE, MediaProtocol, frame_bounds

DIRECT = config(MediaProtocol)
STOCK = config("websockets-sansio")

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
FINAL, MASKED = 0x80, 0x80


def length_of(size: int) -> bytes:
    if size < 126:
        return bytes([size])
    return b"\x7e" + size.to_bytes(2) if size < 65_536 else b"\x7f" + size.to_bytes(8)


def frame(first: int, payload: bytes, mask: bytes = b"\1\2\3\4") -> bytes:
    length = length_of(len(payload))
    head = bytes([first, MASKED | length[0]]) + length[1:]
    return head + mask + apply_mask(payload, mask)


def text(message: str) -> bytes:
    return frame(FINAL | TEXT, message.encode())


def unmasked(first: int, message: bytes) -> bytes:
    return bytes([first]) + length_of(len(message)) + message


SIZES = st.sampled_from([0, 1, 125, 126, 127, 300, 65_535, 65_536, LARGEST])
MASKS = st.sampled_from([b"\0\0\0\0", b"\x80\xff\x01\x7f", b"\x81\x82\x88\x89"])
TEXTS = st.one_of(st.text(max_size=9).map(str.encode), SIZES.map(lambda size: b"x" * size))
BLOBS = st.one_of(st.binary(max_size=9), SIZES.map(lambda size: b"\xff" * size))
SHORT = st.binary(max_size=6)

PLAIN = st.one_of(
    st.builds(frame, st.just(FINAL | TEXT), TEXTS, MASKS),
    st.builds(frame, st.just(FINAL | BINARY), BLOBS, MASKS),
)
CONTROL = st.builds(frame, st.sampled_from([FINAL | PING, FINAL | PONG]), SHORT, MASKS)


@st.composite
def fragmented(draw: st.DrawFn) -> bytes:
    """A message in pieces, some with control frames between them; may be too long as a whole."""
    pieces = draw(st.lists(TEXTS, min_size=2, max_size=4))
    between = st.one_of(st.just(b""), CONTROL)
    first = frame(draw(st.sampled_from([TEXT, BINARY])), pieces[0]) + draw(between)
    middle = [frame(0, piece) + draw(between) for piece in pieces[1:-1]]
    return first + b"".join(middle) + frame(FINAL, pieces[-1])


GOOD = st.lists(st.one_of(PLAIN, PLAIN, CONTROL, fragmented()), max_size=6).map(b"".join)
ENDS = st.one_of(
    st.sampled_from([b"", b"\x03\xe8", b"\x03\xe8bye", b"\x03\xe9", b"\x0f\xff", b"\x03\xed"]).map(
        lambda payload: frame(FINAL | CLOSE, payload)
    ),
    st.builds(frame, st.just(FINAL | TEXT), st.binary(min_size=1, max_size=4)),
    st.builds(frame, st.integers(0, 255), TEXTS, MASKS),
    st.builds(unmasked, st.sampled_from([FINAL | TEXT, FINAL | BINARY]), TEXTS),
    st.builds(lambda first, good: frame(first, b"begun") + good, st.sampled_from([1, 2]), PLAIN),
    st.builds(
        lambda first, size: bytes([first, 0xFF]) + size.to_bytes(8),
        st.sampled_from([FINAL | TEXT, FINAL | BINARY, TEXT, FINAL | PING]),
        st.sampled_from([0, 1, LARGEST, LARGEST + 1, 2**63, 2**64 - 1]),
    ),
    st.just(frame(FINAL | TEXT, b"x" * (LARGEST + 1))),
    st.binary(min_size=1, max_size=20),
)
STREAMS = st.one_of(GOOD, st.tuples(GOOD, ENDS, GOOD).map(b"".join))
CUTS = st.one_of(st.just([]), st.lists(st.integers(0, 200_000), max_size=4), st.just([*range(40)]))


def frames_of(stream: bytes) -> list[bytes]:
    """Cut between frames; the last may be no whole one."""
    cut, start = [], 0
    while start < len(stream):
        bounds = frame_bounds(stream, start)
        end = min(bounds[1], len(stream)) if bounds else len(stream)
        cut.append(stream[start:end])
        start = end
    return cut


def pieces_of(stream: bytes, cuts: list[int]) -> list[bytes]:
    """Cut where TCP might."""
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[a:b] for a, b in pairwise(places)]


@dataclass(frozen=True)
class Seen:
    """What a peer and the app see of a connection."""

    heard: list[tuple]
    written: bytes
    is_closed: bool


def seen(configured: uvicorn.Config, chunks: list[bytes], by_receive: int = 0) -> Seen:
    wire = asyncio.run(exchange(configured, App(by_receive), chunks))
    return Seen(wire.app.heard, bytes(wire.transport.written), wire.transport.is_closing())


@given(STREAMS, CUTS, st.integers(0, 3))
@example(text("a") + frame(FINAL | CLOSE, b"") + text("b"), [1], 0)
@example(text("a") + bytes([0xF1, 0x80]) + text("b"), [], 0)
@example(frame(FINAL | TEXT, b"\xff") + text("b"), [], 0)
@example(text("x" * (LARGEST + 1)), [], 0)
@example(frame(TEXT, b"a") + text("b") + frame(FINAL, b"c"), [], 0)
@example(unmasked(FINAL | BINARY, b"hello") + text("b"), [], 0)
@example(text("a") + text("x" * 300) + text("b"), [8, 9, 50], 0)
@example(text("a") + text("x" * 300) + text("b"), [50], 0)
@example(text("x" * 300) * 2 + frame(FINAL | TEXT, b"\xff" * 300), [308, 616], 0)
@example(frame(TEXT, b"a") + text("x" * 300) + text("b"), [7, 315], 0)
@example(text("x" * 300) + frame(FINAL | CLOSE, b"") + text("x" * 300), [308, 314], 0)
@example(text("x" * (LARGEST + 1)) + text("b"), [LARGEST + 9], 0)
def test_the_app_and_the_peer_see_what_they_see_with_uvicorns_own_class(
    stream: bytes, cuts: list[int], by_receive: int
):
    # uvicorn's drops the good frames before a bad one where TCP brings them together, so it gets
    # each by itself.
    assert seen(DIRECT, pieces_of(stream, cuts), by_receive) == seen(
        STOCK, frames_of(stream), by_receive
    )


def test_an_app_that_never_listens_receives_everything():
    chunks = [text("a") + text("b") + frame(FINAL | BINARY, b"c"), text("d")]
    never = 10
    assert seen(DIRECT, chunks, never) == seen(STOCK, chunks, never)


def test_what_waits_when_the_app_begins_to_listen_comes_first_and_the_socket_is_read_again():
    async def call() -> None:
        wire = Wire(DIRECT, App(by_receive=1))
        wire.protocol.data_received(REQUEST)
        wire.protocol.data_received(text("a") + text("b") + frame(TEXT, b"c"))
        assert wire.transport.is_paused
        await wire.settle()
        assert wire.app.heard == [("a",), ("b",)]
        assert wire.app.received == 1
        assert not wire.transport.is_paused
        await wire.bring([frame(FINAL, b"d") + text("e")])
        assert wire.app.heard == [("a",), ("b",), ("cd",), ("e",)]

    asyncio.run(call())


def test_a_frame_after_the_app_has_closed_is_not_heard_and_the_peers_close_is_taken():
    def after(configured: uvicorn.Config) -> Seen:
        async def call() -> Seen:
            wire = Wire(configured, App(stays=True))
            await wire.bring([REQUEST, text("a")])
            await wire.protocol.send({"type": "websocket.close", "code": 1000})
            await wire.bring([text("late"), text("late" * 99)])
            await wire.bring([frame(FINAL | PING, b"?") + text("later")])
            assert not wire.transport.is_closing()
            await wire.bring([frame(FINAL | CLOSE, b"\x03\xe8")])
            return Seen(wire.app.heard, bytes(wire.transport.written), wire.transport.is_closing())

        return asyncio.run(call())

    assert after(DIRECT) == after(STOCK)
    assert after(DIRECT).is_closed


@pytest.mark.parametrize(
    "chunks", [[text("bad") + text("next")], [text("bad")[:3], text("bad")[3:]]]
)
def test_what_the_listener_raises_comes_out_of_receive(chunks: list[bytes]):
    wire = asyncio.run(exchange(DIRECT, App(fail_at="bad"), chunks))
    assert wire.app.heard == [("bad",)]
    assert str(wire.app.error) == "bad"
    assert wire.transport.is_closing()


def test_a_peer_that_floods_is_read_on_only_after_the_others():
    async def call() -> None:
        wire = Wire(DIRECT, App())
        await wire.bring([REQUEST])
        wire.protocol.data_received(text("x" * 1000) * (1 + MOST_AT_ONCE // 1000))
        assert wire.transport.is_paused
        await wire.settle()
        assert not wire.transport.is_paused
        assert wire.protocol.queue.empty()
        wire.protocol.data_received(text("x" * 1000))
        assert not wire.transport.is_paused

    asyncio.run(call())


def test_a_request_with_something_behind_it_is_left_to_uvicorns_own_class():
    chunks = [REQUEST + text("a")[:3], text("a")[3:] + text("GET \r\n\r\n"), text("b")]

    async def call(configured: uvicorn.Config) -> list[tuple]:
        wire = Wire(configured, App())
        await wire.bring(chunks)
        await wire.lose()
        return wire.app.heard

    assert asyncio.run(call(DIRECT)) == asyncio.run(call(STOCK))


@pytest.mark.parametrize("name", ["uvicorn", "websockets"])
def test_versions_that_were_not_tried_get_uvicorns_own_class(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setitem(serving.PROVEN, name, "0.1.")
    assert serving.direct_or_stock() == "websockets-sansio"
    assert [record.message for record in caplog.records] == ["media_path_is_stock"]
    assert name in caplog.records[0].why


def test_the_versions_that_are_installed_were_tried():
    assert serving.direct_or_stock() is MediaProtocol
