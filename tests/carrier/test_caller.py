import asyncio
import json

import pytest
from websockets.asyncio.server import serve

from runtime.carrier import carrier_messages, messages, wav
from runtime.carrier.caller import (
    Call,
    CannotConnect,
    EndedBy,
    FaultFound,
    LineBegan,
    PieceHeard,
    Progress,
    place,
)
from runtime.carrier.inbound import InboundAudio
from runtime.carrier.line import LineFaults
from runtime.carrier.messages import AudioPayload, Media
from runtime.carrier.script import HangUp, Manners, Press, Say, Wait

pytestmark = pytest.mark.network

GREETING = AudioPayload.of(b"\x21" * 4000)
ANSWER = AudioPayload.of(b"\x22" * 1600)
HELLO = Say(b"\x10" * 1600, "hello")


class Bot:
    """A server for one call: greets, and does what it was told when it has heard `until` bytes."""

    def __init__(self, replies=()):
        self.replies = dict(replies)
        self.first = ""
        self.heard = bytearray()
        self.keys = []
        self.frames = 0

    async def __call__(self, socket):
        self.first = await socket.recv()
        inbound = InboundAudio()
        await socket.send(messages.connected(json.loads(self.first)["callId"]))
        await socket.send(messages.greeting("c1", GREETING))
        async for text in socket:
            message = messages.read(text)
            assert isinstance(message, Media)
            for arrival in inbound.hear(message.payload):
                if isinstance(arrival, bytes):
                    self.heard += arrival
                else:
                    self.keys.append(arrival.digit)
            self.frames += 1
            for reply in self.replies.get(self.frames, ()):
                await (socket.close(*reply) if isinstance(reply, tuple) else socket.send(reply))


