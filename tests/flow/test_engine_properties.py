"""What holds for every call, whatever happens in it in whatever order."""

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_calls import MORNING, flow_of

from runtime.flow import engine
from runtime.flow.engine.effects import Classify, Finished, HangUp, Say, StartTimer, StopTimer
from runtime.flow.engine.events import (
    Answered,
    CallerHungUp,
    CallStarted,
    Classified,
    EndAsked,
    Heard,
    NothingHeard,
    PlayedOut,
    Pressed,
    ProviderFailed,
    ServerLeaves,
    SpeechCut,
    SpeechStarted,
    SpeechSustained,
    TimerFired,
)
from runtime.flow.engine.state import Phase, shown_values
from runtime.flow.model import Listening

FLOWS = tuple(
    flow_of(text, **changes)
    for text, changes in (
        (
            """
limits: {turns: 9}
states: {menu: {ask: What?, on: {yes: menu, no: hangup}}}
""",
            {},
        ),
        (
            """
variables: {times: [], n: 0}
greeting: {say: {any: [Hi., 'Hello {{ mobile }}.']}, barge_in: false}
intents:
  book: {words: [book], examples: [I want a visit], digit: 1}
  hours: {words: [open], answer: '{{ times[n] }}'}
  info: {examples: [tell me more]}
settings: {barge_in: digits, tries: 2}
limits: {turns: 12, duration: 2m}
phrases: {goodbye: 'Bye {{ times[0] }}.', help: '{{ 1 / n }}'}
states:
  menu:
    set: {n: n + 1}
    ask: {any: [What?, 'And {{ n }}?', Well?]}
    on: {book: fork, no: back, "2": {when: n > 3, set: {times: '[n]'}}, error: {say: Hm.}}
  fork:
    choose: [{when: n % 3 == 0, next: bad}, {when: n > 5, next: repeat}, {next: sure}]
  bad: {say: '{{ times[0] }}', next: restart}
  sure: {ask: Sure?, barge_in: true, give_up: back, on: {yes: bye, no: menu, "*": bad}}
  sorry: {say: Sorry., next: back}
  bye: {hangup: {any: [Bye., 'Bye {{ times[0] }}.']}}
always:
  on:
    info: sure
    give_up: {when: n > 2, say: Alas.}
    over_limit: sure
    error: [{when: n < 4, next: sorry}, {when: 'times[0]', next: bye}]
    caller_hung_up: {set: {n: 1 / (n - 1)}}
  after: {30s: menu, 40s: back}
""",
            {"provider_down": {"tts": "sure", "llm": "bad"}},
        ),
        (
            """
limits: {turns: 9}
slots:
  day: {type: date, ask: Which day?, valid: value > today, invalid: '{{ value | date }}? No.'}
  hour: {type: time, ask: What time?, retry: [When?]}
  pin: {type: digits, length: 4, ask: PIN?, confirm: '{{ value | digits }}?', sensitive: true}
  code: {type: pattern, pattern: '[0-9]{4}', sensitive: true}
states:
  menu: {collect: [day, hour], on: {"0": menu}, next: secret}
  secret: {collect: [pin], tries: 2, give_up: menu, next: sure}
  sure:
    set: {copy: pin, code: 'pin[::-1]'}
    ask: '{{ copy }}, {{ code }} and {{ text }}{{ digit }}?'
    on: {no: {set: {day: none}, next: menu}, yes: {say: 'Bye {{ pin }}.', next: hangup}}
variables: {copy: ''}
always: {on: {book: {set: {day: "'2026-11-29'"}, say: Set.}, repeat: back}, after: {30s: menu}}
intents:
  book: {words: [book], examples: [I want a visit]}
  info: {examples: [tell me more], answer: It is free.}
""",
            {},
        ),
        (
            """
slots:
  new: {type: yes_no, ask: 'New?'}
  drink: {type: choice, ask: Drink?, choices: {tea: {digit: 7}, milk: []}, confirm: '{{ value }}?'}
  name: {type: name, ask: Name?, sensitive: true}
  much: {type: money, ask: How much?, valid: value / 0 > 1}
  why: {type: text, ask: Why?}
settings: {barge_in: digits, tries: 2}
limits: {turns: 15}
states:
  menu: {collect: [new, drink, name], on: {wait: menu}, next: more}
  more: {collect: [why, much], on: {error: {say: Hm.}}, next: menu}
""",
            {},
        ),
    )
)

TIMERS = ("no_input", "keys", "closing", "over_limit", "after:30:menu", "after:40:back")
WORDS = (
    *("yes", "no", "book", "open", "repeat", "help", "wait", "stop", "bye", "one", "", "blah"),
    *("tomorrow", "Friday or Saturday", "today", "at five", "no, I meant Tuesday at six pm"),
    *("4321", "yes, 4321", "my pin is 4321", "Kumar", "my name is Kumar", "tea", "fifty rupees"),
)
INTENTS = ("book", "info", "hours")
SMALL = st.integers(0, 14)
AT = st.just(MORNING)

