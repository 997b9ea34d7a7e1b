"""Sensitive values: said to the caller, and shown nowhere."""

import pytest
from scripted_calls import rehearse, said
from watched_calls import FLOW, PHONE, WORDS, Watched, leaks

from runtime.flow.engine.effects import Failed, Listen, Understood
from runtime.flow.engine.events import Heard, TimerFired
from runtime.flow.engine.state import shown_values
from runtime.flow.reading import read_flow


def asked(flow: str = FLOW) -> Watched:
    call = Watched(flow)
    call.hears("yes")
    return call


def test_the_caller_hears_the_value_and_nobody_else():
    call = asked()
    assert call.hears(WORDS) == ["I have 9 8 4 5 0, 9 8 4 5 0. Right?"]
    call.hears("yes")
    assert call.hears("tomorrow") == ["We call 9 8 4 5 0, 9 8 4 5 0 on Monday, 23rd November."]
    assert call.talk[2:] == [
        "Your number?",
        "[phone]",
        "I have [phone]. Right?",
        "[phone]",
        "Which day?",
        "tomorrow",
        "We call [phone] on Monday, 23rd November.",
    ]
    assert not leaks(call.all)
    assert call.state.slots["phone"] == PHONE
    assert shown_values(call.flow, call.state)[1]["phone"] == "[phone]"


def test_what_is_heard_of_it_is_to_be_silenced():
    call = asked()
    listens = [x.sensitive for x in call.all if isinstance(x, Listen)]
    call.hears(WORDS)
    call.hears("yes")
    listens += [x.sensitive for x in call.effects if isinstance(x, Listen)]
    assert listens == [False, True]


def test_pressed_keys_are_masked():
    call = asked()
    assert call.presses(PHONE) == ["I have 9 8 4 5 0, 9 8 4 5 0. Right?"]
    call.presses("1")
    assert not leaks(call.all)
    assert [x.text for x in call.all if isinstance(x, Understood)] == ["yes", "[phone]", "1"]


@pytest.mark.parametrize("how", ["spoken", "pressed"])
def test_a_part_of_it_is_masked_too(how):
    call = asked()
    if how == "spoken":
        heard = call.hears("nine eight four five zero, then something")
        assert heard[0] == "No number in nine eight four five zero, then something."
    else:
        call.presses("98450")
        call.gets(TimerFired, timer="keys", turn=1)
        assert call.said[0] == "No number in 98450."
    assert not leaks(call.all, "98450")
    assert not leaks(call.all, "nine eight")
    assert "No number in [text][digit]." in call.talk


def test_a_refused_value_is_masked():
    call = asked()
    assert call.hears("98450 00000") == ["9845000000 is ours.", "Your number?"]
    assert not leaks(call.all, "9845000000")
    assert "[phone] is ours." in call.talk


