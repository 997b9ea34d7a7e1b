"""What can be found wrong in a flow that could be read: one function per rule."""

from collections.abc import Callable, Iterator

from runtime.flow.check.consent import consent_is_never_given
from runtime.flow.check.examples import (
    example_is_taken_for_another_intent,
    example_never_reaches_the_classifier,
    examples_are_too_many_to_learn,
)
from runtime.flow.check.handlers import (
    choose_needs_a_last_resort,
    condition_never_holds,
    handler_after_one_that_always_holds,
    moment_is_after_the_end,
    on_in_a_state_that_does_not_wait,
)
from runtime.flow.check.intents import (
    intent_is_never_waited_for,
    two_intents_in_reach_share_a_sign,
)
from runtime.flow.check.names import (
    key_of_on_is_unknown,
    request_is_unknown,
    slot_is_unknown,
    target_is_unknown,
)
from runtime.flow.check.paths import (
    nothing_leads_on,
    state_cannot_be_reached,
    states_circle_without_the_caller,
)
from runtime.flow.check.prompts import (
    prompt_is_too_long_to_hear,
    wording_comes_after_giving_up,
)
from runtime.flow.check.requests import (
    next_after_a_request_is_never_taken,
    outcome_leads_nowhere,
    request_can_be_read_on_the_way,
    request_has_no_error,
    request_is_never_made,
)
from runtime.flow.check.secrets import secret_is_written_in_the_file
from runtime.flow.check.slots import (
    collected_slot_has_no_question,
    key_of_on_belongs_to_a_value,
    sensitive_slot_is_left_to_a_model,
    slot_is_never_asked_for,
    two_choices_share_a_sign,
)
from runtime.flow.check.subject import Subject
from runtime.flow.problem import Problem, in_order

Rule = Callable[[Subject], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    target_is_unknown,
    key_of_on_is_unknown,
    slot_is_unknown,
    request_is_unknown,
    nothing_leads_on,
    outcome_leads_nowhere,
    state_cannot_be_reached,
    states_circle_without_the_caller,
    handler_after_one_that_always_holds,
    condition_never_holds,
    moment_is_after_the_end,
    next_after_a_request_is_never_taken,
    on_in_a_state_that_does_not_wait,
    choose_needs_a_last_resort,
    collected_slot_has_no_question,
    sensitive_slot_is_left_to_a_model,
    key_of_on_belongs_to_a_value,
    two_choices_share_a_sign,
    two_intents_in_reach_share_a_sign,
    examples_are_too_many_to_learn,
    example_is_taken_for_another_intent,
    example_never_reaches_the_classifier,
    intent_is_never_waited_for,
    slot_is_never_asked_for,
    request_is_never_made,
    request_has_no_error,
    request_can_be_read_on_the_way,
    prompt_is_too_long_to_hear,
    wording_comes_after_giving_up,
    secret_is_written_in_the_file,
    consent_is_never_given,
)

__all__ = ["RULES", "Rule", "Subject", "check_flow"]


def check_flow(subject: Subject) -> tuple[Problem, ...]:
    """Return what the rules find, as it stands in the file."""
    return in_order(problem for rule in RULES for problem in rule(subject))
