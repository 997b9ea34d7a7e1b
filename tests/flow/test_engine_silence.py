"""Silence and misunderstanding, timers, limits, and the ways in which a call ends."""

import pytest
from scripted_calls import Call, ended, flow_of, rehearse, said, understood

from runtime.flow.engine.effects import HangUp, StopSpeaking
from runtime.flow.engine.events import CallerHungUp, EndAsked, Heard, PlayedOut, Pressed, TimerFired

ASK = """
states:
  menu:
    ask: What?
    retry: [First?, Second?]
    no_match: [Pardon., Really not.]
    no_input: [Hello?, Still there?]
    tries: 4
    no_input_after: 2s
    on: {yes: menu, no: hangup}
"""


def test_each_miss_is_answered_in_its_own_words_and_the_last_repeats():
    talk = rehearse(ASK)
    assert said(talk.caller("xyzzy")) == ["Pardon.", "First?"]
    assert said(talk.silence()) == ["Still there?", "Second?"]
    assert said(talk.caller("xyzzy")) == ["Really not.", "Second?"]
    last = talk.silence()
    assert said(last) == ["Sorry, I could not help you today. Goodbye."]
    assert ended(last) == "gave_up"


def test_silence_is_noticed_after_the_states_own_time():
    talk = rehearse(ASK)
    before = talk.now
    assert understood(talk.silence()) == [(None, "no_input")]
    assert talk.now - before == 2.0


def test_an_understood_input_sets_the_count_to_zero():
    talk = rehearse(ASK)
    talk.caller("xyzzy")
    talk.caller("repeat")
    assert talk.state.misses == 0
    assert said(talk.caller("xyzzy")) == ["Pardon.", "First?"]


def test_without_words_of_its_own_a_state_uses_the_built_in_ones_and_its_question():
    talk = rehearse("states: {menu: {ask: What?, on: {yes: hangup}}}")
    assert said(talk.caller("xyzzy")) == ["Sorry, I did not get that.", "What?"]
    assert said(talk.silence()) == ["Sorry, I could not hear you.", "What?"]


GIVE_UP = """
settings: {{tries: 1}}
states:
  menu: {{ask: What?, {own} on: {{yes: hangup}}}}
  person: {{ask: A person?, tries: 2, on: {{no: back}}}}
{always}
"""


def test_giving_up_goes_where_the_state_says_first():
    flow = GIVE_UP.format(own="give_up: person,", always="always: {on: {give_up: hangup}}")
    talk = rehearse(flow)
    assert said(talk.caller("xyzzy")) == ["A person?"]
    assert talk.state.misses == 0


def test_giving_up_goes_where_always_says_next_and_back_leads_back():
    talk = rehearse(GIVE_UP.format(own="", always="always: {on: {give_up: person}}"))
    assert said(talk.silence()) == ["A person?"]
    assert said(talk.caller("no")) == ["What?"]


def test_a_give_up_that_leads_nowhere_gives_the_caller_another_chance():
    flow = """
settings: {tries: 1}
states: {menu: {ask: What?, on: {yes: hangup}}}
always: {on: {give_up: {say: One more time.}}}
"""
    assert said(rehearse(flow).silence()) == ["One more time.", "What?"]


# -- timers ----------------------------------------------------------------------------------------


def test_the_timer_of_an_earlier_turn_changes_nothing():
    call = Call(ASK)
    call.hears_all()
    call.gets(Heard, text="xyzzy")
    call.hears_all()
    before = call.state
    assert call.gets(TimerFired, timer="no_input", turn=0) == ()
    assert call.state == before


def test_a_silence_clock_that_runs_out_while_the_bot_speaks_changes_nothing():
    flow = """
states: {menu: {ask: What?, on: {yes: hangup}}, wrap_up: {ask: Are we done?, on: {yes: hangup}}}
always: {after: {5s: wrap_up}}
"""
    call = Call(flow)
    call.hears_all()
    call.gets(TimerFired, timer="after:5:wrap_up", turn=0)
    assert call.said == ["Are we done?"]
    assert call.gets(TimerFired, timer="no_input", turn=0) == ()


def test_after_a_call_time_the_call_goes_elsewhere_and_may_come_back():
    flow = """
states:
  menu: {ask: What?, no_input_after: 20m, on: {yes: hangup}}
  wrap_up: {ask: 'Still busy?', no_input_after: 20m, on: {yes: back}}
always: {after: {2m: wrap_up, 3m: repeat}}
"""
    talk = rehearse(flow)
    before = talk.now
    assert said(talk.silence()) == ["Still busy?"]
    assert talk.now - before == 120
    assert said(talk.caller("yes")) == ["What?"]
    assert said(talk.silence()) == ["What?"]
    assert talk.now - before == 180
    assert talk.state.back == ()


def test_a_time_that_comes_after_the_end_changes_nothing():
    call = Call("states: {bye: {hangup: Bye.}}\nalways: {after: {2m: bye}}")
    assert call.gets(TimerFired, timer="after:120:bye", turn=0) == ()
    assert call.gets(TimerFired, timer="over_limit", turn=0) == ()
    assert call.gets(TimerFired, timer="no_input", turn=0) == ()


