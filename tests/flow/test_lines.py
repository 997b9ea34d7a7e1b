"""Everything that a flow may say, and which of it is known before any call."""

import pytest
from scripted_calls import flow_of

from runtime.flow.lines import fixed_lines, keypad_is_enough, sounds, speaks, texts
from runtime.flow.phrases import PHRASES

FLOW = flow_of("""
language: en-IN
variables: {clinic: City Clinic, times: []}
greeting: Welcome to {{ clinic }}.
phrases: {help: Say yes., wait: {audio: wait.wav}}
intents: {hours: {words: [open], answer: From nine.}}
states:
  menu:
    say: {en: Hello., hi: नमस्ते।, en-IN: Namaste.}
    ask: {any: [What?, 'Hm   {{ mobile }}?']}
    help: Help.
    retry: [Retry.]
    no_match: [Pardon.]
    no_input: [Are you there?]
    on: {yes: {say: Fine., next: fork}, no: hangup}
  fork: {choose: [{when: times, say: Some., next: bye}, {next: bye}]}
  bye: {hangup: '{{ times[0] }}'}
  quiet: {hangup: }
  loud: {say: {audio: loud.wav, say: Loud}, next: quiet}
  gap: {say: '{{ "" }}', next: loud}
always: {on: {error: {say: Oops., next: gap}}}
""")


def test_all_of_the_authors_texts_are_found():
    assert len(list(texts(FLOW))) == 16


def test_what_is_the_same_in_every_call_is_known_beforehand():
    lines = list(fixed_lines(FLOW, {}))
    english = "en-IN"
    assert lines[:12] == [
        (english, "Welcome to City Clinic."),
        (english, "From nine."),
        (english, "Hello."),
        ("hi", "नमस्ते।"),
        (english, "Namaste."),
        (english, "Help."),
        (english, "What?"),
        (english, "Retry."),
        (english, "Pardon."),
        (english, "Are you there?"),
        (english, "Fine."),
        (english, "Some."),
    ]
    built_in = {words["en"] for name, words in PHRASES.items() if "{{" not in words["en"]}
    assert {words for _, words in lines} >= built_in - {
        PHRASES["help"]["en"],
        PHRASES["wait"]["en"],
    }
    assert (english, PHRASES["help"]["en"]) not in lines


def test_a_calls_own_variables_make_lines_of_their_own():
    lines = list(fixed_lines(FLOW, {"clinic": "Hill Clinic", "times": ["Nine."]}))
    assert ("en-IN", "Welcome to Hill Clinic.") in lines
    assert ("en-IN", "Nine.") in lines


def test_recordings_are_found_wherever_they_stand():
    assert list(sounds(FLOW)) == ["loud.wav", "wait.wav"]


@pytest.mark.parametrize(
    ("text", "needs_a_voice"),
    [("states: {bye: {hangup: Bye.}}", True), ("states: {bye: {hangup: {audio: b.wav}}}", False)],
)
def test_a_flow_of_recordings_needs_no_synthesiser(text, needs_a_voice):
    assert speaks(flow_of(text)) is needs_a_voice


@pytest.mark.parametrize(
    ("on", "enough"),
    [
        ('{"1": hangup, yes: hangup}', True),
        ("{book: hangup}", True),
        ("{yes: hangup}", False),
    ],
)
def test_a_keypad_is_enough_where_every_question_has_a_key(on, enough):
    flow = flow_of(f"""
intents: {{book: {{digit: '#'}}}}
states: {{one: {{ask: One?, on: {{"1": two}}}}, two: {{ask: Two?, on: {on}}}}}
""")
    assert keypad_is_enough(flow) is enough
