"""What was seen, written into a file of tests: exactly that, and nothing else."""

import re

from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.conversation.alignment import likely_line
from runtime.flow.conversation.reading import read_conversations
from runtime.flow.conversation.result import Correction
from runtime.flow.conversation.running import corrections, rehearsed, run
from runtime.flow.conversation.steps import Pattern
from runtime.flow.conversation.updating import Change, updated
from runtime.flow.conversation.writing import inline
from runtime.flow.place import Place
from runtime.flow.source import plain, read_source

FLOW = """\
variables: {n: 0, shop: "it's: #1", open: true, nil: null, list: [a], half: 1.5}
greeting: Welcome to {{ shop }}.
intents: {book: {words: [book]}, weather: {words: [weather]}}
slots: {day: {type: date, ask: Which day?}, code: {type: digits, ask: Code?, length: 3}}
states:
  menu: {ask: 'Book, or not?', on: {book: {set: {n: 7}, next: days}, weather: sound, "1": line}}
  days: {say: Fine., collect: [day, code], next: bye}
  sound: {say: {audio: a/tone.wav}, next: menu}
  line: {ask: '{{ shop }}', on: {yes: bye}}
  bye: {hangup: Bye.}
"""
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "


def no_rank(text, intents):
    return ()


def read(text: str, flow: str = FLOW):
    files = {"shop.yaml": flow.encode(), "a/tone.wav": WAV}
    reading = read_conversations(text, "shop.test.yaml", open_file=files.get)
    assert [str(problem) for problem in reading.problems] == []
    return reading.conversations


def update(text: str, flow: str = FLOW) -> tuple[str, list[Change]]:
    changes: list[Change] = []
    for _ in range(5):
        found = [
            each for test in read(text, flow) for each in corrections(test, rehearsed(no_rank))
        ]
        text, made = updated(text, found)
        changes += made
        if not any(change.is_written for change in made):
            break
    return text, changes


def talk(*steps: str) -> str:
    lines = "".join(f"      - {step}\n" for step in steps)
    return f"flow: shop.yaml\ntests:\n  - name: a call\n    talk:\n{lines}"


UPDATED = {
    "bot: Welcome to us.  # to all": 'bot: "Welcome to it\'s: #1."  # to all',
    "{bot: Welcome to us., }": '{bot: "Welcome to it\'s: #1.", }',
    "bot: '*nothing*'": "bot: 'Book, or not?'",
    "bot: Book it": "bot: Book, or not?",
    "{bot: Book it}": "{bot: 'Book, or not?'}",
    "state: days": "state: menu",
    "variables: {n: 1, open: false}": "variables: {n: 0, open: true}",
    "variables: {shop: 'x', half: 2}": 'variables: {shop: "it\'s: #1", half: 1.5}',
    "variables: {nil: x, list: x}": "variables: {nil: null, list: \"['a']\"}",
    "slots: {day: 2026-01-01}": "slots: {day: null}",
    "slots: {code: '12', day: }": "slots: {code: null, day: }",
}


@each_row(("step", "expected"), UPDATED.items())
def test_a_failing_step_gets_what_was_seen(step, expected):
    text, changes = update(talk(step))
    assert text == talk(expected)
    assert all(change.is_written for change in changes)


AFTER = {
    ("caller: book", "intent: weather"): "intent: book",
    ("caller: book", "bot: Which days?"): "bot: Which day?",
    ("press: 7", "caller: book", "variables: {n: '0'}"): "variables: {n: 7}",
    ("hang_up: true", "ended: hangup"): "ended: caller_hung_up",
    ("caller: weather", "bot: The weather."): "bot: '*tone.wav'",
    ("caller: book", "caller: the fifth of June", "slots: {day: null}"): "slots: {day: 2026-06-05}",
    ("caller: book", "caller: 5th of June", "slots: {day: , code: }"): (
        "slots: {day:  2026-06-05, code: }"
    ),
}


@each_row(("steps", "expected"), AFTER.items())
def test_what_comes_of_the_callers_moves_is_seen(steps, expected):
    text, _ = update(talk(*steps))
    assert text == talk(*steps[:-1], expected)


KEPT = {
    "what passes": ("bot: Welcome*", "state: menu", "slots: {day: null}"),
    "what was not said at all": ("caller: book", "bot: Fine.", "bot: Which day?", "bot: Hello."),
    "an end that has not come": ("ended: hangup",),
    "what was not understood": ("caller: hm", "intent: book"),
    "a variable that there is not": ("variables: {no: 1}",),
    "a line that is never to come": ("never: {bot: Welcome*}", "state: days"),
    "what comes after a step that nothing can be written for": ("ended: hangup", "state: days"),
    "the caller's moves after the end": ("hang_up: true", "caller: hm", "state: days"),
}