def test_a_value_hardly_heard_is_confirmed_by_the_built_in_question_masked():
    call = asked(FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", ""))
    assert call.hears(WORDS, 0.1) == ["9 8 4 5 0, 9 8 4 5 0, is that right?"]
    assert "[phone], is that right?" in call.talk
    assert not leaks(call.all)


def test_a_phrase_of_the_authors_own_masks_it_too():
    flow = FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", "")
    call = asked(f"phrases: {{confirm: '{{{{ value }}}} it is?'}}\n{flow}")
    assert call.hears(WORDS, 0.1) == ["9 8 4 5 0, 9 8 4 5 0 it is?"]
    assert "[phone] it is?" in call.talk


def test_a_correction_of_it_is_masked():
    call = asked(FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", ""))
    call.hears("98450 12345")
    heard = call.hears(f"no, I meant {WORDS}")
    assert heard == ["All right, 9 8 4 5 0, 9 8 4 5 0.", "Which day?"]
    assert call.talk[-3:] == ["no, I meant [phone]", "All right, [phone].", "Which day?"]
    assert not leaks(call.all)
    assert call.state.slots["phone"] == PHONE


def test_a_correction_that_will_not_do_is_masked():
    call = asked(FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", ""))
    call.hears(WORDS)
    assert call.hears("sorry, I meant 98450 00000") == ["9845000000 is ours.", "Which day?"]
    assert not leaks(call.all, "9845000000")


def test_in_passing_only_the_value_is_masked():
    flow = FLOW.replace("    confirm: 'I have {{ value | digits }}. Right?'\n", "")
    call = Watched(flow)
    assert call.hears(f"yes, my number is {WORDS}, tomorrow") == [
        "We call 9 8 4 5 0, 9 8 4 5 0 on Monday, 23rd November."
    ]
    assert call.talk[1] == "yes, my number is [phone], tomorrow"
    assert not leaks(call.all)


def test_a_value_that_is_said_once_more_is_masked():
    flow = """
slots: {pin: {type: digits, length: 4, ask: Your PIN?, sensitive: true}}
states:
  pin: {collect: [pin], next: sure}
  sure: {ask: Sure?, on: {yes: done}}
  done: {hangup: Done.}
"""
    call = Watched(flow)
    call.hears("4321")
    call.hears("four three two one")
    call.hears("4321, 4321, 4321, and 4321")
    assert call.talk[1:] == [
        "[pin]",
        "Sure?",
        "[pin]",
        "Sorry, I did not get that.",
        "Sure?",
        "[pin], [pin], [pin], and [pin]",
        "Sorry, I did not get that.",
        "Sure?",
    ]
    assert not leaks(call.all, "4321")
    assert not leaks(call.all, "three")


def test_each_of_many_values_is_masked():
    call = Watched(FLOW)
    call.hears(", ".join(f"or call 98450 9845{digit} please" for digit in range(6)))
    assert call.talk[1] == ", ".join(["or call [phone] please"] * 6)


def test_free_words_are_kept_without_it():
    flow = FLOW.replace("{type: date, ask: Which day?}", "{type: text, ask: What about?}")
    flow = flow.replace("day | date", "day")
    call = asked(flow)
    call.hears(WORDS)
    call.hears("yes")
    assert call.hears(f"call {WORDS} at night", 0.1) == ["call [phone] at night, is that right?"]
    assert call.hears(f"no wait call {WORDS} by day") == ["What about?"]
    call.hears(f"call {WORDS} by day")
    assert call.state.slots["day"] == "call [phone] by day"
    assert not leaks(call.all)


def test_a_pattern_that_anything_fits_is_masked_and_done_with():
    flow = """
slots: {code: {type: pattern, pattern: '.{1,3}', ask: Code?, sensitive: true}}
states:
  menu: {ask: What?, on: {yes: ask}}
  ask: {collect: [code], next: done}
  done: {hangup: Done.}
"""
    call = Watched(flow)
    call.hears("a b c and d e f")
    assert call.state.state == "menu"


def test_a_bare_yes_is_no_secret():
    flow = """
slots: {ill: {type: yes_no, ask: 'Ill?', sensitive: true}}
states:
  ask: {collect: [ill], next: sure}
  sure: {ask: Sure?, on: {yes: done}}
  done: {hangup: Done.}
"""
    call = Watched(flow)
    call.hears("yes")
    call.hears("yes")
    assert call.talk == ["Ill?", "[ill]", "Sure?", "yes", "Done."]


# -- what is made of it --------------------------------------------------------------------------


def test_what_is_set_from_it_is_as_sensitive():
    flow = """
variables: {last: '', copy: '', twice: ''}
slots:
  phone: {type: phone, ask: Your number?, sensitive: true}
  shown: {type: digits}
states:
  ask: {collect: [phone], next: made}
  made:
    set: {last: 'phone[-4:]', twice: '{{ last }}{{ last }}', shown: phone, copy: text}
    say: '{{ last }}, {{ twice | digits }}, {{ shown }}, {{ copy }}.'
    next: more
  more: {set: {copy: name_of_day}, ask: '{{ copy }}?', on: {yes: done}}
  done: {set: {last: '1'}, hangup: '{{ last }}.'}
"""
    flow = flow.replace("name_of_day", "today | date")
    call = Watched(flow)
    call.gets(Heard, text=WORDS)
    assert call.said == [
        "8450, 8 4 5 0, 8 4 5 0, 9845098450, 98450 98450.",
        "Sunday, 22nd November?",
    ]
    assert call.talk[2:] == ["[last], [twice], [shown], [copy].", "Sunday, 22nd November?"]
    shown, slots = shown_values(call.flow, call.state)
    assert (shown["last"], shown["twice"]) == ("[last]", "[twice]")
    assert slots == {"phone": "[phone]", "shown": "[shown]"}
    call.hears_all()
    call.gets(Heard, text="yes")
    # A value that has nothing to do with it is none any more.
    assert call.talk[-1] == "1."
    assert not leaks(call.all)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ phone }}", "[phone]"),
        ("{{ phone | digits }}", "[phone]"),
        ("{{ phone | upper }}", "[PHONE]"),
        ("{{ day | date }} {{ phone }}", "Monday, 23rd November [phone]"),
        ("{{ phone | int + 1 }}", "1"),
        ("{{ day | date }}", "[day]"),
        ("{{ hour | time }}", "[hour]"),
        ("{{ stay | duration }}", "[stay]"),
        ("{{ day.year + 1 }}", "[hidden]"),
    ],
)
def test_filters_leave_a_mask_alone(text, shown):
    flow = f"""
slots:
  phone: {{type: phone, ask: Your number?, sensitive: true}}
  day: {{type: date, ask: Day?, sensitive: {"false" if "Monday" in shown else "true"}}}
  hour: {{type: time, ask: Hour?, sensitive: true}}
  stay: {{type: duration, ask: How long?, sensitive: true}}
states:
  ask: {{collect: [phone, day, hour, stay], next: done}}
  done: {{hangup: '{text}'}}
"""
    call = Watched(flow)
    for words in (WORDS, "tomorrow", "five pm", "two hours"):
        call.hears(words)
    assert call.talk[-1] == shown
    assert not leaks(call.all)


