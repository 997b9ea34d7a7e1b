"""One passage through a flow: what follows from one event, until the call waits again.

A `Passage` gathers the effects and the new state of a single `engine.step`; nothing of it outlives
the step, so that the step stays a function of its arguments.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, assert_never

from runtime.flow.engine.effects import (
    Effect,
    Entered,
    Failed,
    HangUp,
    Listen,
    Say,
    StartTimer,
    StopSpeaking,
    StopTimer,
)
from runtime.flow.engine.events import CallStarted
from runtime.flow.engine.state import CallState, Line, Phase
from runtime.flow.model import (
    BUILT_IN_TARGETS,
    Ask,
    Assignments,
    BargeIn,
    Choose,
    Flow,
    Handler,
    Handlers,
    Hangup,
    Pass,
    Sound,
    State,
    Text,
    Wording,
    Wordings,
)
from runtime.flow.phrases import phrase
from runtime.flow.template import Expression, Template, TemplateProblem
from runtime.flow.understanding.matching import plain, reach

MAX_STATES = 50
"""States in one passage without waiting for the caller (FLOWS.md, "Meaning, exactly")."""

CLOSING_SECONDS = 60.0
"""The last words are cut off after that long, whatever becomes of their sound."""

CLOSED_PHRASES = 20
"""A recogniser scores a closed set phrase by phrase; a larger set is no closed set."""

NOTHING: Mapping[str, object] = MappingProxyType({})

NO_INPUT = "no_input"
CLOSING = "closing"


class Passage:
    """The flow, the call's state so far and the effects so far."""

    def __init__(self, flow: Flow, state: CallState, at: float) -> None:
        self.flow = flow
        self.state = state
        self.at = at
        self.effects: list[Effect] = []
        self._entered = 0
        self._failed_in: set[str] = set()

    def change(self, **fields: Any) -> None:
        """Put new values into the state."""
        self.state = replace(self.state, **fields)

    @property
    def here(self) -> State:
        """The state that the call is in."""
        return self.flow.states[self.state.state]

    # -- values ------------------------------------------------------------------------------------

    def assign(self, assignments: Assignments) -> None:
        """Carry a `set` out, in order: a later one sees the earlier."""
        for name, source in assignments:
            values = self.state.values(self.flow, self.at)
            value = (
                source.evaluate(values) if isinstance(source, Expression) else source.render(values)
            )
            self.change(variables={**self.state.variables, name: value})

    def first_that_holds(self, handlers: tuple[Handler, ...]) -> Handler | None:
        """Return the first handler whose `when` holds."""
        values = self.state.values(self.flow, self.at)
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
    ) -> None:
        """Speak one of the text's wordings; a text that renders to nothing is not spoken."""
        wording = self._pick(text)
        if isinstance(wording, Sound):
            self._speak(wording.words, wording.path, barge_in, greeting=greeting)
        else:
            words = wording.render({**self.state.values(self.flow, self.at), **values})
            self._speak(words, None, barge_in, greeting=greeting)

    def say_phrase(self, name: str, barge_in: BargeIn | None = None, **values: object) -> None:
        """Speak a built-in sentence, or what the author put in its place."""
        own = self.flow.phrases.get(name)
        if own is None:
            self._say_built_in(name, barge_in, values)
        else:
            self.say(own, barge_in, values=values)

    def _say_built_in(
        self, name: str, barge_in: BargeIn | None, values: Mapping[str, object]
    ) -> None:
        template = Template.parse(phrase(name, self.state.language))
        self._speak(template.render(values), None, barge_in)

    def stop_speaking(self) -> None:
        """Stop what is being said, if anything is."""
        if self.state.speaking:
            self.change(speaking=())
            self.effects.append(StopSpeaking())

    def _speak(
        self, words: str, sound: str | None, barge_in: BargeIn | None, *, greeting: bool = False
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
        )
        self.effects.append(line)

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

    # -- going from state to state -----------------------------------------------------------------

    def go(self, target: str | None) -> None:
        """Enter `target`, and what follows from it, until the call waits or closes."""
        while target is not None:
            try:
                target = self._enter(target)
            except TemplateProblem as problem:
                target = self.fail(problem.message)

    def _enter(self, target: str) -> str | None:
        match target:
            case "hangup":
                self.close("hangup", "goodbye")
                return None
            case "repeat" | "back" if not self.state.state:
                return self.flow.start
            case "repeat" if isinstance(self.here.verb, Ask):
                self.ask_again()
                return None
            case "repeat":
                target = self.state.state
            case "restart":
                self.change(variables=starting_variables(self.flow, self.state.started), back=())
                return self.flow.start
            case "back":
                return self._back()
        self._entered += 1
        if self._entered > MAX_STATES:
            self.effects.append(Failed(target, f"{MAX_STATES} states without waiting"))
            self.close("error", "error")
            return None
        self._arrive(target)
        self.assign(self.here.set)
        if self.here.say is not None:
            self.say(self.here.say)
        return self._do(self.here)

    def _arrive(self, name: str) -> None:
        self.change(state=name, misses=0, deciding=None, offered=(), patience=None)
        self.effects.append(Entered(name))

    def _do(self, state: State) -> str | None:
        match state.verb:
            case Pass():
                return state.next
            case Ask(text=text):
                self.say(text)
                self.listen()
                return None
            case Choose(branches=branches):
                return self.follow(self.first_that_holds(branches) or branches[-1])
            case Hangup(text=text):
                if text is not None:
                    self.say(text, BargeIn.NEVER)
                    self._close("hangup")
                else:
                    self.close("hangup", "goodbye")
                return None
            case _:
                assert_never(state.verb)

    def follow(self, handler: Handler) -> str | None:
        """Do what a handler says, and return where it leads."""
        self.assign(handler.set)
        if handler.say is not None:
            self.say(handler.say)
        return handler.next

    def _back(self) -> str | None:
        *rest, target = self.state.back or (self.state.state,)
        self.change(back=tuple(rest))
        if isinstance(self.flow.states[target].verb, Ask):
            self._arrive(target)
            self.ask_again()
            return None
        return target

    # -- waiting for the caller --------------------------------------------------------------------

    def ask_again(self, miss: int = 0) -> None:
        """Ask the state's question again; after the nth `miss` in its next wording."""
        state = self.here
        assert isinstance(state.verb, Ask), "only an 'ask' waits for the caller"
        self.say(nth(state.retry, miss) if miss and state.retry else state.verb.text)
        self.listen()

    def listen(self) -> None:
        """Wait for the caller; the silence clock starts when the last line has been heard."""
        state = self.here
        here, always, answers, _ = reach(self.flow, state)
        # The answer to "Did you mean …?" comes first.
        asked = (*self.state.offered, "yes", "no") if self.state.offered else ()
        offered = tuple(self.flow.intents[name] for name in asked)
        expected = (*offered, *here, *always, *answers)
        phrases = dict.fromkeys(plain(words) for intent in expected for words in intent.words)
        needs_free_text = any(intent.examples or intent.patterns for intent in expected)
        self.effects.append(
            Listen(
                state=state.name,
                phrases=tuple(phrases),
                closed=bool(here) and not needs_free_text and len(phrases) <= CLOSED_PHRASES,
                language=self.state.language,
                end_of_speech=state.end_of_speech,
            )
        )
        self.await_input()

    def await_input(self) -> None:
        """Start the silence clock, if all has been heard and the caller does not speak."""
        heard = not self.state.speaking and not self.state.hearing
        if heard and self.state.phase is Phase.LIVE:
            seconds = self.state.patience or self.here.no_input_after
            self.effects.append(StartTimer(NO_INPUT, self.state.turn, seconds))

    # -- handlers, failures, the end ---------------------------------------------------------------

    def take(self, key: str, handlers: Handlers, *, leaving: bool) -> bool:
        """Take the first handler of `key` that holds; False where there is none.

        `leaving`: it comes from `always` or from outside the state, so `back` leads here.
        """
        handler = self.first_that_holds(handlers.get(key, ()))
        if handler is None:
            return False
        target = self.follow(handler)
        if target is None:
            self.ask_again()
        elif leaving:
            self.leave(target)
        else:
            self.go(target)
        return True

    def leave(self, target: str) -> None:
        """Go to `target`, from where `back` leads here."""
        self._mark_way_back(target)
        self.go(target)

    def _mark_way_back(self, target: str) -> None:
        if target not in BUILT_IN_TARGETS and self.state.state:
            self.change(back=(*self.state.back, self.state.state)[-MAX_STATES:])

    def fail(self, message: str) -> str | None:
        """Take the way of errors: the state's `error`, `always`'s, else an apology and the end.

        Returns the state or built-in target to enter next, if any.
        """
        here = self.state.state
        self.effects.append(Failed(here, message))
        if here not in self._failed_in:
            self._failed_in.add(here)
            own = self.here.on if here else {}
            for handlers in (own, self.flow.always):
                try:
                    target = self._way_after(handlers)
                except TemplateProblem as problem:
                    self.effects.append(Failed(here, problem.message))
                    continue
                if target is not None:
                    return target
        self.close("error", "error")
        return None

    def _way_after(self, handlers: Handlers) -> str | None:
        """Follow the `error` that holds; None where there is none, or it leaves nothing to do."""
        handler = self.first_that_holds(handlers.get("error", ()))
        if handler is None:
            return None
        target = self.follow(handler)
        if target is None:
            # Only a question can be gone back to; before the first state all is still to come.
            waits = not self.state.state or isinstance(self.here.verb, Ask)
            return "repeat" if waits else None
        if handlers is self.flow.always:
            self._mark_way_back(target)
        return target

    def close(self, reason: str, last_words: str) -> None:
        """Say a built-in sentence; the call ends when it has been heard."""
        try:
            self.say_phrase(last_words, BargeIn.NEVER)
        except TemplateProblem as problem:
            self.effects.append(Failed(self.state.state, problem.message))
            self._say_built_in(last_words, BargeIn.NEVER, {})
        self._close(reason)

    def _close(self, reason: str) -> None:
        self.change(phase=Phase.CLOSING, end_reason=reason)
        self.effects.append(StopTimer(NO_INPUT))
        if self.state.speaking:
            self.effects.append(StartTimer(CLOSING, self.state.turn, CLOSING_SECONDS))
        else:
            self.end(reason)

    def end(self, reason: str) -> None:
        """End the call at once."""
        self.change(phase=Phase.OVER, end_reason=reason, speaking=())
        self.effects.append(HangUp(reason))


def nth(wordings: Wordings, number: int) -> Text:
    """Return the wording for the first time, the second …; the last repeats."""
    return wordings[min(number, len(wordings)) - 1]


def starting_variables(flow: Flow, started: CallStarted) -> dict[str, object]:
    """Return the variables that a call begins with: the flow's, then the DID's or the call's."""
    return {"language": flow.language, **flow.variables, **started.variables}
