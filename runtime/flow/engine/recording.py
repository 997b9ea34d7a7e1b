"""`record`: the caller leaves a message."""

from runtime.flow.engine.effects import StartRecording, StartTimer
from runtime.flow.engine.passage import ERRAND, Passage
from runtime.flow.model import BargeIn, Record

WORDS_SECONDS = 120.0
"""For the words before the tone, whatever becomes of their sound."""

SPARE_SECONDS = 10.0
"""Over `up_to`, until a recorder is not waited for any more."""


def enter(passage: Passage, verb: Record) -> None:
    """Speak; the tone sounds when that has been heard."""
    by = BargeIn.NEVER if passage.here.barge_in is BargeIn.NEVER else BargeIn.DIGITS
    passage.say(verb.text, by)
    passage.begin_errand(WORDS_SECONDS)
    start_if_heard(passage, verb)


def start_if_heard(passage: Passage, verb: Record) -> None:
    """Begin to record, if all that was to be said has been heard."""
    state = passage.state
    if state.errand and not state.is_recording and not state.speaking:
        passage.change(is_recording=True)
        passage.effects += [
            StartTimer(ERRAND, state.errand, verb.up_to + SPARE_SECONDS),
            StartRecording(state.errand, verb.up_to),
        ]


def recorded(passage: Passage, verb: Record, name: str) -> None:
    """Keep how the message is found."""
    passage.end_errand()
    if verb.save is not None:
        passage.put(verb.save, name)
