"""An ended call is freed by counting, whoever called whom and whatever it was at."""

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
from running import until

from providers.scripted import ScriptedSpeechToText, ScriptedTextToSpeech
from runtime.audio.vad import voice_activity
from runtime.call.activity import ActivityMeter
from runtime.call.classifiers import NothingLearnt
from runtime.call.equipment import Equipment, LoadedFlow
from runtime.call.interpreter import interpreting_threads
from runtime.call.prompts import Prompts
from runtime.call.record import CallRecord
from runtime.call.recording_shelf import RecordingShelf
from runtime.call.session import CallSession
from runtime.carrier.messages import CloseCode
from runtime.flow.reading import read_flow

FLOW = """
greeting: Hello.
start: menu
states:
  menu: {ask: What next? I am all ears., on: {yes: bye}}
  bye: {hangup: Bye.}
"""


@pytest.fixture(autouse=True)
def _by_counting_alone() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def session_for(folder: Path, direction: str, *, is_recorded: bool) -> CallSession:
    flow = read_flow(FLOW, "talk.yaml", open_file=lambda _: None).flow
    assert flow is not None
    equipment = Equipment(
        Prompts(folder / "speech", limit_bytes=10**6, deadline=1.0),
        ActivityMeter(voice_activity("energy")),
        asyncio.Semaphore(2),
        1.0,
        interpreting_threads(),
        1.0,
        folder / "messages",
        recording_shelf=RecordingShelf(folder / "recordings"),
        records_calls=is_recorded,
        linger_seconds=0.0,
    )
    tts = ScriptedTextToSpeech(milliseconds_per_character=1)
    loaded = LoadedFlow(flow, NothingLearnt(), ScriptedSpeechToText("hm"), tts)

    async def write(message: str) -> None:
        pass

    record = CallRecord("c", "1", "2", flow.name, flow.version, 0.0, direction=direction)
    return CallSession(record, loaded, equipment, write)


@pytest.mark.parametrize("direction", ["incoming", "outgoing"])
@pytest.mark.parametrize("end", ["caller_hung_up", "server_shutdown", "frames after the end"])
@pytest.mark.parametrize("is_recorded", [False, True])
def test_an_ended_call_is_gone_as_soon_as_nobody_holds_it(
    tmp_path: Path, direction: str, end: str, is_recorded: bool
):
    async def live() -> "tuple[list[ref[Any]], CallRecord]":
        session = session_for(tmp_path, direction, is_recorded=is_recorded)
        record, closed = session.record, []

        async def close(code: CloseCode, reason: str) -> None:
            closed.append(code)

        running = asyncio.create_task(session.run(close))
        await until(lambda: session.state.said)
        for _ in range(10):
            session.on_binary(bytes([255]) * 160)
            await asyncio.sleep(0)
        if end == "caller_hung_up":
            session.on_close()
        elif end == "server_shutdown":
            session.take_leave()
        else:
            session.end("operator")
        await running
        session.on_binary(bytes([255]) * 160)
        parts = (session, session._hearing, session._mouth, session._reports, session._inbox)
        return [ref(part) for part in parts], record

    async def whole() -> None:
        parts, record = await live()
        assert record.state == "ended"
        assert (record.recording is not None) is is_recorded
        assert [part() for part in parts] == [None] * len(parts)

    asyncio.run(whole())
