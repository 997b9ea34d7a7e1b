"""One passage through a flow: what follows from one event, until the call waits again.

A `Passage` gathers the effects and the new state of a single `engine.step`; nothing of it outlives
the step, so that the step stays a function of its arguments. Here is what it can do by itself: know
values, speak, end. Where it goes is decided in `walking`.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from runtime.flow.engine.dialogue import BOT, Said
from runtime.flow.engine.effects import (
    Effect,
    Failed,
    HangUp,
    ResumeSpeaking,
    Say,
    StartTimer,
    StopErrand,
    StopSpeaking,
    StopTimer,
)
from runtime.flow.engine.state import CallState, Line, Phase
from runtime.flow.filters import Masked
from runtime.flow.model import (
    Assignments,
    BargeIn,
    Flow,
    Handler,
    State,
)
from runtime.flow.phrases import phrase
from runtime.flow.template import Expression, Template, TemplateProblem
from runtime.flow.text import Sound, Text, Wording, Wordings

CLOSING_SECONDS = 60.0
"""The last words are cut off after that long, whatever becomes of their sound."""

KEPT_TALK = 400
"""Turns of the conversation that a model or a colleague may be shown."""

NOTHING: Mapping[str, object] = MappingProxyType({})

CALLER_HUNG_UP = "caller_hung_up"
"""The end reason of a call that its caller ends, and the name under `always`."""

SERVER_SHUTDOWN = "server_shutdown"
"""The end reason of a call that the server's own end ends, and the sentence that it ends with."""

NO_INPUT = "no_input"
CLOSING = "closing"
ERRAND = "errand"
HOLD = "hold"
KEYS = "keys"


