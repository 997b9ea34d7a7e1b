"""What holds for every call that asks others for something, whatever they answer, and when."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_calls import MORNING, flow_of

from runtime.flow import engine
from runtime.flow.engine.dialogue import ModelCall
from runtime.flow.engine.effects import (
    AskModel,
    Classify,
    Effect,
    Finished,
    HangUp,
    Say,
    SendRequest,
    StartRecording,
    StartTimer,
    StopErrand,
    StopTimer,
)
from runtime.flow.engine.events import (
    CallerHungUp,
    CallStarted,
    Classified,
    EndAsked,
    Event,
    Heard,
    ModelCalled,
    ModelDone,
    ModelSaid,
    NothingHeard,
    PlayedOut,
    Pressed,
    ProviderFailed,
    Recorded,
    RequestAnswered,
    RequestFailed,
    ServerLeaves,
    SpeechStarted,
    SpeechSustained,
    TimerFired,
    VoicemailMet,
)
from runtime.flow.engine.state import CallState, Phase
from runtime.flow.model import Flow

ASIDE = """
variables: {topic: none, mark: none}
slots: {stars: {type: integer, ask: How many stars?}}
states:
  rate: {collect: [stars], on: {yes: leave, no: restart}, next: leave}
  leave: {record: 'Say why, {{ topic }}.', up_to: 20s, save: mark, on: {error: rate}, next: look}
  look: {request: free, on: {ok: done, error: rate}}
  done: {choose: [{when: stars == 3, next: broken}, {next: thanks}]}
  broken: {say: '{{ topic.x.y }}', next: thanks}
  thanks: {say: Thanks.}
requests: {free: {get: 'https://x.example/{{ topic }}', hold: Wait.}}
"""
FLOW = """
providers: {llm: some}
variables: {times: [], mark: none, outcome: none, n: 0}
greeting: Hello.
intents:
  book: {description: To book, words: [book], digit: 1}
  order: {examples: [I want a lamp]}
  fees: {words: [fees], answer: '{{ times[n] }}'}
slots:
  day: {type: date, ask: Which day?, valid: value > today, confirm: 'On {{ value | date }}?'}
  pin: {type: digits, length: 4, ask: PIN?, sensitive: true}
requests:
  free: {get: 'https://x.example/{{ n }}', hold: One moment., save: {times: body.times}}
  desk: {post: 'https://x.example/', save: {n: 'abs(body)'}}
limits: {turns: 25, duration: 5m, tokens: 90}
settings: {tries: 2}
states:
  menu: {ask: What?, on: {book: visit, order: talk, "2": find, "3": aside, "4": left, "5": sum}}
  visit: {collect: [day, pin], on: {order: talk}, next: find}
  find:
    say: Let me see.
    request: free
    on: {ok: menu, error: sorry, timeout: left, "404": people}
  people: {handoff: desk, on: {error: back}, next: bye}
  talk:
    prompt: You are kind, {{ times }}.
    tools: [free, desk]
    slots: [day]
    turns: 3
    on:
      book: visit
      fees: {set: {n: n + 1}, say: Well.}
      goodbye: bye
      error: {when: n < 3, next: menu}
    give_up: menu
  sum:
    prompt: You are brief.
    say: Yes?
    context: summary
    barge_in: false
    on: {book: {when: n > 0, next: visit}}
  aside: {run: aside.yaml, with: {topic: '{{ n }}'}, save: {mark: mark}, next: menu}
  left: {record: Speak., up_to: 30s, save: mark, next: bye}
  sorry: {set: {n: n + 1}, say: Sorry., next: back}
  bye: {hangup: Bye.}
always:
  on:
    person: people
    error: [{when: n < 2, next: sorry}, {when: n < 4, say: Hm.}]
    give_up: {when: n > 2, next: left}
    over_limit: left
    voicemail: left
    caller_hung_up: {set: {outcome: "'gone'"}}
  after: {1m: talk, 2m: back}
  provider_down: {llm: menu, tts: left}
after_call:
  - {request: free, when: "times[n] == 1"}
  - summary: {ask: 'And {{ mark }}?', save: outcome}
  - request: desk
