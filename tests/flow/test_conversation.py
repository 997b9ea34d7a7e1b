"""Conversation tests: what they may say, and when they fail."""

import re
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.conversation.reading import (
    CONVERSATION_TABLE,
    FILE_TABLE,
    ConversationsReading,
    read_conversations,
)
from runtime.flow.conversation.result import Failure
from runtime.flow.conversation.running import LAST_TURNS, run
from runtime.flow.conversation.stand_in_reading import MODEL_TABLE, WEB_TABLE
from runtime.flow.conversation.step_reading import SENT_TABLE, STEP_TABLE
from runtime.flow.conversation.steps import Pattern

DOCS = (Path(__file__).parents[2] / "docs" / "tests.md").read_text()
FLOW = """\
timezone: Asia/Kolkata
variables: {n: 0, shop: Corner Shop, open: true}
greeting: Hi from {{ shop }}.
intents:
  book: {words: [book]}
  visit: {examples: [I want a visit, may I come]}
states:
  menu:
    ask: Book or not? It is {{ now.strftime('%H:%M') }}.
    tries: 2
    on: {book: {set: {n: n + 1}, next: sure}, visit: bye, "1": sure, "2": broken}
  sure: {say: Well., ask: Sure?, on: {yes: bye, no: menu}}
  broken: {set: {n: 1 / (n - n)}, next: bye}
  bye: {hangup: Bye.}
"""
FILES = {
    "shop.yaml": FLOW.encode(),
    "sub/shop.yaml": b"states: {bye: {hangup: {audio: bye.wav}}}\n",
    "sub/ask.yaml": b"states: {menu: {ask: {audio: bye.wav}, tries: 1, on: {yes: hangup}}}\n"
    b"phrases: {give_up: {audio: bye.wav}}\n",
    "sub/bye.wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "bad.yaml": b"states: {bye: {hangup: Bye., tris: 3}}\n",
    "latin.yaml": b"\xff",
}


def rank(text, intents):
    return (("visit", 0.9),) if "visit" in intents and "come" in text else ()


def read(text: str) -> ConversationsReading:
    return read_conversations(text, "t/shop.test.yaml", open_file=FILES.get)


def talk(steps: str, extra: str = "") -> str:
    body = textwrap.indent(textwrap.dedent(steps).strip("\n"), " " * 6)
    return f"flow: shop.yaml\ntests:\n  - name: a call\n{extra}    talk:\n{body}\n"


def failure(steps: str, extra: str = "") -> Failure | None:
    reading = read(talk(steps, extra))
    assert [str(problem) for problem in reading.problems] == []
    [conversation] = reading.conversations
    return run(conversation, rank).failure


def problems(text: str) -> list[str]:
    reading = read(text)
    assert not reading.conversations
    return [str(problem).removeprefix("t/shop.test.yaml:") for problem in reading.problems]


PASSING = {
    "the opening": "- bot: Hi from Corner Shop.\n- bot: Book or not?*\n- state: menu",
    "a line that no step names": "- bot: Book or not?*",
    "words that are understood": "- caller: book\n- intent: book\n- bot: Well.\n- bot: Sure?",
    "the classifier": "- caller: may I come\n- intent: visit\n- bot: Bye.\n- ended: hangup",
    "a recogniser's confidence": "- caller: {text: book, confidence: 0.4}\n- state: sure",
    "keys": "- press: 1\n- state: sure",
    "variables as text": "- caller: book\n- variables: {n: 1, shop: Corner Shop, open: true}",
    "silence until the bot reacts": "- silence: true\n- bot: Book or not?*",
    "silence too short": "- silence: 5s\n- never: {bot: '*'}\n- silence: 999ms\n- state: menu",
    "silence that adds up": "- silence: 5s\n- silence: 1s\n- bot: Book or not?*",
    "silence over several of the bot's turns": "- silence: 13s\n- ended: gave_up",
    "the caller hangs up": "- hang_up: true\n- ended: caller_hung_up",
    "no recogniser": "- provider_down: stt\n- caller: book\n- state: menu\n- bot: Book or not?*",
    "no voice": "- provider_down: tts\n- caller: book\n- never: {bot: '*'}\n- ended: error",
    "a never that is kept": "- never: {bot: Bye.}\n- caller: book\n- state: sure",
    "a never after the line": "- bot: Hi*\n- never: {bot: Hi*}\n- caller: book",
}


@each_row("steps", PASSING.values())
def test_what_happens_passes(steps):
    assert failure(steps) is None


