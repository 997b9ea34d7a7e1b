import asyncio

import pytest
from standing import Bot
from websockets.asyncio.server import serve

from runtime.carrier.caller import Call, CallHeard, CannotConnect, EndedBy, LineSaid
from runtime.carrier.earpiece import Piece
from runtime.carrier.script import Press, Say, Wait
from runtime.carrier.stand_in.load import REFUSED, Figures, answer_delays, place_all


def heard(lines=(), pieces=(), seconds=20.0):
    return CallHeard(
        *("c1", tuple(pieces), tuple(lines), EndedBy.BOT, 1000, "", seconds, ("a fault",)),
        *(b"", b""),
    )


def piece(at, audio=b"\x10" * 800):
    return Piece(audio, 0.1, at)


SAID = LineSaid(Say(b"\x10", "hello"), 1.0, 2.0)
PRESSED = LineSaid(Press("1"), 6.0, 7.0)


def test_delays_run_from_the_end_of_a_line_to_the_next_sound_before_the_next_line():
    waited = LineSaid(Wait(1), 3.0, 4.0)
    call = heard([SAID, waited, PRESSED], [piece(0.0), piece(2.5), piece(5.0), piece(7.25)])
    assert answer_delays(call) == pytest.approx([0.5, 0.25])
    assert answer_delays(heard([SAID, PRESSED], [piece(8.0)])) == pytest.approx([1.0])
    assert answer_delays(heard([SAID], [piece(2.5, b"")])) == []
    assert answer_delays(heard()) == []


def test_figures_add_up():
    figures = Figures()
    assert figures.delay(0.5) == 0
    for _ in range(3):
        figures.began()
    figures.ended(heard([SAID], [piece(2.5)]))
    figures.began()
    figures.ended(heard([PRESSED], [piece(9.0)]))
    figures.ended(CannotConnect("ws://x: no"))
    assert (figures.placed, figures.live, figures.most_live) == (4, 1, 3)
    assert figures.ended_by == {"bot": 2, REFUSED: 1}
    assert figures.close_codes == {1000: 2}
    assert figures.faults == {"a fault": 2, "ws://x: no": 1}
    assert figures.seconds == 40
    assert (figures.delay(0.5), figures.delay(0.0)) == pytest.approx((2.0, 0.5))


@pytest.mark.network
def test_all_calls_are_placed_and_waited_for():
    async def go():
        bot = Bot(stays=3)
        async with serve(bot, "127.0.0.1", 0) as server:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/media"
            calls = [Call(url, f"c{nth}", speed=40) for nth in range(5)]
            seen = []
            calls.append(Call("ws://127.0.0.1:1/", "c5"))
            figures = await place_all(calls, 1000, lambda now: seen.append(now.live))
            return figures, seen, bot

    figures, seen, bot = asyncio.run(go())
    assert figures.ended_by == {"bot": 5, REFUSED: 1}
    assert sorted(bot.frames) == [f"c{nth}" for nth in range(5)]
    assert (len(seen), seen[-1]) == (6, 0)
