"""The stand-in carrier's exchange: sets calls up, sees them through and tells the webhooks."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any
from uuid import uuid4

from runtime.carrier.call_order import CallOrder
from runtime.carrier.caller import Call, CallHeard, CannotConnect, EndedBy, Progress, place
from runtime.carrier.script import Step
from runtime.carrier.stand_in.person import Answer, Person, Reached
from runtime.carrier.stand_in.webhooks import WebhookPost

_BUSY_AFTER = 0.5
"""Seconds from the acknowledgement until the other side's exchange says that it is busy."""


class Outcome(StrEnum):
    """How an outgoing call ended."""

    COMPLETED = "completed"
    """It was answered, by a person or a machine."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"
    """The bot's server hung up while the phone rang."""
    FAILED = "failed"
    """The bot's server cannot be reached or did not take the call, or the carrier failed."""


@dataclass(slots=True)
class PhoneCall:
    """An outgoing call in the exchange's books."""

    call_id: str
    mobile: str
    did: str
    person: str
    placed_at: float
    """Seconds since the epoch, as `ended_at`."""
    state: str = "initiated"
    """Then ringing, answered, ended."""
    outcome: str = ""
    ended_by: str = ""
    close_code: int = 0
    seconds: float = 0.0
    """From the answer to the end."""
    ended_at: float = 0.0
    faults: tuple[str, ...] = ()
    """What the bot's server sent that the carrier's document does not allow."""

    def event(self, name: str) -> dict[str, Any]:
        """Return the body of a webhook."""
        now = int(time.time() * 1000)
        event = {
            "event": name,
            "callId": self.call_id,
            "mobileNo": self.mobile,
            "did": self.did,
            "timestamp": now,
        }
        if name == "ended":
            event |= {"outcome": self.outcome, "endedBy": self.ended_by}
            event |= {"duration": round(self.seconds, 2)}
        return event


@dataclass(slots=True)
class Exchange:
    """All outgoing calls of a stand-in carrier."""

    post: WebhookPost
    tasks: asyncio.TaskGroup
    seed: int = 0
    tell: Callable[[PhoneCall], None] = lambda _: None
    """Is told whenever a call's state changes."""
    speed: float = 1.0
    """Of `Call`."""
    calls: list[PhoneCall] = field(default_factory=list)
    """All since the start, in the order of their placing."""
    _live: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def is_busy(self) -> bool:
        """Whether a call is under way, or an event of one still to be posted."""
        return bool(self._live)

    def set_up(self, order: CallOrder, reached: Reached) -> PhoneCall:
        """Begin a call and return at once."""
        call = PhoneCall(
            uuid4().hex[:24], order.mobile, order.did, reached.person.name, time.time()
        )
        self.calls.append(call)
        chance = Random(f"{self.seed}/{order.mobile}/{reached.nth}")
        task = self.tasks.create_task(self._see_through(call, order, reached, chance))
        self._live.add(task)
        task.add_done_callback(self._live.discard)
        return call

    def break_off(self) -> None:
        """End all calls at once, and post no more."""
        for task in self._live:
            task.cancel()

    async def _see_through(
        self, call: PhoneCall, order: CallOrder, reached: Reached, chance: Random
    ) -> None:
        news: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

        def now(state: str) -> None:
            call.state = state
            self.tell(call)
            news.put_nowait(call.event(state))

        def progress(how_far: Progress) -> None:
            if how_far is not Progress.RINGING or reached.answer is not Answer.BUSY:
                now(how_far.value)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.post.deliver(news, order.webhook, Random(chance.random())))
            now("initiated")
            if reached.answer is Answer.FAILED:
                call.outcome, call.ended_by = Outcome.FAILED, "carrier"
            else:
                await self._connect(call, order, reached, chance.getrandbits(32), progress)
            call.ended_at = time.time()
            now("ended")
            news.put_nowait(None)

    async def _connect(
        self,
        call: PhoneCall,
        order: CallOrder,
        reached: Reached,
        seed: int,
        progress: Callable[[Progress], None],
    ) -> None:
        """Go through the call and write down how it ended."""
        wanted = leg(
            reached.person,
            reached.answer,
            url=order.ws_url,
            call_id=call.call_id,
            mobile=call.mobile,
            seed=seed,
            speed=self.speed,
        )
        try:
            heard = await place(wanted, progress=progress)
        except CannotConnect:
            call.outcome, call.ended_by = Outcome.FAILED, "carrier"
            return
        call.outcome, call.ended_by = ending(heard, reached.answer, call.state)
        call.close_code, call.faults = heard.close_code, heard.faults_found
        call.seconds = heard.seconds


def leg(
    person: Person, answer: Answer, *, url: str, call_id: str, mobile: str, seed: int, speed: float
) -> Call:
    """Return an outgoing call to a person as the carrier's end of a WebSocket."""
    steps: tuple[Step, ...] = (*person.picks_up, *person.steps)
    return Call(
        url=url,
        call_id=call_id,
        mobile=mobile,
        steps=person.machine if answer is Answer.VOICEMAIL else steps,
        manners=person.manners,
        faults=person.faults,
        seed=seed,
        rings=_BUSY_AFTER if answer is Answer.BUSY else person.rings,
        is_answered=answer in (Answer.PERSON, Answer.VOICEMAIL),
        hangs_up_after=person.hangs_up_after,
        breaks_after=person.breaks_after,
        waits_for_end=person.waits_for_end,
        speed=speed,
    )


_ENDED_BY = {
    EndedBy.BOT: "bot",
    EndedBy.CALLER: "callee",
    EndedBy.PATIENCE: "callee",
    EndedBy.LINE: "line",
}


def ending(heard: CallHeard, answer: Answer, state: str) -> tuple[Outcome, str]:
    """Return a call's outcome and who ended it; `state` is how far it had come."""
    if heard.ended_by is EndedBy.UNANSWERED:
        outcome = Outcome.BUSY if answer is Answer.BUSY else Outcome.NO_ANSWER
        return outcome, "callee"
    if state == "answered":
        return Outcome.COMPLETED, _ENDED_BY[heard.ended_by]
    if heard.ended_by is EndedBy.BOT and heard.close_code == 1000:
        return Outcome.CANCELLED, "bot"
    return Outcome.FAILED, "carrier" if heard.ended_by is EndedBy.UNACKNOWLEDGED else "bot"