@each_row("steps", KEPT.values())
def test_the_rest_stays_as_it_is(steps):
    assert update(talk(*steps)) == (talk(*steps), [])


def test_all_steps_of_all_tests_are_corrected_at_once_and_the_file_passes():
    text = """\
# The shop's tests.
flow: shop.yaml

tests:
  - {name: "one", talk: [bot: x, {caller: book}, bot: y, {bot: z}, state: bye]}   # in a line

  - name: two
    talk:
      - bot: |
          Welcome to
          somebody.

      # The question.
      - bot: >-
          Book
          now?
      - caller: book
      - bot: Which
          day is it?
      - variables:
          n: 1      # counted
          shop: x
"""
    new, changes = update(text)
    assert (
        new
        == """\
# The shop's tests.
flow: shop.yaml

tests:
  - {name: "one", talk: [bot: "Welcome to it's: #1.", {caller: book}, bot: Fine., \
{bot: Which day?}, state: days]}   # in a line

  - name: two
    talk:
      - bot: "Welcome to it's: #1."

      # The question.
      - bot: 'Book, or not?'
      - caller: book
      - bot: Which day?
      - variables:
          n: 7      # counted
          shop: "it's: #1"
"""
    )
    assert len(changes) == 9
    assert all(run(test, no_rank).passed for test in read(new))
    assert update(new) == (new, [])


def test_line_ends_and_a_mark_at_the_beginning_stay():
    text = "\ufeff" + talk("bot: x", "state: bye").replace("\n", "\r\n")
    new, _ = update(text)
    welcome, menu = 'bot: "Welcome to it\'s: #1."', "state: menu"
    assert new == text.replace("bot: x", welcome).replace("state: bye", menu)


def test_a_value_that_others_share_is_not_written():
    text = talk("caller: &said hm", "state: &there bye", "bot: *said", "state: *there")
    new, changes = update(text)
    assert new == text
    assert [change.is_written for change in changes] == [False, False, False]


def test_a_line_goes_to_the_step_that_is_likest():
    lines = ["Hello.", "The day is Friday.", "At what time?"]
    assert likely_line([Pattern("The day is Monday.")], lines) == 1
    assert likely_line([Pattern("The day is Monday."), Pattern("At what*")], lines) == 1
    assert likely_line([Pattern("x"), Pattern("At what*")], ["At what time?"]) is None
    assert likely_line([Pattern("At the time?"), Pattern("Hello.")], ["Hello.", "At time?"]) is None


def test_a_line_that_a_later_step_names_is_not_passed_over():
    assert likely_line([Pattern("B?"), Pattern("A")], ["A", "B", "A"]) == 0


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
AWKWARD = st.text(
    st.sampled_from("*'\":#-?{}[]&|> \\%@`,~yeson0१é\u2028\x85\u200d\n\t\x07"), min_size=1
)


@given(st.one_of(TEXTS, AWKWARD), st.booleans())
def test_any_text_is_written_so_that_it_is_read_again(words, in_a_line):
    step = "{bot: old, }" if in_a_line else "bot: old  # why"
    text = talk(step, "bot: next")
    new, [change] = updated(text, [Correction(Place("", 5, 9), ("bot",), words)])
    assert change.is_written
    root = plain(read_source(new, "").root)
    assert root["tests"][0]["talk"] == [{"bot": words}, {"bot": "next"}]
    assert re.sub(r"old|next", "", text).split()[0] == new.split()[0]
    assert new.endswith(text[text.index("old") + 3 :])


LINES = st.lists(st.sampled_from(["A", "B", "C", "A b", "x: 'y'", "*"]), min_size=1, max_size=4)
EXPECTED = st.lists(st.sampled_from(["A", "B", "C*", "a", "D", "*"]), min_size=1, max_size=4)


@given(LINES, EXPECTED)
def test_what_is_updated_is_never_updated_again_and_passes_if_enough_was_said(said, expected):
    lines = "".join(f"  s{n}: {{say: {inline(x)}, next: s{n + 1}}}\n" for n, x in enumerate(said))
    flow = f"states:\n{lines}  s{len(said)}: {{ask: Z?, on: {{yes: end}}}}\n  end: {{hangup: Z}}\n"
    new, _ = update(talk(*(f"bot: {inline(line)}" for line in expected)), flow)
    assert update(new, flow) == (new, [])
    is_right = any(Pattern(x).matches(line) for x in expected for line in (*said, "Z?"))
    if not is_right and len(expected) <= len(said) + 1:
        assert run(read(new, flow)[0], no_rank).failure is None
