"""From state to state: entering, handlers, ways back, failures."""

from typing import assert_never

from runtime.flow import ways
from runtime.flow.engine import collecting, fetching, leading, recording, subroutine
from runtime.flow.engine.effects import Entered, Failed, Took
from runtime.flow.engine.passage import Passage
from runtime.flow.engine.question import ask
from runtime.flow.engine.state import CallState, Frame, Phase, Spot, starting_variables
from runtime.flow.model import (
    BUILT_IN_TARGETS,
    Ask,
    BargeIn,
    Choose,
    Collect,
    Fetch,
    Flow,
    Handler,
    Handlers,
    Handoff,
    Hangup,
    Listening,
    Pass,
    Prompt,
    Record,
    Run,
    State,
)
from runtime.flow.template import TemplateProblem

MAX_STATES = 50
"""States without waiting for the caller (FLOWS.md, "Meaning, exactly"); requests are waited for."""

RETURN = "return to the flow around"
"""Where a flow that is run goes where nothing follows. No state is reached by this name."""


Anywhere = tuple[int | None, tuple[Handler, ...], Handler]
"""Of a handler of `always`: the depth of its flow (None: this one), its row, itself."""


class Walk:
    """Goes through the flow on behalf of one passage."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self._failed_in: set[tuple[int, str]] = set()

    @property
    def state(self) -> CallState:
        """The call's state so far."""
        return self.passage.state

    # -- going -------------------------------------------------------------------------------------

    def go(self, target: str | None) -> None:
        """Enter `target`, and what follows from it, until the call waits or closes."""
        while target is not None and self.state.phase is Phase.LIVE:
            try:
                target = self._enter(target)
            except TemplateProblem as problem:
                target = self.fail(problem.message)

    def _enter(self, target: str) -> str | None:
        passage = self.passage
        passage.drop_errand()
        match target:
            case "hangup":
                passage.close("hangup", "goodbye")
                return None
            case "repeat" | "back" if not self.state.state:
                return passage.flow.start
            case "repeat" if isinstance(passage.here.verb, Listening):
                self.ask_again()
                return None
            case "repeat":
                target = self.state.state
            case "restart":
                return self._restart()
            case "back":
                return self._back()
        if target is RETURN:
            return self._return()
        passage.change(entered=self.state.entered + 1)
        if self.state.entered > MAX_STATES:
            passage.effects.append(Failed(target, f"{MAX_STATES} states without waiting"))
            passage.close("error", "error")
            return None
        self._arrive(target)
        here = passage.here
        passage.assign(here.set)
        if here.say is not None:
            passage.say(here.say)
        return self._do(here)

    def _arrive(self, name: str) -> None:
        passage = self.passage
        passage.change(state=name, asking="")
        passage.change(**FRESH)
        passage.effects.append(Entered(name, passage.flow.file))
        if isinstance(passage.here.verb, Prompt):
            leading.arrive(passage)

    def _do(self, state: State) -> str | None:  # noqa: C901, PLR0912 - one row a verb
        passage = self.passage
        match state.verb:
            case Pass():
                return self.onward()
            case Ask():
                ask(passage)
            case Collect() as verb:
                return self.onward() if collecting.enter(passage, verb) else None
            case Choose(branches=branches):
                return self._choose(branches)
            case Prompt() as verb:
                leading.enter(passage, verb)
            case Fetch(request=name):
                fetching.send(passage, passage.flow.requests[name])
            case Handoff(request=name):
                fetching.hand_off(passage, passage.flow.requests[name])
            case Run() as verb:
                start = subroutine.enter(passage, verb)
                passage.change(**FRESH)
                return start
            case Record() as verb:
                recording.enter(passage, verb)
            case Hangup(text=text):
                if text is None:
                    passage.close("hangup", "goodbye")
                else:
                    passage.say(text, BargeIn.NEVER)
                    passage.close_after_speech("hangup")
            case _:
                assert_never(state.verb)
        return None

    def _choose(self, branches: tuple[Handler, ...]) -> str | None:
        branch = self.passage.first_that_holds(branches) or branches[-1]
        return self.follow(branch, branches, ways.CHOOSE)

    def onward(self) -> str:
        """Return what follows the state; nothing follows only in a flow that is run."""
        here = self.passage.here
        if here.next is None:
            return RETURN
        self.took(ways.NEXT)
        return here.next

    def _return(self) -> str:
        assert self.state.frames, "in a main flow, a state without a way on is an error"
        subroutine.leave(self.passage)
        return self.onward()

    def _restart(self) -> str:
        passage = self.passage
        if self.state.frames:
            return subroutine.begin_anew(passage)
        values = starting_variables(passage.flow, self.state.started)
        passage.change(
            variables=values, slots={}, filled={}, passed={}, tainted=frozenset(), back=()
        )
        return passage.flow.start

    def _back(self) -> str | None:
        if not self.state.back:
            return self.state.state
        *rest, spot = self.state.back
        self.passage.change(back=tuple(rest))
        subroutine.return_to(self.passage, spot)
        here = self.passage.here
        if not isinstance(here.verb, Listening):
            return here.name
        self.passage.effects.append(Entered(here.name, self.passage.flow.file))
        self.passage.change(**FRESH)
        if isinstance(here.verb, Prompt):
            leading.ask_model(self.passage)
            return None
        if isinstance(here.verb, Collect):
            return self.onward() if collecting.ask_next(self.passage, here.verb) else None
        self.ask_again()
        return None

    def ask_again(self) -> None:
        """Ask the state's question again, or its next where it has been settled by the way."""
        verb, asking = self.passage.here.verb, self.state.asking
        if isinstance(verb, Collect) and (not asking or asking in self.state.slots):
            if collecting.ask_next(self.passage, verb):
                self.go(self.onward())
        else:
            ask(self.passage)

    # -- handlers ----------------------------------------------------------------------------------

    def took(self, way: str, *, anywhere: bool = False) -> None:
        """Note that a way on was taken."""
        state = "" if anywhere else self.state.state
        self.passage.effects.append(Took(self.passage.flow.file, state, way))

    def follow(
        self, handler: Handler, row: tuple[Handler, ...], way: str, *, anywhere: bool = False
    ) -> str | None:
        """Do what a handler says, and return where it leads."""
        self.took(ways.numbered(way, row, handler), anywhere=anywhere)
        self.passage.assign(handler.set)
        if handler.say is not None:
            self.passage.say(handler.say)
        return handler.next

    def take(self, key: str) -> bool:
        """Take the first handler of the state's `on` that holds; False where there is none."""
        row = self.passage.here.on.get(key, ())
        handler = self.passage.first_that_holds(row)
        if handler is None:
            return False
        target = self.follow(handler, row, ways.on(key))
        if target is None:
            self.resume()
        else:
            self.go(target)
        return True

    def take_outcome(self, key: str) -> bool:
        """Take the handler for what a request came to; one without `next` goes on with the state's.

        False where there is none.
        """
        row = self.passage.here.on.get(key, ())
        handler = self.passage.first_that_holds(row)
        if handler is None:
            return False
        self.go(self.follow(handler, row, ways.on(key)) or self.onward())
        return True

    def take_anywhere(self, key: str) -> bool:
        """Take a handler of `always`, of this flow or of one around it; `back` leads here."""
        found = self.find_anywhere(key)
        if found is None:
            return False
        target, inner = self.follow_anywhere(key, found)
        if target is None:
            self.resume()
        else:
            self.leave(target, inner)
        return True

    def follow_anywhere(self, key: str, found: Anywhere) -> tuple[str | None, tuple[Frame, ...]]:
        """Do what a handler of `always` says; return where it leads, and the flows it leaves."""
        depth, row, handler = found
        inner = () if depth is None else subroutine.unwind(self.passage, depth)
        target = self.follow(handler, row, ways.on(key), anywhere=True)
        if target is None:
            subroutine.return_to(self.passage, Spot(self.state.state, inner))
        return target, inner

    def find_anywhere(self, key: str) -> Anywhere | None:
        """Return the handler of `always` that holds, and how many flows stand around its own."""
        passage = self.passage
        row = passage.flow.always.get(key, ())
        handler = passage.first_that_holds(row)
        if handler is not None:
            return None, row, handler
        for depth, flow in subroutine.outer_flows(passage):
            row = flow.always.get(key, ())
            outer = Passage(passage.root, passage.state, passage.at)
            subroutine.unwind(outer, depth)
            handler = outer.first_that_holds(row)
            if handler is not None:
                return depth, row, handler
        return None

    def resume(self) -> None:
        """Go on waiting for what the state waits for: the caller, or what is under way."""
        if isinstance(self.passage.here.verb, Listening):
            self.ask_again()

    def leave(self, target: str, inner: tuple[Frame, ...] = ()) -> None:
        """Go to `target`, from where `back` leads here (or into the flows that were left)."""
        if target not in BUILT_IN_TARGETS:
            subroutine.mark_way_back(self.passage, inner)
        self.go(target)

    def leave_for(self, target: str, flow: Flow, way: str) -> None:
        """Go where `after` or `provider_down` of `flow` leads, this one or one around it."""
        inner: tuple[Frame, ...] = ()
        for depth, outer in subroutine.outer_flows(self.passage):
            if outer is flow:
                inner = subroutine.unwind(self.passage, depth)
        self.took(way, anywhere=True)
        if self.state.is_paused:
            # What the caller is saying was said to the state that is left.
            self.passage.stop_speaking()
        self.leave(target, inner)

    # -- failures ----------------------------------------------------------------------------------

    def fail(self, message: str) -> str | None:
        """Take the way of errors: the state's `error`, `always`'s, else an apology and the end.

        In a flow that is run, then the same of those around it. Returns the state or built-in
        target to enter next, if any.
        """
        passage = self.passage
        passage.drop_errand()
        passage.effects.append(Failed(self.state.state, message))
        while True:
            target = self._way_of_errors()
            if target is not None:
                return target
            if not self.state.frames:
                break
            subroutine.unwind(passage, len(self.state.frames) - 1)
        passage.close("error", "error")
        return None

    def _way_of_errors(self) -> str | None:
        here, depth = self.state.state, len(self.state.frames)
        if (depth, here) in self._failed_in:
            return None
        self._failed_in.add((depth, here))
        own: Handlers = self.passage.here.on if here else {}
        for handlers in (own, self.passage.flow.always):
            try:
                target = self._way_after(handlers)
            except TemplateProblem as problem:
                self.passage.effects.append(Failed(here, problem.message))
                continue
            if target is not None:
                return target
        return None

    def _way_after(self, handlers: Handlers) -> str | None:
        """Follow the `error` that holds; None where there is none, or it leaves nothing to do."""
        row = handlers.get("error", ())
        handler = self.passage.first_that_holds(row)
        if handler is None:
            return None
        anywhere = handlers is self.passage.flow.always
        target = self.follow(handler, row, ways.on("error"), anywhere=anywhere)
        if target is None:
            # Only a question can be gone back to; before the first state all is still to come.
            waits = not self.state.state or isinstance(self.passage.here.verb, Listening)
            return "repeat" if waits else None
        if anywhere and target not in BUILT_IN_TARGETS:
            subroutine.mark_way_back(self.passage)
        return target


FRESH: dict[str, object] = {
    "misses": 0,
    "deciding": None,
    "offered": (),
    "patience": None,
    "pending": None,
    "keys": "",
}
"""What a state begins with."""
