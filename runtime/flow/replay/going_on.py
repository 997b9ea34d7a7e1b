"""Leads a call on in another version of its flow, from where it has parted from what was kept."""

from collections import Counter
from collections.abc import Mapping, Sequence

from runtime.flow.conversation.rehearsal import Midway, Rehearsal
from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.engine.effects import AskModel, Effect, SendRequest
from runtime.flow.engine.events import Event
from runtime.flow.engine.state import CallState, Phase
from runtime.flow.replay.acting import Act, do
from runtime.flow.replay.coding import encode_event
from runtime.flow.replay.following import Follower, Rank
from runtime.flow.replay.keeping import shown_effects
from runtime.flow.replay.kept import KeptStep
from runtime.flow.replay.moves import web_replies
from runtime.flow.replay.path import Mark, marks_of
from runtime.flow.request import Request
from runtime.flow.web import WebRequest


class _Unknown(Exception):  # noqa: N818 - it reads as what befell
    """The replay cannot tell what would have been answered."""


def go_on(
    follower: Follower, steps: Sequence[KeptStep], later: Sequence[Act], rank: Rank | None
) -> tuple[list[Mark], str]:
    """Have the caller do what he did; return the path, and why it ends where the call does not."""
    if follower.state.phase is Phase.OVER:
        return [], ""
    going = _Going(follower, steps, rank)
    try:
        return going.marks, going.on(later)
    except _Unknown as unknown:
        return going.marks, str(unknown)


class _Going:
    """The call, rehearsed from there on, and its path."""

    def __init__(self, follower: Follower, steps: Sequence[KeptStep], rank: Rank | None) -> None:
        self.marks: list[Mark] = []
        self._flow = follower.flow
        self._replies = _left(follower, steps)
        self._ask = rank
        self._act: Act | None = None
        self._follower = follower

    def on(self, later: Sequence[Act]) -> str:
        """Go on to the end; return why it is no end."""
        # What is still unanswered is asked for by this.
        talk = Rehearsal(
            self._flow,
            self._rank,
            self._follower.state.started,
            self._request,
            _ask_model,
            midway=_midway(self._follower),
            watch=self._watch,
        )
        talk.is_about_to_interrupt = any(each.interrupting for each in later[:1])
        talk.opening()
        for number, act in enumerate(later):
            if talk.ended:
                break
            if act.kind == "unsayable" and act.text.startswith("the call was ended"):
                return f"here {act.text}"
            self._act = act
            following = later[number + 1 : number + 2]
            talk.is_about_to_interrupt = any(each.interrupting for each in following)
            do(talk, act)
        return "" if talk.ended else "the caller did nothing more"

    def _watch(
        self, before: CallState, event: Event, effects: tuple[Effect, ...], after: CallState
    ) -> None:
        shown = shown_effects(self._flow, before, effects, after)
        replaced = self._act is not None and self._act.replaced
        self.marks += marks_of(encode_event(event), shown, replaced=replaced)

    def _rank(self, text: str, intents: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
        if self._ask is None:
            raise _Unknown("what the classifier makes of it is not known")
        return self._ask(text, intents)

    def _request(self, request: Request, sent: WebRequest) -> WebReply:
        replies = self._replies.get(request.name)
        if not replies:
            raise _Unknown(f"what the request '{request.name}' would have got is not known")
        return replies.pop(0) if len(replies) > 1 else replies[0]


def _ask_model(question: AskModel) -> ModelReply:
    raise _Unknown("what the language model would have answered is not known")


def _midway(follower: Follower) -> Midway:
    state = follower.state
    asked: list[Effect] = []
    if follower.errand is not None and follower.errand.errand == state.errand:
        asked.append(follower.errand)
    if follower.deciding is not None and follower.deciding.turn == state.turn:
        asked.append(follower.deciding)
    timers = {name: (timer.due, timer.turn) for name, timer in follower.timers.items()}
    return Midway(state, follower.at, timers, tuple(asked))


def _left(follower: Follower, steps: Sequence[KeptStep]) -> dict[str, list[WebReply]]:
    """Return the answers of the kept call that have not been given here; the last can be again."""
    given = _given(follower)
    return {
        name: replies[given.get(name, 0) :] or replies[-1:]
        for name, replies in web_replies(steps).items()
    }


def _given(follower: Follower) -> Mapping[str, int]:
    """Return how many answers each request has got, or will not wait for."""
    made = Counter(
        str(row["request"])
        for played in follower.played
        for row in played.effects
        if row["effect"] == "send_request"
    )
    errand = follower.errand
    if isinstance(errand, SendRequest) and errand.errand == follower.state.errand:
        made[errand.request.name] -= 1
    return made
