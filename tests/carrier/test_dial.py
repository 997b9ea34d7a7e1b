import asyncio
import contextlib
import json

import pytest
import typer
from shell import callwright
from threaded import threaded

from providers.base import Hints
from providers.scripted import ScriptedSpeechToText
from runtime.carrier import messages, wav
from runtime.carrier.caller import FaultFound, LineBegan, PieceHeard
from runtime.carrier.earpiece import Piece
from runtime.carrier.inbound import InboundAudio
from runtime.carrier.messages import AudioPayload
from runtime.carrier.script import HangUp, Press, Say, Wait
from runtime.carrier.token import did_token
from runtime.cli import dial
from runtime.cli.dial_report import Report, said

SPEECH = b"\x10" * 800


@contextlib.contextmanager
def running(bot):
    """Run a media server."""
    with threaded(bot) as address:
        yield f"http://{address}"


class Bot:
    """Greets, and keeps what it hears."""

    def __init__(self):
        self.path = ""
        self.heard = []

    async def __call__(self, socket):
        self.path = socket.request.path
        call_id = json.loads(await socket.recv())["callId"]
        await socket.send(messages.connected(call_id))
        await socket.send(messages.greeting(call_id, AudioPayload.of(b"\x21" * 480)))
        inbound = InboundAudio()
        async for text in socket:
            self.heard += inbound.hear(messages.read(text).payload)


def run(*args):
    app = typer.Typer()
    dial.register(app)
    app.command("other")(lambda: None)
    return callwright(["dial", "--transcript", "none", *args])


@pytest.mark.network
def test_the_callers_options_are_done_in_the_order_given_and_the_call_is_kept(tmp_path):
    (tmp_path / "line.wav").write_bytes(wav.mono(SPEECH))
    bot, out = Bot(), tmp_path / "out.wav"
    script = ["--wait=0.02", "--press=5", "--wait=0", f"--wav={tmp_path}/line.wav", "--wait=0.02"]
    with running(bot) as server:
        result = run(
            "--did=8645000001", f"--server={server}", "--secret=s", "--json", "--hang-up",
            f"--record={out}", *script,
        )  # fmt: skip
    assert result.exit_code == 0, result.output
    call = json.loads(result.output)
    assert [turn["text"] for turn in call["turns"] if turn["who"] == "caller"] == [
        "[waits 0.02 s]",
        "[presses 5]",
        "[waits 0 s]",
        "[line.wav]",
        "[waits 0.02 s]",
        "[hangs up]",
    ]
    assert (call["ended_by"], call["close_code"], call["faults"]) == ("caller", 1000, [])
    keys = [i for i, each in enumerate(bot.heard) if not isinstance(each, bytes)]
    assert [bot.heard[i].digit for i in keys] == ["5"]
    assert SPEECH in b"".join(bot.heard[keys[0] + 1 :])
    assert bot.path == f"/media/8645000001?token={did_token('s', '8645000001')}"
    left, right = wav.read_channels(out.read_bytes())
    assert SPEECH in left
    assert b"\x21" * 480 in right


@pytest.mark.network
def test_a_call_that_the_bot_breaks_off_is_shown_and_is_a_failure():
    async def fail(socket):
        await socket.recv()
        await socket.close(1011, "out of order")

    with running(fail) as server:
        result = run("--url", server.replace("http", "ws") + "/media")
    assert result.exit_code == 1
    assert "ended by bot, closed with 1011 (out of order)" in result.output


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ([], "--did, --url"),
        (["--did=1", "--url=ws://x"], "--did, --url"),
        (["--url=http://x"], "ws://"),
        (["--did=1", "--server=127.0.0.1"], "http://"),
        (["--did=1", "--press=5x"], "cannot be pressed"),
        (["--did=1", "--wav=nothing.wav"], "No such file"),
        (["--did=1", f"--wav={__file__}"], "no WAV file"),
        (["--did=1", "--wait=-1"], "--wait"),
        (["--did=1", "--config=nothing.yaml"], "cannot be read"),
        pytest.param(
            ["--did=1", "--server=http://127.0.0.1:1"],
            "Connect call failed",
            marks=pytest.mark.network,
        ),
    ],
)
def test_a_call_that_cannot_be_placed_says_why_and_ends_with_2(args, why):
    result = run(*args)
    assert result.exit_code == 2
    assert why in result.output


def test_a_token_is_added_to_what_the_address_has_already():
    assert dial.with_token("ws://h/media?flow=a", "t/+") == "ws://h/media?flow=a&token=t%2F%2B"
    assert dial.with_token("ws://h/media", "") == "ws://h/media"


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/media/86"),
        ("https://bots.example.com/a/", "wss://bots.example.com/a/media/86"),
    ],
)
def test_a_dids_address_is_under_its_servers(server, address):
    assert dial.media_address("86", None, server) == address


def report(stt, *notices, **wishes):
    shown = Report(stt, Hints(), **{"prints": True, "prints_bot": True, **wishes})
    for notice in notices:
        shown.notify(notice)
    shown.end()
    asyncio.run(shown.run())
    return shown.texts


def test_both_sides_are_printed_in_the_order_in_which_they_were_heard(capsys):
    bot = [PieceHeard(Piece(SPEECH, 0.1, at)) for at in (0.0, 3.0)]
    texts = report(
        ScriptedSpeechToText(["Hello.", "Fine."]), bot[0], LineBegan(Say(b"", "hi"), 1.5), bot[1]
    )
    assert texts == ["Hello.", "Fine."]
    assert capsys.readouterr().out.splitlines() == [
        "    0.0  bot     Hello.",
        "    1.5  caller  hi",
        "    3.0  bot     Fine.",
    ]


def test_a_cut_a_fault_and_what_is_not_recognised_are_shown(capsys):
    stt = ScriptedSpeechToText("", failure="raise")
    texts = report(stt, PieceHeard(Piece(SPEECH, 2.0, 0.0)), FaultFound("a binary frame"))
    out = capsys.readouterr().out
    assert texts == [""]
    assert "[not recognised:" in out
    assert "[cut after 0.1 of 2.0 s]" in out
    assert "the server sent a binary frame" in out


def test_nothing_is_printed_of_the_bot_where_the_server_has_its_words(capsys):
    report(None, PieceHeard(Piece(SPEECH, 0.1, 0.0)), LineBegan(HangUp(), 1.0), prints_bot=False)
    assert capsys.readouterr().out == "    1.0  caller  [hangs up]\n"


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (Say(b"", "yes"), "yes"),
        (Press("1#"), "[presses 1#]"),
        (Wait(1.5), "[waits 1.5 s]"),
        (HangUp(), "[hangs up]"),
    ],
)
def test_a_step_is_a_line_of_the_transcript(step, text):
    assert said(step) == text
