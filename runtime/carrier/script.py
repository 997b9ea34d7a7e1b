"""What a caller does in a call: lines, keys, waits, in order, taking turns with the bot."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from runtime.audio.mulaw import FRAME, SILENCE
from runtime.carrier import keypad
from runtime.carrier.keypad import SILENT_FRAME, Sound
from runtime.carrier.telephone_event import DIGITS

_FRAMES_A_SECOND = 50


@dataclass(frozen=True, slots=True)
class Say:
    """Speak; `text` is what a transcript shows."""

    audio: bytes
    """mu-law"""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys: 0-9, *, #, A-D."""

    digits: str
    in_band: bool = False
    """As tones in the sound, not as telephone-events."""

    def __post_init__(self) -> None:
        if not self.digits or set(self.digits) - set(DIGITS):
            raise ValueError(f"{self.digits!r} cannot be pressed: keys are 0-9, *, # and A-D")


@dataclass(frozen=True, slots=True)
class Wait:
    """Be silent; what comes next begins right after it, even over the bot."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


Step = Say | Press | Wait | HangUp


@dataclass(frozen=True, slots=True)
class Manners:
    """When a caller takes the turn; all in seconds."""

    moment: float = 1.0
    """The bot has been quiet for so long, after having spoken since our last line."""
    patience: float = 10.0
    """Nobody has said anything for so long: the caller speaks all the same."""


@dataclass(frozen=True, slots=True)
class Moment:
    """20 ms of the caller."""

    sound: Sound = SILENT_FRAME
    began: Step | None = None
    ended: Step | None = None
    hangs_up: bool = False


class Talker:
    """Goes through a script, 20 ms a call of `next`."""

    def __init__(self, steps: Sequence[Step], manners: Manners) -> None:
        self._steps = deque(steps)
        self._manners = manners
        self._acting: Step | None = None
        self._frames: deque[Sound] = deque()
        self._heard_before = 0
        self._quiet_frames = 0
        self._may_speak_at_once = False

    @property
    def is_done(self) -> bool:
        """Whether every step has ended."""
        return not self._steps and self._acting is None

    def next(self, *, bot_is_speaking: bool, bot_pieces_begun: int) -> Moment:
        """Return the caller's next 20 ms, given what the bot does in them."""
        self._quiet_frames = 0 if bot_is_speaking else self._quiet_frames + 1
        began = None
        if self._acting is None:
            if not self._steps or not self._has_the_turn(bot_pieces_begun):
                return Moment()
            began = self._acting = self._steps.popleft()
            self._frames = deque(_frames(began))
            if isinstance(began, HangUp):
                self._acting = None
                return Moment(began=began, ended=began, hangs_up=True)
        sound = self._frames.popleft() if self._frames else SILENT_FRAME
        if self._frames:
            return Moment(sound, began=began)
        ended, self._acting = self._acting, None
        self._may_speak_at_once = isinstance(ended, Wait)
        self._heard_before, self._quiet_frames = bot_pieces_begun, 0
        return Moment(sound, began=began, ended=ended)

    def _has_the_turn(self, bot_pieces_begun: int) -> bool:
        if self._may_speak_at_once or isinstance(self._steps[0], Wait):
            return True
        quiet = self._quiet_frames / _FRAMES_A_SECOND
        bot_has_spoken = bot_pieces_begun > self._heard_before
        return quiet >= (self._manners.moment if bot_has_spoken else self._manners.patience)


def _frames(step: Step) -> list[Sound]:
    match step:
        case Say(audio=audio):
            starts = range(0, len(audio), FRAME)
            return [audio[at : at + FRAME].ljust(FRAME, bytes([SILENCE])) for at in starts]
        case Press(digits=digits, in_band=in_band):
            return keypad.tones(digits) if in_band else keypad.events(digits)
        case Wait(seconds=seconds):
            return [SILENT_FRAME] * round(seconds * _FRAMES_A_SECOND)
        case HangUp():
            return []
        case _:
            assert_never(step)