"""
TALK = flow_of(FLOW, {"aside.yaml": ASIDE})

WORDS = (
    "yes",
    "no",
    "book it",
    "a lamp",
    "fees",
    "repeat",
    "a person",
    "bye",
    "tomorrow",
    "",
    "1234",
)
BODIES: tuple[object, ...] = ({"times": [1, 2]}, "no json", None, 7)
TOOLS: tuple[tuple[str, dict[str, object]], ...] = (
    ("free", {}),
    ("desk", {"day": "2026-11-30"}),
    ("fill_slots", {"day": "2026-11-30"}),
    ("fill_slots", {"day": "never", "pin": "1234"}),
    ("take_way_out", {"way": "book"}),
    ("take_way_out", {"way": "goodbye"}),
    ("no_tool", {}),
)


@dataclass
class World:
    """A call, and all that is around it: who was asked for what, and which timers run."""

    flow: Flow
    state: CallState = field(init=False)
    effects: list[Effect] = field(init=False, default_factory=list)
    events: list[Event] = field(init=False, default_factory=list)
    timers: dict[str, int] = field(init=False, default_factory=dict)
    asked: dict[int, Effect] = field(init=False, default_factory=dict)
    """All errands so far."""
    open: set[int] = field(init=False, default_factory=set)
    thinking: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.state, effects = engine.start(self.flow, CallStarted(at=MORNING, call_id="c"))
        self._take(effects)

    def gets(self, event: Event) -> None:
        if isinstance(event, RequestAnswered | RequestFailed | ModelDone | Recorded):
            self.open.discard(event.errand)
        if isinstance(event, ProviderFailed):
            self.open.discard(event.errand)
        if isinstance(event, TimerFired):
            del self.timers[event.timer]
        self.events.append(event)
        self.state, effects = engine.step(self.flow, self.state, event)
        self.thinking = False
        self._take(effects)
        self.is_in_order()

    def _take(self, effects: tuple[Effect, ...]) -> None:
        self.effects += effects
        for effect in effects:
            match effect:
                case StartTimer(timer=timer, turn=turn):
                    self.timers[timer] = turn
                case StopTimer(timer=timer):
                    self.timers.pop(timer, None)
                case SendRequest(errand=errand) | AskModel(errand=errand):
                    self.asked[errand] = effect
                    self.open.add(errand)
                case StartRecording(errand=errand):
                    self.asked[errand] = effect
                    self.open.add(errand)
                case StopErrand(errand=errand):
                    if not isinstance(self.asked.get(errand), StartRecording):
                        self.open.discard(errand)
                case Classify():
                    self.thinking = True
                case _:
                    pass

    def is_in_order(self) -> None:
        """A call is never left without anything that moves it on; one errand at a time."""
        state = self.state
        waits_for_others = bool(state.errand) and self.timers.get("errand") == state.errand
        assert bool(state.errand) == waits_for_others
        busy = [x for x in self.open if not isinstance(self.asked[x], StartRecording)]
        assert len(busy) <= 1
        plays = state.speaking and not state.is_paused
        match state.phase:
            case Phase.LIVE:
                clock = self.timers.keys() & {"no_input", "keys"}
                waits = plays or state.hearing or state.deciding is not None or clock
                assert waits or waits_for_others
            case Phase.CLOSING:
                assert plays
                assert "closing" in self.timers
            case Phase.AFTER:
                assert waits_for_others
            case Phase.OVER:
                assert not state.errand


Act = Callable[[World, int], Event | None]


def say(world: World, number: int) -> Event:
    goes_on = number // len(WORDS) % 3 == 1
    return Heard(at=MORNING, text=WORDS[number % len(WORDS)], goes_on=goes_on)


def press(world: World, number: int) -> Event:
    return Pressed(at=MORNING, digit="1234507#"[number % 8])


def hear(world: World, number: int) -> Event:
    # Now and then only a part of it, or what was heard long ago.
    return PlayedOut(at=MORNING, say=max(1, world.state.said - number % 3 * (number % 2)))


def answer(world: World, number: int) -> Event | None:
    """Who was asked last answers; now and then once more, or one who was asked before."""
    if not world.asked:
        return None
    errand = max(world.asked) if number % 4 else sorted(world.asked)[number % len(world.asked)]
    match world.asked[errand]:
        case SendRequest():
            if number % 5 == 4:
                return RequestFailed(at=MORNING, errand=errand, reason="x", is_late=number % 2 == 0)
            status = (200, 200, 404, 500)[number % 4]
            body = BODIES[number % len(BODIES)]
            return RequestAnswered(at=MORNING, errand=errand, status=status, body=body)
        case StartRecording():
            return Recorded(at=MORNING, errand=errand, name="m" * (number % 2))
        case _:
            tool, arguments = TOOLS[number % len(TOOLS)]
            answers: tuple[Event, ...] = (
                ModelSaid(at=MORNING, errand=errand, text="Yes {{ n }}."),
                ModelCalled(at=MORNING, errand=errand, call=ModelCall("c", tool, arguments)),
                ModelDone(at=MORNING, errand=errand, tokens=number),
                ModelDone(at=MORNING, errand=errand, tokens=number),
                ModelSaid(at=MORNING, errand=errand, text='{"intent": "book"}'),
                ProviderFailed(at=MORNING, kind="llm", reason="x", errand=errand),
            )
            return answers[number // 2 % len(answers)]


def ring(world: World, number: int) -> Event | None:
    names = sorted(world.timers.keys() - {"cut_off"})
    if not names:
        return None
    timer = names[number % len(names)]
    return TimerFired(at=MORNING, timer=timer, turn=world.timers[timer])


def rank(world: World, number: int) -> Event:
    score = (0.2, 0.5, 0.9)[number % 3]
    return Classified(at=MORNING, turn=world.state.turn, ranking=(("order", score),))


def seldom(world: World, number: int) -> Event | None:
    events: tuple[Event, ...] = (
        ProviderFailed(at=MORNING, kind="stt", reason="x"),
        ProviderFailed(at=MORNING, kind="tts", reason="x"),
        VoicemailMet(at=MORNING),
    )
    return events[number] if number < len(events) else None


ACTS: dict[str, Act] = {
    "hear": hear,
    "hear and say": say,
    "say": say,
    "press": press,
    "answer": answer,
    "answer again": answer,
    "ring": ring,
    "rank": rank,
    "begin to speak": lambda *_: SpeechStarted(at=MORNING),
    "go on speaking": lambda *_: SpeechSustained(at=MORNING),
    "cough": lambda *_: NothingHeard(at=MORNING),
    "seldom": seldom,
}
DONE = st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 60))
COURSES = st.lists(DONE, max_size=60)
ENDS: tuple[Event | None, ...] = (
    None,
    CallerHungUp(at=MORNING),
    EndAsked(at=MORNING, reason="operator"),
    ServerLeaves(at=MORNING),
)
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def go_through(course: list[tuple[str, int]], world: World) -> None:
    for act, number in course:
        if act.startswith("hear"):
            world.gets(hear(world, number))
        event = ACTS[act](world, number)
        if event is not None:
            world.gets(event)


def finish(world: World) -> None:
    """Nobody answers any more: only timers run out."""
    if "cut_off" in world.timers:
        world.gets(TimerFired(at=MORNING, timer="cut_off", turn=0))
    for _ in range(len(world.flow.after_call) + 1):
        if world.state.phase is Phase.OVER:
            break
        world.gets(TimerFired(at=MORNING, timer="errand", turn=world.timers["errand"]))


@quick
@given(course=COURSES, end=st.sampled_from(ENDS), more=COURSES)
def test_whatever_is_answered_in_whatever_order_a_call_goes_on_and_ends_once(
    course: Any, end: Any, more: Any
) -> None:
    world = World(TALK)
    go_through(course, world)
    if end is not None:
        world.gets(end)
    go_through(more, world)
    finish(world)
    assert world.state.phase is Phase.OVER
    assert sum(isinstance(x, HangUp) for x in world.effects) == 1
    assert world.effects[-1] == Finished()
    lines = [x for x in world.effects if isinstance(x, Say)]
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    # A model's braces are words; the author's are never spoken.
    assert not any("{{" in line.text.replace("Yes {{ n }}.", "") for line in lines)


@quick
@given(course=COURSES, end=st.sampled_from(ENDS))
def test_the_same_events_give_the_same_effects(course: Any, end: Any) -> None:
    world = World(TALK)
    go_through(course, world)
    if end is not None:
        world.gets(end)
    state, effects = engine.start(TALK, CallStarted(at=MORNING, call_id="c"))
    again = list(effects)
    for event in world.events:
        state, effects = engine.step(TALK, state, event)
        again += effects
    assert state == world.state
    assert again == world.effects


@quick
@given(course=COURSES)
def test_what_was_answered_once_is_not_answered_twice(course: Any) -> None:
    world = World(TALK)
    go_through(course, world)
    before = world.state
    for errand, effect in world.asked.items():
        if errand == before.errand:
            continue
        stale: list[Event] = [
            ModelSaid(at=MORNING, errand=errand, text="Hello."),
            ProviderFailed(at=MORNING, kind="llm", reason="x", errand=errand),
            RequestFailed(at=MORNING, errand=errand, reason="x"),
            Recorded(at=MORNING, errand=errand, name="x"),
        ]
        for event in stale:
            assert engine.step(TALK, before, event) == (before, ()), effect