def dial(bot, *steps, notify=lambda _: None, progress=lambda _: None, **wishes):
    async def go():
        async with serve(bot, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            call = Call(
                f"ws://127.0.0.1:{port}/media/1",
                "c1",
                steps,
                speed=40,
                manners=Manners(moment=0.2, patience=1.0),
                **wishes,
            )
            return await place(call, notify, progress)

    return asyncio.run(go())


def test_a_call_is_heard_until_the_bot_ends_it():
    heard = dial(Bot({60: [messages.media("c1", ANSWER, 0)], 120: [(1000, "bye")]}), HELLO)
    assert (heard.ended_by, heard.close_code, heard.close_reason) == (EndedBy.BOT, 1000, "bye")
    assert [piece.audio for piece in heard.pieces] == [b"\x21" * 4000, b"\x22" * 1600]
    assert heard.pieces[0].started_at == 0
    assert heard.pieces[0].is_greeting
    assert heard.faults_found == ()


def test_a_line_is_said_after_the_bot_and_arrives_whole():
    bot = Bot({100: [(1000,)]})
    heard = dial(bot, HELLO)
    (line,) = heard.lines
    assert line.step == HELLO
    assert heard.pieces[0].ended_at + 0.2 == pytest.approx(line.started_at, abs=0.03)
    assert line.ended_at - line.started_at == pytest.approx(0.2)
    assert bytes(bot.heard).strip(b"\xff") == HELLO.audio
    assert json.loads(bot.first)["mobileNo"] == "9800000000"


def test_an_interrupt_is_heard_as_a_cut_and_drops_the_queue():
    queued = messages.media("c1", ANSWER, 0)
    heard = dial(Bot({5: [queued], 10: [messages.interrupt("c1")], 15: [(1000,)]}))
    greeting, dropped = heard.pieces
    assert greeting.was_cut
    assert 0 < greeting.seconds < greeting.whole_seconds
    assert dropped.audio == b""


def test_keys_are_pressed():
    bot = Bot({150: [(1000,)]})
    dial(bot, Press("12#"))
    assert bot.keys == ["1", "2", "#"]


def test_a_caller_hangs_up_by_the_script():
    heard = dial(Bot(), Wait(0.2), HangUp())
    assert (heard.ended_by, heard.close_code) == (EndedBy.CALLER, 1000)
    assert heard.seconds == pytest.approx(0.2)
    assert heard.pieces[0].seconds == pytest.approx(0.2)


def test_a_caller_whom_the_bot_keeps_hangs_up_in_the_end():
    heard = dial(Bot(), HELLO, waits_for_end=0.5)
    assert heard.ended_by is EndedBy.PATIENCE
    assert heard.seconds == pytest.approx(heard.lines[0].ended_at + 0.5, abs=0.03)


def test_the_recording_has_the_caller_left_and_the_bot_right_at_their_times():
    heard = dial(Bot({100: [(1000,)]}), HELLO)
    left, right = wav.read_channels(heard.recording)
    start = round(8000 * heard.lines[0].started_at)
    assert left[start : start + 1600] == HELLO.audio
    assert set(left[:start]) == {0xFF}
    assert right[:4000] == b"\x21" * 4000
    assert len(left) == len(right) == round(8000 * heard.seconds)


def test_both_sides_are_told_while_they_are_heard():
    told = []
    heard = dial(Bot({100: [(1000,)]}), HELLO, notify=told.append)
    assert told == [PieceHeard(heard.pieces[0]), LineBegan(HELLO, heard.lines[0].started_at)]


def test_a_bad_line_is_the_servers_to_mend():
    bot = Bot({100: [(1000,)]})
    faults = LineFaults(duplicate=0.2, reorder=0.2)
    dial(bot, HELLO, faults=faults, seed=4)
    assert bytes(bot.heard).strip(b"\xff") == HELLO.audio


def test_what_the_carrier_would_not_take_is_found():
    told = []
    heard = dial(Bot({5: ["{", messages.interrupt("c1")], 10: [(1000,)]}), notify=told.append)
    assert len(heard.faults_found) == 1
    assert FaultFound(heard.faults_found[0]) in told
    assert heard.pieces[0].was_cut


def test_a_connection_that_breaks_has_no_close_code_of_the_bots():
    async def drop(socket):
        await socket.recv()
        await socket.send(messages.connected("c1"))
        socket.transport.abort()

    heard = dial(drop)
    assert (heard.ended_by, heard.close_code) == (EndedBy.BOT, 1006)


def test_a_server_that_refuses_the_call_ends_it():
    async def refuse(socket):
        await socket.close(1008, "bad token")

    heard = dial(refuse)
    assert (heard.ended_by, heard.close_code, heard.pieces) == (EndedBy.BOT, 1008, ())


def test_a_phone_that_nobody_answers_rings_and_sends_no_sound():
    bot, progress = Bot(), []
    heard = dial(bot, HELLO, progress=progress.append, is_answered=False, rings=0.2)
    assert (heard.ended_by, heard.close_code, heard.seconds) == (EndedBy.UNANSWERED, 1000, 0)
    assert bot.frames == 0
    assert progress == [Progress.RINGING]


def test_a_call_that_is_answered_has_rung_before():
    progress = []
    dial(Bot({3: [(1000,)]}), progress=progress.append)
    assert progress == [Progress.RINGING, Progress.ANSWERED]


def test_a_bot_that_closes_while_it_rings_is_never_answered():
    async def give_up(socket):
        await socket.recv()
        await socket.send(messages.connected("c1"))
        await socket.close(1000)

    progress = []
    heard = dial(give_up, progress=progress.append, rings=4000)
    assert (heard.ended_by, heard.seconds) == (EndedBy.BOT, 0)
    assert Progress.ANSWERED not in progress


def test_a_caller_hangs_up_in_time_wherever_the_script_is():
    heard = dial(Bot(), Wait(60), hangs_up_after=0.5)
    assert heard.ended_by is EndedBy.CALLER
    assert heard.seconds == pytest.approx(0.5)


def test_a_line_that_breaks_has_no_goodbye():
    closed = []

    async def bot(socket):
        await Bot()(socket)
        closed.append(socket.close_code)

    heard = dial(bot, Wait(60), breaks_after=0.5)
    assert (heard.ended_by, heard.close_code) == (EndedBy.LINE, 1006)
    assert heard.seconds == pytest.approx(0.5)


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/media", "http://127.0.0.1/", "ws://", "x"])
def test_an_address_without_a_server_is_told(url):
    with pytest.raises(CannotConnect):
        asyncio.run(place(Call(url, "c1")))


def test_the_frames_go_out_as_the_carriers_messages():
    frame = carrier_messages.media("c1", b"\x80", 5)
    assert json.loads(frame)["payload"] == {"type": "Buffer", "data": [128]}
