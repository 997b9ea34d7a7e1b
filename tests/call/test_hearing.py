"""An outgoing call: a machine's greeting is no answer, and its end is the time for a message."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from loudness import QUIET, Loudness

from providers.scripted import ScriptedSpeechToText
from runtime.audio.mulaw import encode
from runtime.call.figures import Figures
from runtime.call.hearing import Hearing
from runtime.call.record import CallRecord
from runtime.call.reports import Reports
from runtime.flow.engine.events import Event, Heard

VOICE = encode(np.random.default_rng(3).normal(0, 0.2, 8000))
"""A second of what is no pure tone."""
BEEP = encode(0.3 * np.sin(2 * np.pi * 1000 * np.arange(4000) / 8000))

TURNS = 5
"""Turns of the event loop for each frame."""


class NoForesight:
    def guessed(self, said: object) -> float:
        return 0.7

    def mistaken(self) -> None:
        pass

    def ended(self) -> None:
        pass


def hear(
    folder: Path, *sounds: bytes, says: str = "", outgoing: bool = True, late: int = 0
) -> list[str]:
    """Return the names of the events, and of the pickup's facts, in their order.

    The recogniser is `late` frames late.
    """

    async def think(_: float) -> None:
        for _ in range(late * TURNS):
            await asyncio.sleep(0)

    async def call() -> list[str]:
        told: list[str] = []

        def put(event: Event) -> None:
            goes_on = ", goes on" if isinstance(event, Heard) and event.goes_on else ""
            told.append(type(event).__name__ + goes_on)

        record = CallRecord("c", "", "", "clinic", "v", started_at=0.0)
        stt = ScriptedSpeechToText(says, delay_seconds=0.02 * late, sleep=think)
        equipment: Any = SimpleNamespace(
            figures=Figures(),
            clock=lambda: 0.0,
            prices={},
            meter=Loudness(),
            messages=folder,
            recognisers=asyncio.Semaphore(2),
            recognition_deadline=1.0,
        )
        loaded: Any = SimpleNamespace(stt=stt)
        reports = Reports(record, equipment, put)
        foresight: Any = NoForesight()
        hearing = Hearing("c", loaded, equipment, reports, put, foresight, is_outgoing=outgoing)
        running = asyncio.create_task(hearing.run())
        for sound in sounds:
            for at in range(0, len(sound), 160):
                hearing.hear(sound[at : at + 160])
                for _ in range(TURNS):
                    await asyncio.sleep(0)
        told += [f"{note['by']}: {note['why']}" for note in record.events if "by" in note]
        running.cancel()
        return told

    return asyncio.run(call())


def test_after_a_machines_beep_a_message_may_be_left(tmp_path: Path):
    told = hear(tmp_path, VOICE * 5, QUIET * 8000, BEEP, QUIET * 8000)
    assert told == [
        *("SpeechStarted", "SpeechSustained"),
        # It is a machine, and heard as somebody who goes on speaking.
        "SpeechStarted",
        "VoicemailMet",
        # The beep itself.
        "NothingHeard",
        "machine: long opening",
    ]


def test_a_machine_that_is_known_by_its_words_is_waited_for_until_it_is_silent(tmp_path: Path):
    greeting = "please leave a message after the tone"
    told = hear(tmp_path, VOICE * 2, QUIET * 12000, VOICE, QUIET * 32000, says=greeting)
    assert told[:3] == ["SpeechStarted", "SpeechSustained", "SpeechStarted"]
    assert told[3:] == ["VoicemailMet", "machine: phrase"]


def test_a_person_is_heard_from_the_first_word_on(tmp_path: Path):
    told = hear(tmp_path, VOICE, QUIET * 16000, VOICE, QUIET * 8000, says="hello")
    assert told == [
        *("SpeechStarted", "SpeechSustained", "Heard") * 2,
        "person: short opening",
    ]


@pytest.mark.parametrize(("late", "heard"), [(2, "Heard"), (20, "Heard, goes on")])
def test_who_speaks_again_before_his_words_are_understood_has_gone_on(
    tmp_path: Path, late: int, heard: str
):
    said = (VOICE[:4000], QUIET * 6400, VOICE[:4000])
    told = hear(tmp_path, *said, says="hello", outgoing=False, late=late)
    started = ("SpeechStarted", "SpeechSustained")
    again = [heard, *started] if heard == "Heard" else ["SpeechStarted", "SpeechSustained", heard]
    assert told == [*started, *again]


@pytest.mark.parametrize("says", ["please leave a message after the tone"])
def test_on_an_incoming_call_nobody_is_taken_for_a_machine(tmp_path: Path, says: str):
    told = hear(tmp_path, VOICE * 5, QUIET * 8000, BEEP, QUIET * 8000, says=says, outgoing=False)
    assert "VoicemailMet" not in told