FAILING = {
    "- bot: Welcome.": "'Welcome.' was not said.",
    "- bot: hi*": "'hi*' was not said.",
    "- bot: Hi": "'Hi' was not said.",
    "- bot: Book*\n- bot: Hi*": "'Book*' was not said before 'Hi from Corner Shop.', "
    "which line 6 names.",
    "- bot: Hi*\n- bot: Hi*": "'Hi*' was not said.",
    "- caller: book\n- bot: Book*": "'Book*' was not said.",
    "- state: sure": "the call is in state 'menu', not 'sure'.",
    "- caller: book\n- caller: hm\n- intent: book": "nothing was understood, not 'book'.",
    "- caller: book\n- intent: visit": "'book' was understood, not 'visit'.",
    "- variables: {n: 1}": "'n' is '0', not '1'.",
    "- variables: {shp: x}": "there is no variable 'shp'. Did you mean 'shop'?",
    "- never: {bot: Hi*}": "'Hi from Corner Shop.' was said.",
    "- never: {bot: Sure?}\n- caller: book": "'Sure?' was said.",
    "- ended: hangup": "the call has not ended.",
    "- hang_up: true\n- ended: hangup": "the call ended with 'caller_hung_up', not 'hangup'.",
    "- hang_up: true\n- caller: hello": "the call had already ended: caller_hung_up.",
    "- silence: 5s\n- bot: Book*": "'Book*' was not said.",
}


@each_row(("steps", "message"), FAILING.items())
def test_what_does_not_happen_fails(steps, message):
    failed = failure(steps)
    assert failed is not None
    assert failed.message == message


def test_a_failure_says_what_was_said_instead_and_where_in_both_files():
    failed = failure("- caller: book\n- bot: Well.\n- bot: When?")
    assert failed is not None
    assert str(failed.place) == "t/shop.test.yaml:7:9"
    assert failed.instead == ("Sure?",)
    assert (failed.state, str(failed.state_place)) == ("sure", "t/shop.yaml:12:3")
    assert [(turn.who, turn.text) for turn in failed.turns[-3:]] == [
        ("caller", "book"),
        ("bot", "Well."),
        ("bot", "Sure?"),
    ]


def test_a_broken_never_is_told_where_it_stands():
    failed = failure("- never: {bot: Sure?}\n- caller: book\n- state: sure")
    assert failed is not None
    assert failed.place.line == 5


def test_only_the_last_turns_are_told():
    failed = failure("- caller: book\n- caller: no\n" * 5 + "- ended: hangup")
    assert failed is not None
    assert len(failed.turns) == LAST_TURNS


def test_a_mistake_that_shows_in_the_call_is_among_the_turns():
    failed = failure("- press: 2\n- ended: hangup")
    assert failed is not None
    assert "error" in [turn.who for turn in failed.turns]
    assert failed.message == "the call ended with 'error', not 'hangup'."


def test_the_same_line_in_another_stretch_of_the_call_may_be_skipped():
    steps = """
        - caller: book
        - bot: Sure?
        - caller: no
        - caller: book
        - bot: Well.
    """
    assert failure(steps) is None


def test_a_call_begins_when_the_test_says_in_the_zone_of_the_flow():
    assert failure("- bot: '*It is 09:15.'", "    now: 2026-11-22 09:15\n") is None
    assert failure("- bot: '*It is 15:30.'", "    now: 2026-11-22T10:00:00+00:00\n") is None
    assert failure("- bot: '*It is 10:00.'") is None


def test_a_test_has_variables_of_its_own():
    assert failure("- bot: Hi from Us.", "    variables: {shop: Us}\n") is None


def test_a_recording_is_named_by_its_path_and_found_beside_its_flow():
    reading = read("flow: sub/shop.yaml\ntests: [{name: a, talk: [{bot: '*bye.wav'}]}]")
    assert reading.problems == ()
    assert run(reading.conversations[0], rank).passed


def test_recordings_are_heard_without_a_voice():
    talk = "[{provider_down: tts}, {silence: true}, {bot: '*bye.wav'}, {ended: gave_up}]"
    reading = read(f"flow: sub/ask.yaml\ntests: [{{name: a, talk: {talk}}}]")
    assert reading.problems == ()
    assert run(reading.conversations[0], rank).failure is None


def test_the_example_of_the_documentation_passes():
    flows = Path(__file__).parents[2] / "flows"
    [example] = re.findall(r"```yaml\n(.*?)```", DOCS, re.S)
    reading = read_conversations(
        example, "clinic.test.yaml", open_file=lambda name: (flows / name).read_bytes()
    )
    assert reading.problems == ()
    assert [run(x, lambda *_: ()).failure for x in reading.conversations] == [None]


