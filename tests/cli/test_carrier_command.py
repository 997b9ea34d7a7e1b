import contextlib
import json
import os
import re
import signal
import subprocess
import sys

import httpx2
import pytest
from shell import callwright
from threaded import threaded

from runtime.carrier import messages
from runtime.carrier.stand_in.exchange import PhoneCall
from runtime.carrier.token import did_token
from runtime.cli.carrier_report import call_json, call_line

SHORT = "people: [{steps: [{wait: 0.1}, hang_up], rings: 0}]"


@contextlib.contextmanager
def bots(paths):
    """A server that takes every call; `paths` gets the address of each."""

    async def bot(socket):
        paths.append(socket.request.path)
        await socket.send(messages.connected(json.loads(await socket.recv())["callId"]))
        async for _ in socket:
            pass

    with threaded(bot) as address:
        yield f"ws://{address}"


@pytest.fixture
def people(tmp_path):
    file = tmp_path / "people.yaml"
    file.write_text(SHORT)
    return f"--people={file}"


@pytest.mark.network
def test_incoming_calls_are_placed_on_a_did_and_added_up(people):
    paths = []
    with bots(paths) as url:
        result = callwright(
            ["carrier", "--calls=3", "--rate=100", "--did=8645012345", f"--url={url}", people,
             "--secret=s", "--json"]
        )  # fmt: skip
    assert result.exit_code == 0, result.output
    figures = json.loads(result.output)
    assert figures["placed"] == 3
    assert figures["ended_by"] == {"caller": 3}
    assert figures["close_codes"] == {"1000": 3}
    assert figures["answer_delay"]["count"] == 0
    assert set(paths) == {f"/media/8645012345?token={did_token('s', '8645012345')}"}


@pytest.mark.network
def test_a_whole_address_is_called_as_it_is_and_the_figures_are_for_people(people):
    paths = []
    with bots(paths) as url:
        result = callwright(["carrier", "--calls=1", f"--url={url}/media?flow=x", people])
    assert result.exit_code == 0, result.output
    assert paths == ["/media?flow=x"]
    assert "1 calls, 1 at once" in result.output
    assert "ended by: caller 1" in result.output


@pytest.mark.network
def test_calls_that_nobody_takes_are_a_failure(people):
    result = callwright(["carrier", "--calls=2", "--rate=100", "--url=ws://127.0.0.1:1/", people])
    assert result.exit_code == 1
    assert "no connection 2" in result.output
    assert "Connect call failed" in result.output


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["--calls=1"], "--did, --url"),
        (["--calls=1", "--did=1", "--did=2"], "one DID"),
        (["--calls=1", "--did=1", "--url=ws://h/media"], "ws://HOST:PORT alone"),
        (["--calls=1", "--url=http://h"], "ws://"),
        (["--people=nothing.yaml"], "No such file"),
        (["--errors=2"], "--errors"),
        (["--config=nothing.yaml"], "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_told_and_ends_with_2(args, why):
    result = callwright(["carrier", "--speech=babble", *args])
    assert result.exit_code == 2
    assert why in result.output


def test_mistakes_in_the_people_are_told_with_their_line(tmp_path):
    (tmp_path / "p.yaml").write_text("people:\n- rigns: 1")
    result = callwright(["carrier", f"--people={tmp_path / 'p.yaml'}"])
    assert result.exit_code == 2
    assert "p.yaml:2: people.0.rigns: unknown key. Did you mean 'rings'?" in result.output


def test_people_who_never_call_cannot_be_had_as_callers(tmp_path):
    (tmp_path / "p.yaml").write_text("people: [{answers: busy}]")
    result = callwright(["carrier", "--calls=1", "--did=1", f"--people={tmp_path / 'p.yaml'}",
                         "--speech=babble"])  # fmt: skip
    assert result.exit_code == 2
    assert "too few of these people ever call" in result.output


def test_a_voice_that_is_not_there_is_told_with_the_way_out(tmp_path):
    (tmp_path / "c.yaml").write_text("defaults: {tts: [nobody]}")
    result = callwright(["carrier", f"--config={tmp_path / 'c.yaml'}"])
    assert result.exit_code == 2
    assert "no tts provider 'nobody'" in result.output
    assert "--speech babble" in result.output


@pytest.mark.network
def test_a_port_that_is_taken_is_told():
    with bots([]) as url:
        result = callwright(["carrier", f"--port={url.rpartition(':')[2]}", "--speech=babble"])
    assert result.exit_code == 2
    assert "Try another --port" in result.output


@pytest.mark.network
def test_the_command_stands_until_it_is_told_to_stop(tmp_path):
    (tmp_path / "p.yaml").write_text("people: [{answers: failed, name: nobody}]")
    command = "from runtime.cli import app; app()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "carrier", "--port=0", "--did=8645012345", "--api-key=k",
         f"--people={tmp_path / 'p.yaml'}", "--speech=babble"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert process.stderr is not None
        [url] = re.findall(r"http://\S+", process.stderr.readline())
        order = {"mobile_number": "9800000001", "did": "8645012345", "ws_url": "ws://b"}
        answer = httpx2.post(url, json=order, headers={"x-metro-api-key": "k"}, verify=False)
        assert answer.json()["success"] is True
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        assert "nobody                initiated" in lines[0]
        assert "ended: failed by carrier" in lines[1]
        refused = httpx2.post(url, json=order, headers={"x-metro-api-key": "x"}, verify=False)
        assert refused.status_code == 400
    finally:
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=20)
    assert process.returncode == 0, rest


def test_a_call_is_a_line_or_json():
    call = PhoneCall("a47f91c2e8d44b77b65f13f9", "9800000001", "8645012345", "Asha", 0.0)
    assert "a47f91c2  9800000001  Asha                  initiated" in call_line(call)
    call.state, call.outcome, call.ended_by, call.seconds = "ended", "completed", "bot", 3.25
    assert "completed" in call_line(call)
    assert call_line(call).endswith(" by bot after 3.2 s")
    shown = json.loads(call_json(call))
    assert shown["person"] == "Asha"
    assert (shown["event"], shown["outcome"], shown["duration"]) == ("ended", "completed", 3.25)