ANYTHING = st.one_of(
    st.builds(Answered, at=AT),
    st.builds(SpeechStarted, at=AT),
    st.builds(SpeechSustained, at=AT),
    st.builds(
        Heard,
        at=AT,
        text=st.sampled_from(WORDS),
        confidence=st.sampled_from((1.0, 1.0, 0.1)),
        goes_on=st.booleans(),
    ),
    st.builds(NothingHeard, at=AT),
    st.builds(Pressed, at=AT, digit=st.sampled_from("012347*#")),
    st.builds(PlayedOut, at=AT, say=SMALL),
    st.builds(SpeechCut, at=AT, say=SMALL, heard=st.just("")),
    st.builds(TimerFired, at=AT, timer=st.sampled_from(TIMERS), turn=SMALL),
    st.builds(
        Classified,
        at=AT,
        turn=SMALL,
        ranking=st.lists(
            st.tuples(st.sampled_from(("book", "info")), st.sampled_from((0.2, 0.45, 0.5, 0.9))),
            max_size=2,
        ).map(tuple),
    ),
    st.builds(
        ProviderFailed, at=AT, kind=st.sampled_from(("stt", "tts", "llm")), reason=st.just("x")
    ),
)
ENDING = st.one_of(
    st.builds(CallerHungUp, at=AT),
    st.builds(EndAsked, at=AT, reason=st.just("operator")),
    st.builds(ServerLeaves, at=AT),
)
EVENTS = st.lists(ANYTHING, max_size=25)
ENDINGS = st.one_of(st.none(), ENDING)


def run(flow, events, seed=0):
    """Return the states and the effects, one of each for the start and every event."""
    state, effects = engine.start(flow, CallStarted(at=MORNING, call_id="c", seed=seed))
    states, all_effects = [state], [effects]
    for event in events:
        state, effects = engine.step(flow, state, event)
        states.append(state)
        all_effects.append(effects)
    return states, all_effects


flows = st.sampled_from(FLOWS)
quick = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(flow=flows, events=EVENTS, end=ENDINGS, more=EVENTS, seed=st.integers(0, 9))
def test_whatever_happens_a_call_stays_in_order(flow, events, end, more, seed):
    events = events if end is None else [*events, end, *more]
    states, effects = run(flow, events, seed)
    assert (states, effects) == run(flow, events, seed)
    every = [effect for step in effects for effect in step]
    hangups = [index for index, effect in enumerate(every) if isinstance(effect, HangUp)]
    # Nothing follows the end but the word that nothing will.
    assert hangups in ([], [len(every) - 2])
    assert [x for x in every if isinstance(x, Finished)] == [Finished()] * len(hangups)
    assert bool(hangups) == (states[-1].phase is Phase.OVER)
    numbers = [effect.number for effect in every if isinstance(effect, Say)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert not any("{{" in effect.text for effect in every if isinstance(effect, Say))
    for before, after in pairwise(states):
        assert after.turn >= before.turn
        # A live call waits for its caller; a closing one stays closing until it is over.
        assert after.phase is not Phase.LIVE or isinstance(flow.states[after.state].verb, Listening)
        assert before.phase is Phase.LIVE or after.phase is not Phase.LIVE


@quick
@given(flow=flows, events=EVENTS)
def test_a_live_call_is_never_left_without_anything_that_moves_it_on(flow, events):
    """A line plays, the caller speaks, the classifier thinks, or a clock for his silence runs."""
    state, effects = engine.start(flow, CallStarted(at=MORNING, call_id="c"))
    timers: dict[str, int] = {}
    for event in (None, *events):
        match event:
            case SpeechCut():
                # The mouth tells of a cut only after it was told to stop, or before a failure.
                continue
            case TimerFired(timer=timer, turn=turn) if timers.get(timer) != turn:
                # What does not run cannot run out.
                continue
            case None:
                pass
            case _:
                if isinstance(event, TimerFired):
                    del timers[event.timer]
                state, effects = engine.step(flow, state, event)
        for effect in effects:
            match effect:
                case StartTimer(timer=timer, turn=turn):
                    timers[timer] = turn
                case StopTimer(timer=timer):
                    timers.pop(timer, None)
                case _:
                    pass
        thinking = state.deciding is not None or any(isinstance(x, Classify) for x in effects)
        clocks = {"no_input", "keys"} & timers.keys()
        plays = state.speaking and not state.is_paused
        waits = plays or state.hearing or thinking or clocks
        assert state.phase is not Phase.LIVE or waits
        assert state.phase is not Phase.CLOSING or plays


@quick
@given(flow=flows, events=EVENTS)
def test_a_sensitive_value_is_in_nothing_but_spoken_words(flow, events):
    secrets: set[str] = set()
    for state, effects in zip(*run(flow, events), strict=True):
        known = (*state.slots.items(), *([state.pending] if state.pending else ()))
        secrets |= {str(value) for name, value in known if flow.slots[name].sensitive}
        kept = [x.shown if isinstance(x, Say) else repr(x) for x in effects]
        kept += [repr(shown_values(flow, state)), *(said.text for said in state.talk)]
        assert not [text for text in kept if any(secret in text for secret in secrets)]


@quick
@given(flow=flows, events=EVENTS)
def test_every_call_ends_at_its_limit(flow, events):
    cut_off = TimerFired(at=MORNING, timer="cut_off", turn=0)
    states, effects = run(flow, [*events, cut_off])
    assert states[-1].phase is Phase.OVER
    assert sum(isinstance(x, HangUp) for step in effects for x in step) == 1


@quick
@given(flow=flows, words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
def test_a_caller_who_goes_on_for_ever_comes_to_the_limit_of_turns(flow, words):
    state, _ = engine.start(flow, CallStarted(at=MORNING, call_id="c"))
    # Of keys, up to eight make a turn.
    for turn in range(8 * flow.limits.turns + 3):
        state, _ = engine.step(flow, state, PlayedOut(at=MORNING, say=state.said))
        digit = "7" if turn % 2 else "1"
        said = Heard(at=MORNING, text=words[turn % len(words)])
        state, _ = engine.step(flow, state, said if said.text else Pressed(at=MORNING, digit=digit))
        state, _ = engine.step(flow, state, PlayedOut(at=MORNING, say=state.said))
    assert state.phase is Phase.OVER
