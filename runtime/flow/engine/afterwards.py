"""`after_call`: what is done when the call has ended, however it ended."""

from runtime.flow.engine import fetching, prompting, subroutine
from runtime.flow.engine.effects import AskModel, Failed, Finished
from runtime.flow.engine.passage import Passage
from runtime.flow.engine.state import Phase
from runtime.flow.template import TemplateProblem

SUMMARY_SECONDS = 30.0


def go_on(passage: Passage) -> None:
    """Take the next step, if nothing is under way; after the last, all is over."""
    subroutine.come_home(passage)
    steps = passage.root.after_call
    while not passage.state.errand and passage.state.after < len(steps):
        step = steps[passage.state.after]
        passage.change(after=passage.state.after + 1)
        try:
            if step.when is not None and not step.when.evaluate(passage.values()):
                continue
            if step.ask is None:
                fetching.send(passage, passage.root.requests[step.request])
            else:
                _ask(passage, step.ask.render(passage.shown_values()))
        except TemplateProblem as problem:
            passage.effects.append(Failed("", problem.message))
    if not passage.state.errand:
        passage.change(phase=Phase.OVER)
        passage.effects.append(Finished())


def _ask(passage: Passage, ask: str) -> None:
    number = passage.begin_errand(SUMMARY_SECONDS)
    passage.change(summary="")
    passage.effects.append(AskModel(number, prompting.question(passage, ask), whole=True))


def answered(passage: Passage, text: str) -> None:
    """The model has answered the question of the step under way."""
    passage.end_errand()
    step = passage.root.after_call[passage.state.after - 1]
    passage.put(step.save, text)


def request_answered(passage: Passage, answer: dict[str, object]) -> None:
    """The request of the step under way was answered; raises `TemplateProblem`."""
    passage.end_errand()
    step = passage.root.after_call[passage.state.after - 1]
    status = answer["status"]
    if isinstance(status, int) and not fetching.is_ok(status):
        passage.effects.append(Failed("", f"the request '{step.request}' came to {status}"))
    fetching.save(passage, passage.root.requests[step.request], answer)


def failed(passage: Passage, reason: str) -> None:
    """The step under way came to nothing; the next may still go well."""
    passage.end_errand()
    passage.effects.append(Failed("", reason))