class Passage:
    """The flow, the call's state so far and the effects so far."""

    def __init__(self, root: Flow, state: CallState, at: float) -> None:
        self.root = root
        self.state = state
        self.at = at
        self.effects: list[Effect] = []
        self.flow = state.flow_of(root)
        """The flow that the call is in: the root, or one that is run."""

    def change(self, **fields: Any) -> None:
        """Put new values into the state."""
        self.state = self.state.having(fields)
        if "frames" in fields:
            self.flow = self.state.flow_of(self.root)

    @property
    def here(self) -> State:
        """The state that the call is in."""
        return self.flow.states[self.state.state]

    # -- values ------------------------------------------------------------------------------------

    def values(self) -> dict[str, object]:
        """Return what templates see now."""
        return self.state.values(self.flow, self.at)

    def shown_values(self) -> dict[str, object]:
        """Return the same, with what is sensitive masked."""
        masks = {name: Masked(f"[{name}]") for name in self.state.hidden(self.flow)}
        values = self.values()
        return {**values, **{name: mask for name, mask in masks.items() if name in values}}

    def assign(self, assignments: Assignments) -> None:
        """Carry a `set` out, in order: a later one sees the earlier."""
        for name, source in assignments:
            values = self.values()
            value = (
                source.evaluate(values) if isinstance(source, Expression) else source.render(values)
            )
            self.put(name, value, is_tainted=bool(source.names & self.state.hidden(self.flow)))

    def put(self, name: str, value: object, *, is_tainted: bool = False) -> None:
        """Give a variable or slot a value; a slot without one (None) is asked for again."""
        if value is not None and name in self.state.filled:
            # Also where it was emptied meanwhile; a slot's first value changes nothing.
            self.change(changed=self.state.turn)
        self.change(tainted=self.state.tainted - {name} | ({name} if is_tainted else set()))
        if name not in self.flow.slots:
            self.change(variables={**self.state.variables, name: value})
        elif value is None:
            slots = {slot: known for slot, known in self.state.slots.items() if slot != name}
            self.change(slots=slots)
        else:
            filled = {**self.state.filled, name: self.state.turn}
            self.change(slots={**self.state.slots, name: value}, filled=filled)

    def first_that_holds(self, handlers: tuple[Handler, ...]) -> Handler | None:
        """Return the first handler whose `when` holds."""
        if not handlers:
            return None
        values = self.values()
        for handler in handlers:
            if handler.when is None or handler.when.evaluate(values):
                return handler
        return None

    # -- speech ------------------------------------------------------------------------------------

    def say(
        self,
        text: Text,
        barge_in: BargeIn | None = None,
        *,
        greeting: bool = False,
        values: Mapping[str, object] = NOTHING,
        hides: str = "",
    ) -> None:
        """Speak one of the text's wordings; a text that renders to nothing is not spoken.

        `values` come over the call's own; `hides`: they are of that sensitive slot.
        """
        wording = self._pick(text)
        if isinstance(wording, Sound):
            self._speak(wording.words, wording.words, wording.path, barge_in, greeting)
            return
        words = wording.render({**self.values(), **values})
        masks = {name: Masked(f"[{name}]") for name in self.state.hidden(self.flow)}
        if hides:
            masks |= dict.fromkeys(values, Masked(f"[{hides}]"))
        hidden = wording.names & masks.keys()
        shown = self._masked(wording, {**values, **masks}) if hidden else words
        self._speak(words, shown, None, barge_in, greeting)

    def _masked(self, wording: Template, values: Mapping[str, object]) -> str:
        try:
            return wording.render({**self.values(), **values})
        except TemplateProblem:
            # What it computes cannot be computed of a mask.
            return "[hidden]"

    def say_phrase(
        self,
        name: str,
        barge_in: BargeIn | None = None,
        *,
        hides: str = "",
        values: Mapping[str, object] = NOTHING,
    ) -> None:
        """Speak a built-in sentence, or what the author put in its place."""
        own = self.flow.phrases.get(name) or self.root.phrases.get(name)
        if own is None:
            self._say_built_in(name, barge_in, values, hides=hides)
        else:
            self.say(own, barge_in, values=values, hides=hides)

    def _say_built_in(
        self,
        name: str,
        barge_in: BargeIn | None,
        values: Mapping[str, object],
        *,
        hides: str = "",
    ) -> None:
        template = _built_in(name, self.state.language)
        words = template.render(values)
        shown = template.render(dict.fromkeys(values, f"[{hides}]")) if hides else words
        self._speak(words, shown, None, barge_in)

    def say_words(self, words: str) -> None:
        """Speak what a model says: words, and no template."""
        self._speak(words, words, None, None)

    def stop_speaking(self) -> None:
        """Stop what is being said, if anything is."""
        if self.state.speaking or self.state.is_paused:
            self.change(speaking=(), is_paused=False, is_held=False)
            self.effects.append(StopSpeaking())

    def resume_speaking(self) -> None:
        """Go on with what was paused, if anything was."""
        if self.state.is_paused:
            self.change(is_paused=False, is_held=False)
            self.effects.append(ResumeSpeaking())

    def _speak(
        self,
        words: str,
        shown: str,
        sound: str | None,
        barge_in: BargeIn | None,
        greeting: bool = False,
    ) -> None:
        if not words.strip() and sound is None:
            return
        number = self.state.said + 1
        stop_by = barge_in or (self.here.barge_in if self.state.state else BargeIn.SPEECH)
        self.change(said=number, speaking=(*self.state.speaking, Line(number, stop_by)))
        line = Say(
            number=number,
            text=" ".join(words.split()),
            sound=sound,
            language=self.state.language,
            barge_in=stop_by,
            state=self.state.state,
            greeting=greeting,
            shown=" ".join(shown.split()),
        )
        self.effects.append(line)
        self.note(Said(BOT, line.shown, number))

    def note(self, said: Said) -> None:
        """Keep what was said, for models and colleagues."""
        self.change(talk=(*self.state.talk, said)[-KEPT_TALK:])

    def _pick(self, text: Text) -> Wording:
        wordings = text.in_language(self.state.language)
        if len(wordings) == 1:
            return wordings[0]
        place = str(text.place)
        last = self.state.picks.get(place, -1)
        # The same call picks the same wordings again when it is replayed.
        drawn = f"{self.state.started.seed}/{place}/{self.state.said}".encode()
        number = int.from_bytes(blake2b(drawn, digest_size=4).digest(), "big")
        if last < 0:
            pick = number % len(wordings)
        else:
            pick = (last + 1 + number % (len(wordings) - 1)) % len(wordings)
        self.change(picks={**self.state.picks, place: pick})
        return wordings[pick]

    # -- waiting -----------------------------------------------------------------------------------

    def await_input(self) -> None:
        """Start the silence clock, if all has been heard and nobody is busy."""
        state = self.state
        if state.phase is Phase.LIVE and not (state.speaking or state.hearing or state.errand):
            seconds = state.patience or self.here.no_input_after
            self.effects.append(StartTimer(NO_INPUT, state.turn, seconds))

    def begin_errand(self, seconds: float) -> int:
        """Return the number of something that is asked of others; a timer ends the wait for it."""
        self.drop_errand()
        number = self.state.errands + 1
        self.change(errands=number, errand=number)
        self.effects += [StopTimer(NO_INPUT), StartTimer(ERRAND, number, seconds)]
        return number

    def end_errand(self) -> None:
        """The answer has come, or is not waited for any more."""
        self.change(errand=0, requesting="", is_recording=False, is_summing_up=False)
        self.effects += [StopTimer(ERRAND), StopTimer(HOLD)]

    def drop_errand(self) -> None:
        """What was asked for is not wanted any more."""
        if self.state.errand:
            self.effects.append(StopErrand(self.state.errand))
            self.end_errand()
            self.change(calls=(), model_log=(), model_answer="")

    # -- the end -----------------------------------------------------------------------------------

    def close(self, reason: str, last_words: str) -> None:
        """Say a built-in sentence; the call ends when it has been heard."""
        try:
            self.say_phrase(last_words, BargeIn.NEVER)
        except TemplateProblem as problem:
            self.effects.append(Failed(self.state.state, problem.message))
            self._say_built_in(last_words, BargeIn.NEVER, {})
        self.close_after_speech(reason)

    def close_after_speech(self, reason: str) -> None:
        """End the call when what is being said has been heard."""
        self._let_go()
        self.resume_speaking()
        self.change(phase=Phase.CLOSING, end_reason=reason)
        self.effects.append(StopTimer(NO_INPUT))
        if self.state.speaking:
            self.effects.append(StartTimer(CLOSING, self.state.turn, CLOSING_SECONDS))
        else:
            self.end(reason)

    def end(self, reason: str) -> None:
        """End the call at once; a recording under way is kept, and waited for."""
        self._let_go()
        self.change(phase=Phase.AFTER, end_reason=reason, speaking=())
        self.effects.append(HangUp(reason))

    def _let_go(self) -> None:
        """Nothing is asked of others any more; what the caller has recorded by now is kept."""
        if self.state.is_recording:
            self.effects.append(StopErrand(self.state.errand))
        else:
            self.drop_errand()


@lru_cache(maxsize=256)
def _built_in(name: str, language: str) -> Template:
    return Template.parse(phrase(name, language))


def nth(wordings: Wordings, number: int) -> Text:
    """Return the wording for the first time, the second …; the last repeats."""
    return wordings[min(number, len(wordings)) - 1]