MISTAKES = {
    "a key of the file": (
        "flow: shop.yaml\ntest: []\n",
        "2:1: error[unknown-key] 'test' is not a key of a file of tests. Did you mean 'tests'?",
    ),
    "a key of a test": (
        talk("- bot: Hi", "    nwo: 2026-11-22 10:00\n"),
        "4:5: error[unknown-key] 'nwo' is not a key of a test. Did you mean 'now'?",
    ),
    "a key of a step": (
        talk("- calller: book"),
        "5:9: error[unknown-key] 'calller' is not a key of a step. Did you mean 'caller'?",
    ),
    "a key of the caller": (
        talk("- caller: {text: book, confidnce: 1}"),
        "5:30: error[unknown-key] 'confidnce' is not a key of 'caller'. Did you mean 'confidence'?",
    ),
    "a state": (
        talk("- state: sur"),
        "5:16: error[unknown-state] there is no state 'sur' in t/shop.yaml. Did you mean 'sure'?",
    ),
    "an intent": (
        talk("- intent: boook"),
        "5:17: error[unknown-intent] there is no intent 'boook' in t/shop.yaml. "
        "Did you mean 'book'?",
    ),
    "an end": (
        talk("- ended: gaveup"),
        "5:16: error[wrong-type] 'hangup', 'gave_up', 'caller_hung_up', 'over_limit' or 'error' "
        "is needed here, not the text 'gaveup'. Did you mean 'gave_up'?",
    ),
    "a provider": (
        talk("- provider_down: sst"),
        "5:24: error[wrong-type] 'stt', 'tts' or 'llm' is needed here, not the text 'sst'. "
        "Did you mean 'stt'?",
    ),
    "two keys": (
        talk("- caller: book\n  bot: Sure?"),
        "5:9: error[one-key] a step has one key, not 2. Begin each step with '- '.",
    ),
    "keys of no phone": (
        talk("- press: 1a"),
        '5:16: error[wrong-type] keys of the phone (0 to 9, "*" or "#") is needed here, '
        "not the text '1a'.",
    ),
    "no silence": (
        talk("- silence: false"),
        "5:18: error[wrong-type] true or a duration is needed here, not false.",
    ),
    "no hanging up": (
        talk("- hang_up: false"),
        "5:18: error[wrong-type] true is needed here, not false.",
    ),
    "a line of nothing": (
        talk("- bot:"),
        "5:13: error[wrong-type] a line of the bot is needed here, not nothing.",
    ),
    "a variable that is a list": (
        talk("- variables: {n: [1]}"),
        "5:24: error[wrong-type] a text or number is needed here, not a list.",
    ),
    "a date": (
        talk("- bot: Hi", "    now: tomorrow\n"),
        "4:10: error[wrong-type] a date with a time, such as 2026-11-22 10:00, is needed here, "
        "not the text 'tomorrow'.",
    ),
    "no steps": (
        "flow: shop.yaml\ntests: [{name: a, talk: []}]",
        "2:25: error[wrong-type] a list of at least one is needed here, not an empty list.",
    ),
    "no name": (
        "flow: shop.yaml\ntests: [{talk: [{bot: Hi}]}]",
        "2:9: error[missing-key] a test needs the key 'name'.",
    ),
    "the same name": (
        "flow: shop.yaml\ntests:\n" + "  - {name: a, talk: [{bot: Hi}]}\n" * 2,
        "4:12: error[repeated-name] a test of this name stands already in line 3. "
        "Give each its own.",
    ),
    "no flow": (
        "flow: shp.yaml\ntests: [{name: a, talk: [{state: anywhere}]}]",
        "1:7: error[unknown-flow] there is no flow 'shp.yaml': no file t/shp.yaml.",
    ),
    "a flow with mistakes": (
        "flow: bad.yaml\ntests: [{name: a, talk: [{bot: Hi}]}]",
        "1:7: error[broken-flow] the flow 'bad.yaml' has mistakes. "
        "'callwright check t/bad.yaml' explains them.",
    ),
    "a flow that is no text": (
        "flow: latin.yaml\ntests: [{name: a, talk: [{bot: Hi}]}]",
        "1:7: error[broken-flow] t/latin.yaml is not UTF-8.",
    ),
}


@each_row(("text", "problem"), MISTAKES.values())
def test_a_mistake_is_explained_with_its_place(text, problem):
    assert problem in problems(text)


def test_all_mistakes_are_told_at_once():
    assert len(problems(talk("- state: x\n- intent: y\n- press: z\n- hm: 1"))) == 4


@given(st.text(st.sampled_from("ab.[* \n"), max_size=12))
def test_a_pattern_matches_the_text_it_is_made_of(text):
    assert Pattern(text).matches(text)
    assert Pattern(text.replace("*", "")).matches(text) == ("*" not in text)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    read(text)
    read(f"flow: shop.yaml\ntests: [{{name: a, talk: [{text}]}}]")


@pytest.mark.parametrize(
    "table",
    [FILE_TABLE, CONVERSATION_TABLE, STEP_TABLE, WEB_TABLE, MODEL_TABLE, SENT_TABLE],
    ids=lambda table: table.of,
)
def test_every_key_has_its_row_in_the_documentation(table):
    for key in table.keys:
        default = "**needed** | " if key.required else f"{key.default} | " if key.default else ""
        assert f"| `{key.name}` | {key.kind.name} | {default}{key.meaning} |" in DOCS