def test_a_question_for_one_slot_may_name_another_that_is_sensitive():
    flow = FLOW.replace(
        "day: {type: date, ask: Which day?}",
        "day: {type: date, ask: Which day?, confirm: '{{ value | date }} for {{ phone }}?'}",
    )
    call = asked(flow)
    call.hears(WORDS)
    call.hears("yes")
    assert call.hears("tomorrow") == [f"Monday, 23rd November for {PHONE}?"]
    assert call.talk[-1] == "Monday, 23rd November for [phone]?"


def test_a_failure_tells_no_value():
    call = asked(FLOW.replace("done: {hangup", "done: {set: {day: phone / 2}, hangup"))
    call.hears(WORDS)
    call.hears("yes")
    call.hears("tomorrow")
    assert [x for x in call.all if isinstance(x, Failed)]
    assert not leaks(call.all)


def test_a_flow_that_is_run_masks_what_it_was_given_and_what_the_outer_knows():
    inner = """
variables: {number: ''}
states:
  sure: {ask: '{{ number }}?', on: {yes: again, no: restart}}
  again: {ask: Again?, on: {yes: end}}
  end: {say: Thanks.}
"""
    flow = """
slots: {phone: {type: phone, ask: Your number?, sensitive: true}}
states:
  ask: {collect: [phone], next: inner}
  inner: {run: inner.yaml, with: {number: '{{ phone }}'}, next: done}
  done: {hangup: Done.}
"""
    reading = read_flow(flow, "talk.yaml", open_file=lambda path: inner.encode())
    assert reading.flow is not None, reading.problems
    call = Watched(reading.flow)
    assert call.hears(WORDS) == [f"{PHONE}?"]
    call.hears("no")
    call.hears(f"yes, {WORDS}")
    assert (
        call.talk[1:]
        == [
            "[phone]",
            "[number]?",
            "no",
            "[number]?",
            "yes, [phone]",
            "Again?",
        ]
        or call.talk
    )
    assert not leaks(call.all)


def test_nothing_of_it_is_left_where_the_talk_is_shown():
    talk = rehearse(FLOW)
    shown = (*talk.caller("yes"), *talk.caller(WORDS), *talk.press("1"), *talk.caller("tomorrow"))
    assert said(shown)[-1].startswith("We call 9 8 4 5 0")
    assert not leaks(shown)
