"""One call's frames as the carrier sends them: what is wrong with them, and when it is too much."""

import logging
from typing import Protocol

from runtime.call.figures import Figures
from runtime.carrier import messages
from runtime.carrier.messages import (
    BAD_FRAMES_THAT_CLOSE,
    CloseCode,
    Media,
    NotAMessage,
    NotAudio,
    Unknown,
    WireError,
)

log = logging.getLogger(__name__)


class Line(Protocol):
    """Who is told what the frames hold."""

    def on_binary(self, frame: bytes) -> None:
        """A packet of the caller's sound."""

    def break_off(self, code: CloseCode, why: str) -> None:
        """The carrier breaks the protocol: the call ends."""


class Frames:
    """Reads them; a bad one is counted, and more than a few of them end the call."""

    def __init__(self, call: str, figures: Figures) -> None:
        self._call = call
        self._figures = figures
        self._bad = 0
        self._unknown_seen = False

    def take(self, text: str | bytes, line: Line) -> None:
        """Read a text frame, and tell `line` what is in it."""
        try:
            message = messages.read(text)
        except NotAudio:
            self._figures.bad_frames.labels("no_audio").inc()
        except NotAMessage as error:
            self._bad_frame(error, line)
        except WireError as error:
            line.break_off(error.close_code, str(error))
        else:
            match message:
                case Media(payload=payload):
                    line.on_binary(payload)
                case Unknown(event=event):
                    self._unknown(event)

    def _bad_frame(self, error: NotAMessage, line: Line) -> None:
        self._bad += 1
        self._figures.bad_frames.labels("no_message").inc()
        if self._bad >= BAD_FRAMES_THAT_CLOSE:
            line.break_off(error.close_code, str(error))

    def _unknown(self, event: str) -> None:
        self._figures.bad_frames.labels("unknown_event").inc()
        if not self._unknown_seen:
            self._unknown_seen = True
            log.info("unknown_event", extra={"call": self._call, "event_name": event})