# -- limits ----------------------------------------------------------------------------------------

LONG = """
limits: {duration: 60s, turns: 2}
states:
  menu: {ask: What?, barge_in: false, no_input_after: 10m, tries: 20, on: {yes: menu}}
  later: {ask: Shall we call you back?, tries: 20, no_input_after: 10m, on: {yes: hangup}}
"""


def test_a_call_takes_its_leave_before_the_limit_of_its_duration():
    talk = rehearse(LONG)
    before = talk.now
    last = talk.silence()
    assert talk.now - before == 50
    assert said(last) == ["I am sorry, we have to end this call now. Goodbye."]
    assert ended(last) == "over_limit"


def test_a_line_that_is_too_long_for_the_time_left_is_cut_to_take_leave():
    call = Call(LONG)
    call.gets(TimerFired, timer="over_limit", turn=0)
    assert call.effects[0] == StopSpeaking()
    assert call.said == ["I am sorry, we have to end this call now. Goodbye."]
    # Whatever becomes of the sound, the call ends at its limit.
    call.gets(TimerFired, timer="cut_off", turn=0)
    assert call.reasons == ["over_limit"]


def test_a_live_call_is_cut_off_at_its_limit():
    call = Call(LONG)
    assert call.gets(TimerFired, timer="cut_off", turn=0) == (HangUp("over_limit"),)


def test_what_always_says_at_the_limit_goes_before_the_built_in_leave():
    talk = rehearse(f"{LONG}\nalways: {{on: {{over_limit: later}}}}")
    assert said(talk.silence()) == ["Shall we call you back?"]
    last = talk.caller("yes")
    assert ended(last) == "hangup"


def test_a_limit_whose_handler_leads_nowhere_ends_the_call_after_its_words():
    last = rehearse(f"{LONG}\nalways: {{on: {{over_limit: {{say: Time is up.}}}}}}").silence()
    assert said(last) == ["Time is up.", "Goodbye."]
    assert ended(last) == "over_limit"


@pytest.mark.parametrize("always", ["", "always: {on: {over_limit: later}}"])
@pytest.mark.parametrize("act", ["caller", "press", "silence"])
def test_one_turn_too_many_ends_the_call_and_more_of_them_do_not_go_on_for_ever(always, act):
    talk = rehearse(f"{LONG.replace('60s', '10h')}\n{always}")
    turns = 0
    while not talk.ended:
        turns += 1
        talk.silence() if act == "silence" else getattr(talk, act)("7")
    assert turns == (4 if always else 3)


# -- the end ---------------------------------------------------------------------------------------


def test_the_call_ends_when_its_last_words_have_been_heard():
    call = Call("states: {one: {say: Fine., next: bye}, bye: {hangup: Bye.}}")
    assert call.timers["closing"] == (0, 60.0)
    assert call.gets(PlayedOut, say=1) == ()
    assert call.gets(PlayedOut, say=2) == (HangUp("hangup"),)


def test_last_words_that_are_never_heard_are_not_waited_for_for_ever():
    call = Call("states: {bye: {hangup: Bye.}}")
    assert call.gets(TimerFired, timer="closing", turn=0) == (HangUp("hangup"),)


def test_the_last_words_are_cut_off_at_the_limit_and_the_reason_stays():
    call = Call("states: {bye: {hangup: Bye.}}")
    assert call.gets(TimerFired, timer="cut_off", turn=0) == (HangUp("hangup"),)


def test_nothing_closes_a_call_that_goes_on():
    call = Call(ASK)
    assert call.gets(TimerFired, timer="closing", turn=0) == ()


def test_the_caller_may_hang_up_and_the_flow_may_note_it():
    flow = """
variables: {outcome: none}
states: {menu: {ask: What?, on: {yes: hangup}}}
always:
  on:
    caller_hung_up:
      - {when: state == 'other', set: {outcome: "'other'"}}
      - {set: {outcome: "'left in ' ~ state"}, say: Nobody hears this.}
"""
    call = Call(flow)
    assert call.gets(CallerHungUp) == (HangUp("caller_hung_up"),)
    assert call.state.variables["outcome"] == "left in menu"
    assert call.gets(CallerHungUp) == ()
    assert call.gets(Pressed, digit="1") == ()


def test_a_caller_who_hangs_up_where_nothing_was_to_be_noted_just_ends_the_call():
    call = Call(ASK)
    assert call.gets(CallerHungUp) == (HangUp("caller_hung_up"),)


def test_the_operator_ends_a_call_at_once():
    call = Call(flow_of(ASK))
    assert call.gets(EndAsked, reason="operator") == (HangUp("operator"),)
    assert call.state.end_reason == "operator"


def test_two_moments_may_lead_to_the_same_state():
    call = Call(
        """
        states:
          menu: {ask: What?, on: {yes: hangup}}
          hurry: {ask: Are you still busy?, on: {yes: menu}}
        always:
          after: {20s: hurry, 40s: hurry}
        """
    )
    assert call.timers["after:20:hurry"] == (0, 20)
    assert call.timers["after:40:hurry"] == (0, 40)
    call.hears_all()
    call.gets(TimerFired, timer="after:40:hurry", turn=0)
    assert call.said == ["Are you still busy?"]
