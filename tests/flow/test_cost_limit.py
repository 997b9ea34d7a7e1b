"""`limits.cost`: what providers may cost in one call."""

import pytest
from scripted_calls import Call

from runtime.flow.engine.events import CallerHungUp, Spent

FLOW = """
limits: {cost: 0.5}
states: {menu: {ask: What?, on: {yes: menu}}, bye: {hangup: Bye.}}
"""


def test_a_call_takes_its_leave_when_its_providers_cost_too_much():
    call = Call(FLOW)
    call.hears_all()
    assert call.gets(Spent, cost=0.3) == ()
    call.gets(Spent, cost=0.25)
    assert len(call.said) == 1
    call.hears_all()
    assert call.reasons == ["over_limit"]


def test_the_author_may_say_what_follows_and_it_comes_once():
    call = Call(f"{FLOW}always: {{on: {{over_limit: bye}}}}")
    call.gets(Spent, cost=0.6)
    assert call.said == ["Bye."]
    assert call.gets(Spent, cost=0.6) == ()


@pytest.mark.parametrize("limits", ["", "limits: {turns: 9}"])
def test_without_a_limit_it_is_only_counted(limits):
    call = Call(f"{limits}\nstates: {{menu: {{ask: What?, on: {{yes: menu}}}}}}")
    assert call.gets(Spent, cost=1000.0) == ()
    assert call.state.cost == 1000.0


def test_what_is_spent_after_the_call_ends_nothing_more():
    call = Call(FLOW)
    call.gets(CallerHungUp)
    assert call.gets(Spent, cost=9.0) == ()
