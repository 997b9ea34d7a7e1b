"""`callwright chat --live`: the real web services, and the real model of the settings."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from shell import callwright
from web_service import WebService, reply, web_service

pytestmark = pytest.mark.network

FLOW = """
providers: {llm: big}
slots: {day: {type: date, ask: Which day?}}
requests: {times: {get: '%s/times?day={{ day }}', save: {times: body.times}}}
intents: {book: {description: The caller wants to book}}
states:
  talk: {prompt: You are brief., say: How can I help?, slots: [day], on: {book: find}, give_up: bye}
  find: {request: times, on: {ok: found, error: sorry}}
  found: {say: 'There are {{ times | length }}.', next: bye}
  sorry: {say: It is out of reach., next: bye}
  bye: {hangup: Bye.}
"""
SETTINGS = """
providers: {llm: {big: {use: openai, model: any, base_url: '%s'}}}
requests: {allow_private: %s}
"""


@contextmanager
def served() -> Iterator[WebService]:
    """A clinic's system on a loop of its own, since the command runs one for each request."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    context = web_service(lambda received: reply(b'{"times": ["9:00", "10:00"]}'))
    try:
        yield asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result(5)
    finally:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def chat(folder: Path, model: Any, address: str, *lines: str, private: str = "true") -> list[str]:
    (folder / "bot.yaml").write_text(FLOW % address)
    (folder / "callwright.yaml").write_text(SETTINGS % (model.base_url, private))
    typed = "".join(f"{line}\n" for line in lines)
    result = callwright(["chat", str(folder / "bot.yaml"), "--live"], typed)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_the_model_is_asked_and_the_request_is_made(tmp_path: Path, model_server: Any):
    model_server.says("", ("fill_slots", {"day": "2090-06-05"}))
    model_server.says("", ("take_way_out", {"way": "book"}))
    with served() as clinic:
        lines = chat(tmp_path, model_server, f"http://{clinic.address}", "the fifth of june")
        [received] = clinic.received
    assert "bot: There are 2." in lines
    assert received.target == "/times?day=2090-06-05"
    assert len(model_server.asked) == 2


def test_what_may_not_be_reached_and_what_fails_is_said(tmp_path: Path, model_server: Any):
    model_server.says("", ("fill_slots", {"day": "2090-06-05"}), ("take_way_out", {"way": "book"}))
    lines = chat(tmp_path, model_server, "http://127.0.0.1:1", "the fifth", private="false")
    assert "bot: It is out of reach." in lines
    model_server.fails(401)
    lines = chat(tmp_path, model_server, "http://127.0.0.1:1", "hello")
    assert any(line.startswith("  [model] ") for line in lines)
