"""What was right and wrong with the turns of a call that is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bench.turn_lines import Kind
from bench.turn_track import BotPiece, BotTrack, LedCall, Spoken, Stop
from bench.turn_words import word_errors, words
from runtime.audio.mulaw import SAMPLE_RATE

JUDGED_WITHIN = 1.5
"""Seconds after the caller's last word in which a stop may still be due to him."""
STILL_SPEAKING = 0.3
"""Seconds after his last word at which a bot that is barged in on speaks no more."""
ANSWERED_WITHIN = 3.0
"""Seconds after which a sound is no answer: the bot went on waiting, for more digits say."""
_TAIL = SAMPLE_RATE // 2
"""Samples by which the rest of a piece is known again."""
_TAKEN_BACK = 8.0
"""Seconds before the place of the stop at which the bot may go on: its last pause, or, where a
sentence has none, its beginning. No sentence of the office is longer."""


@dataclass(frozen=True, slots=True)
class TurnVerdict:
    """One thing that the caller said to the bot."""

    call: str
    voice: str
    kind: Kind
    state: str
    text: str
    understood: str
    words: int
    wrong_words: int
    cut_off: bool
    """The bot's sound came before he had ended."""
    delay: float | None
    """Seconds from his last sound to the first of the answer; None where none came, or too soon."""
    over_the_bot: bool
    missed: bool
    """He spoke over the bot, and it did not stop, or took up again what it had been saying."""
    stopped_after: float | None
    """Seconds from his first sound to the bot's stop."""

    @property
    def unanswered(self) -> bool:
        return self.delay is None and not self.cut_off and not self.missed


@dataclass(frozen=True, slots=True)
class FalseStop:
    """The bot stopped speaking although nobody spoke to it."""

    call: str
    at: float
    because: str
    """The caller's noise at that moment; empty where there was none."""
    went_on_after: float | None
    """Seconds until it took up again what it had been saying; None where it did not."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One call."""

    turns: Sequence[TurnVerdict]
    false_stops: Sequence[FalseStop]
    bot_seconds: float
    """That the bot was heard to speak."""
    nobodys: int
    """Turns of a caller who had said nothing, by the server's transcript."""


def judge(call: LedCall) -> Verdict:
    """Judge a call by what its caller said and heard, and by the server's transcript."""
    false_stops = [
        FalseStop(call.name, stop.at, _noise_at(call, stop.at), _went_on(call, stop))
        for stop in call.bot.stops
        if not any(_is_due_to(stop, spoken) for spoken in call.spoken)
    ]
    heard = _understood(call)
    turns = [_turn(call, number, heard[number]) for number in range(len(call.spoken))]
    bot_seconds = sum(piece.seconds for piece in call.bot.pieces)
    return Verdict(turns, false_stops, bot_seconds, len(_nobodys(call)))


def _turn(call: LedCall, number: int, understood: str) -> TurnVerdict:
    spoken, until = call.spoken[number], _next_start(call, number)
    due = [stop for stop in call.bot.stops if _is_due_to(stop, spoken)]
    resumed = [rest for stop in due for rest in _rests(call.bot, stop, until)]
    sounds = [piece for piece in call.bot.pieces if not any(piece is rest for rest in resumed)]
    until = min(until, spoken.end + ANSWERED_WITHIN)
    answers = [piece.arrived for piece in sounds if spoken.end < piece.arrived < until]
    cut_off = any(spoken.start < piece.arrived <= spoken.end for piece in sounds)
    over = call.bot.is_playing(spoken.start)
    unstopped = over and not due and call.bot.is_playing(spoken.end + STILL_SPEAKING)
    wanted = words(spoken.text)
    return TurnVerdict(
        call=call.name,
        voice=call.voice,
        kind=spoken.kind,
        state=spoken.state,
        text=spoken.text,
        understood=understood,
        words=len(wanted),
        wrong_words=word_errors(wanted, words(understood)),
        cut_off=cut_off,
        delay=answers[0] - spoken.end if answers and not cut_off else None,
        over_the_bot=over,
        missed=bool(unstopped or resumed),
        stopped_after=due[0].at - spoken.start if over and due else None,
    )


def _is_due_to(stop: Stop, spoken: Spoken) -> bool:
    """Whether the caller spoke, or had just spoken, over what was stopped."""
    in_time = spoken.start <= stop.at <= spoken.end + JUDGED_WITHIN
    return in_time and stop.piece.starts < spoken.end


def _next_start(call: LedCall, number: int) -> float:
    following = call.spoken[number + 1 :]
    return following[0].start if following else float("inf")


def _went_on(call: LedCall, stop: Stop) -> float | None:
    until = min((each.start for each in call.spoken if each.start > stop.at), default=float("inf"))
    rests = _rests(call.bot, stop, until)
    return rests[0].arrived - stop.at if rests else None


def _rests(bot: BotTrack, stop: Stop, until: float) -> list[BotPiece]:
    """The pieces with which the bot takes up again what it was saying; none where it does not.

    A piece is known again by its end. Only the first need begin where the bot had been: a question
    that is asked once more has the same sentences, too.
    """
    before = [piece for piece in bot.pieces if piece.arrived <= stop.at]
    after = [piece for piece in bot.pieces if stop.at < piece.arrived < until]
    if not any(_goes_on(piece, after[0], stop.at) for piece in before if after):
        return []
    return [each for each in after if any(_end_alike(piece, each) for piece in before)]


def _goes_on(piece: BotPiece, rest: BotPiece, stopped_at: float) -> bool:
    """Whether `rest` is the end of `piece`, from a little before the place of the stop on."""
    place = piece.starts + (len(piece.audio) - len(rest.audio)) / SAMPLE_RATE
    return _end_alike(piece, rest) and place >= stopped_at - _TAKEN_BACK


def _end_alike(piece: BotPiece, rest: BotPiece) -> bool:
    tail = min(_TAIL, len(rest.audio))
    return tail > 0 and piece.audio[-tail:] == rest.audio[-tail:]


def _noise_at(call: LedCall, at: float) -> str:
    made = [x.what for x in call.noised if x.start <= at <= x.end + JUDGED_WITHIN]
    return made[-1] if made else ""


def _callers_turns(call: LedCall) -> list[tuple[float, str]]:
    """The caller's turns of the server's transcript; seconds since the answer, and words."""
    return [
        (datetime.fromisoformat(turn["at"]).timestamp() - call.answered_at, turn["text"])
        for turn in call.record.get("turns", ())
        if turn["who"] == "caller" and turn["text"]
    ]


def _understood(call: LedCall) -> list[str]:
    """What the server understood while or after each line was said, before the next began."""
    turns = _callers_turns(call)
    return [
        " ".join(text for at, text in turns if each.start <= at < _next_start(call, number))
        for number, each in enumerate(call.spoken)
    ]


def _nobodys(call: LedCall) -> list[str]:
    """What the server understood without anybody having spoken in the last seconds."""
    return [
        text
        for at, text in _callers_turns(call)
        if not any(each.start <= at <= each.end + 2 * JUDGED_WITHIN for each in call.spoken)
    ]
