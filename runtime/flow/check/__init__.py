"""What can be found wrong in a flow that could be read: one function per rule."""

from collections.abc import Callable, Iterator

from runtime.flow.check.examples import (
    example_is_taken_for_another_intent,
    example_never_reaches_the_classifier,
)
from runtime.flow.check.handlers import (
    choose_needs_a_last_resort,
    handler_after_one_that_always_holds,
    on_in_a_state_that_does_not_wait,
)
from runtime.flow.check.intents import two_intents_in_reach_share_a_sign
from runtime.flow.check.names import (
    key_of_on_is_unknown,
    request_is_unknown,
    slot_is_unknown,
    target_is_unknown,
)
from runtime.flow.check.needs import (
    collected_slot_has_no_question,
    request_fails_without_a_way_on,
    slot_or_request_is_never_used,
)
from runtime.flow.check.paths import (
    nothing_leads_on,
    state_cannot_be_reached,
    states_circle_without_the_caller,
)
from runtime.flow.check.prompts import prompt_is_too_long_to_hear
from runtime.flow.check.secrets import secret_is_written_in_the_file
from runtime.flow.check.subject import Subject
from runtime.flow.problem import Problem, in_order

Rule = Callable[[Subject], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    target_is_unknown,
    key_of_on_is_unknown,
    slot_is_unknown,
    request_is_unknown,
    collected_slot_has_no_question,
    request_fails_without_a_way_on,
    slot_or_request_is_never_used,
    nothing_leads_on,
    state_cannot_be_reached,
    states_circle_without_the_caller,
    handler_after_one_that_always_holds,
    on_in_a_state_that_does_not_wait,
    choose_needs_a_last_resort,
    two_intents_in_reach_share_a_sign,
    example_is_taken_for_another_intent,
    example_never_reaches_the_classifier,
    prompt_is_too_long_to_hear,
    secret_is_written_in_the_file,
)

__all__ = ["RULES", "Rule", "Subject", "check_flow"]


def check_flow(subject: Subject) -> tuple[Problem, ...]:
    """Return what the rules find, as it stands in the file."""
    return in_order(problem for rule in RULES for problem in rule(subject))
