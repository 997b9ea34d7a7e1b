import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.document.draft import Draft
from runtime.flow.document.patterns import read_pattern
from runtime.flow.document.values import seconds_of
from runtime.flow.model import (
    Ask,
    BargeIn,
    Choose,
    Flow,
    Hangup,
    Pass,
)
from runtime.flow.place import Place
from runtime.flow.reading import FLOW_TABLE, read_flow
from runtime.flow.source import Scalar
from runtime.flow.template import Template
from runtime.flow.text import Sound, Text

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "

CLINIC = """\
callwright: 1
flow: city-clinic
language: en-IN
timezone: Asia/Kolkata
voice: {name: en-IN-Wavenet-D, speaking_rate: 1.1, pitch: -2}
providers: {stt: local, tts: local, llm: openai}
variables: {clinic: City Clinic, times: [], since: 1998}
greeting: Namaste, welcome to {{ clinic }}.
intents:
  book:
    description: The caller wants a new appointment
    examples: [I want to book an appointment, can I see a doctor tomorrow]
    words: [book, appointment]
    patterns: ['new (visit|appointment)']
    digit: 1
  opening_hours: {examples: [when are you open], answer: From nine to six.}
  yes: {words: [aye]}
  no: {words: [no way], replace: true}
start: menu
states:
  menu:
    ask: Would you like to book an appointment?
    retry: ["To book, press one."]
    no_match: Sorry, I did not get that.
    no_input: [Are you still there?, I can't hear you.]
    help: Say book.
    tries: 3
    give_up: bye
    barge_in: false
    no_input_after: 1m30s
    end_of_speech: 900ms
    on:
      book: {set: {count: 1, note: 'for {{ clinic }}'}, say: Fine., next: find}
      no:
        - {when: since > 2000, next: repeat}
        - bye
      "2": bye
      "*": restart
      error: bye
  find:
    set: {count: count + 1}
    next: offer
  offer:
    choose:
      - {when: times | length == 0, next: bye}
      - menu
  bye:
    hangup: {any: [Goodbye., {audio: media/bye.wav, say: Bye bye}]}
always:
  on: {person: bye, repeat: repeat, over_limit: bye}
  after: {8m: bye, 90: menu}
settings:
  barge_in: digits
  tries: 4
  no_input_after: 5
  confidence: {accept: 0.7, confirm: 0.5}
limits: {duration: 10m, turns: 50, tokens: 0}
phrases:
  no_match: {en: Sorry?, hi: माफ़ कीजिए?}
  did_you_mean: Is it {{ first }}?
"""


def read(text: str, **sounds: bytes) -> Flow:
    known = {"media/bye.wav": WAV, **sounds}
    reading = read_flow(text, "flows/clinic.yaml", open_file=known.get)
    assert [str(problem) for problem in reading.problems] == []
    assert reading.flow is not None
    return reading.flow


def mistakes(text: str) -> list[str]:
    reading = read_flow(text, "f.yaml", open_file=lambda _: None)
    return [str(problem) for problem in reading.problems]


def words(text: Text | None) -> list[object]:
    assert text is not None
    return [
        wording.source if isinstance(wording, Template) else wording
        for row in text.wordings.values()
        for wording in row
    ]


def test_a_whole_flow_is_read() -> None:
    flow = read(CLINIC)
    assert (flow.name, flow.file, flow.start) == ("city-clinic", "flows/clinic.yaml", "menu")
    assert flow.variables == {"clinic": "City Clinic", "times": [], "since": 1998}
    assert (flow.voice.name, flow.voice.speaking_rate, flow.voice.pitch) == (
        *("en-IN-Wavenet-D", 1.1),
        -2.0,
    )
    assert flow.providers == {"stt": "local", "tts": "local", "llm": "openai"}
    assert (flow.accept, flow.confirm) == (0.7, 0.5)
    assert (flow.limits.duration, flow.limits.turns, flow.limits.tokens) == (600.0, 50, 0)
    assert flow.after == ((90.0, "menu"), (480.0, "bye"))
    assert flow.greeting is not None
    assert words(flow.greeting.text) == ["Namaste, welcome to {{ clinic }}."]
    assert flow.greeting.barge_in is BargeIn.DIGITS
    assert list(flow.states) == ["menu", "find", "offer", "bye"]
    assert list(flow.phrases["no_match"].wordings) == ["en", "hi"]


def test_a_state_says_otherwise_than_the_settings() -> None:
    menu, find = (read(CLINIC).states[name] for name in ("menu", "find"))
    assert (menu.tries, menu.barge_in, menu.no_input_after, menu.end_of_speech) == (
        *(3, BargeIn.NEVER),
        *(90.0, 0.9),
    )
    assert (find.tries, find.barge_in, find.no_input_after, find.end_of_speech) == (
        *(4, BargeIn.DIGITS),
        *(5.0, 0.7),
    )


def test_each_verb_is_read() -> None:
    states = read(CLINIC).states
    assert isinstance(states["menu"].verb, Ask)
    assert isinstance(states["find"].verb, Pass)
    assert isinstance(states["offer"].verb, Choose)
    assert [branch.next for branch in states["offer"].verb.branches] == ["bye", "menu"]
    assert isinstance(states["bye"].verb, Hangup)
    assert words(states["bye"].verb.text) == [
        "Goodbye.",
        Sound("flows/media/bye.wav", "Bye bye"),
    ]


def test_hangup_alone_says_the_built_in_goodbye() -> None:
    for written in ("hangup:", "hangup: true"):
        assert read(f"states: {{end: {{{written} }}}}").states["end"].verb == Hangup(None)


def test_handlers_are_read_short_long_and_in_lists() -> None:
    on = read(CLINIC).states["menu"].on
    (book,) = on["book"]
    assert (book.next, words(book.say)) == ("find", ["Fine."])
    count, note = book.set
    assert count[0] == "count"
    assert count[1].source == "1"
    assert isinstance(note[1], Template)
    assert note[1].names == {"clinic"}
    assert [handler.next for handler in on["no"]] == ["repeat", "bye"]
    assert on["2"][0].next == "bye"
    assert on["*"][0].place == Place("flows/clinic.yaml", 38, 12)


def test_a_built_in_intent_is_extended_or_replaced() -> None:
    intents = read(CLINIC).intents
    assert {"aye", "yes"} <= set(intents["yes"].words)
    assert intents["no"].words == ("no way",)
    assert intents["book"].digit == "1"
    assert intents["book"].patterns[0].search("a NEW visit")
    assert "help" in intents


def test_the_smallest_flow_has_defaults_for_everything() -> None:
    flow = read("states: {bye: {hangup: Bye.}}")
    assert (flow.name, flow.language, flow.timezone) == ("clinic", "en-IN", "Asia/Kolkata")
    assert (flow.start, flow.accept, flow.limits.turns) == ("bye", 0.6, 100)


def test_the_version_is_that_of_the_text_and_the_sounds() -> None:
    flow = read(CLINIC)
    assert len(flow.version) == 12
    assert int(flow.version, 16)
    assert flow.files == ("flows/clinic.yaml", "flows/media/bye.wav")
    assert read(CLINIC).version == flow.version
    assert read(CLINIC + "# a note\n").version != flow.version
    assert read(CLINIC, **{"media/bye.wav": WAV + b"x"}).version != flow.version


@each_row(
    ("written", "seconds"),
    [
        ("3s", 3.0),
        ("700ms", 0.7),
        ("8m", 480.0),
        ("1h30m", 5400.0),
        ("1h 30m", 5400.0),
        ("1.5s", 1.5),
        ("90", 90.0),
        ("0.5", 0.5),
        *((wrong, None) for wrong in ("", "s", "3 apples", "3s later", "-3s", "3:30", "३s")),
    ],
)
def test_durations_are_written_with_units(written: str, seconds: float | None) -> None:
    assert seconds_of(written) == seconds


@each_row(
    "pattern",
    [
        "new (visit|appointment)",
        "(mon|tues|wednes)day",
        r"\bdoctor\b.*\btomorrow\b",
        r"(\w+ ){0,3}doctor",
        r"new\s+visit\s+on\s+mon\s+at\s+five",
        "(yes|no)+",
        "(a{2})+",
        "colou?rs*",
    ],
)
def test_patterns_that_end_in_time_are_accepted(pattern: str) -> None:
    assert _refusal(pattern) is None


@each_row(
    "pattern",
    [
        "(a+)+$",
        "(a*)*",
        "(a|a)+$",
        "(a|ab)*c",
        "(a?a)*",
        r"(\w+\s?)*$",
        "(?:(a+)b?)+",
        "(x+x+)+y",
        "((a{1,5})){11,}",
        ".*a.*b.*c.*d",
        r"(\w+ ){0,9}doctor",
        "(a{2,9}){2,9}c",
        "(b*){2,9}c",
        "(b*b*){0,3}a",
        "a+a+a+a+b",
        "(?=(a+)+$)a",
        "(?>(a+)+)$",
    ],
)
def test_patterns_that_could_run_away_are_refused(pattern: str) -> None:
    assert _refusal(pattern) == "runaway-pattern"


@pytest.mark.parametrize("pattern", ["(", "[", "*a", "(?P<1>a)", "[[a]", "a{3,2}", "\\"])
def test_what_is_no_pattern_is_said_so(pattern: str) -> None:
    assert _refusal(pattern) == "bad-pattern"


@given(st.text("ab(|)*+?{}[]\\w1,.^$-:=<!", max_size=20))
def test_any_text_is_a_pattern_or_a_problem(text: str) -> None:
    assert _refusal(text) in (None, "bad-pattern", "runaway-pattern", "wrong-type")


def _refusal(pattern: str) -> str | None:
    draft = Draft("f.yaml", pattern, lambda _: None)
    read_pattern(draft, Scalar(Place("f.yaml", 1, 1), pattern, pattern, "quoted"))
    return draft.problems[0].code if draft.problems else None


def test_a_wrong_settings_does_not_spoil_the_rest() -> None:
    assert mistakes("settings: [1]\nstates: {end: {hangup: Bye.}}\n") == [
        "f.yaml:1:11: error[wrong-type] a mapping (lines of 'key: value') is needed here, "
        "not a list."
    ]


def test_a_state_that_is_wrong_is_still_known_by_its_name() -> None:
    text = "states:\n  a: {say: Hi., next: b}\n  b: {hangup: Bye., trees: 3}\n"
    assert mistakes(text) == [
        "f.yaml:3:21: error[unknown-key] 'trees' is not a key of a state. Did you mean 'tries'?"
    ]


def test_local_names_of_a_template_are_no_variables() -> None:
    text = "variables: {xs: [1]}\nstates: {a: {hangup: '{% for x in xs %}{{ x }}{% endfor %}'}}"
    assert mistakes(text) == []


def test_first_and_second_are_known_in_did_you_mean_only() -> None:
    text = "phrases: {{{}: 'A {{{{ first }}}}?'}}\nstates: {{a: {{hangup: Bye.}}}}"
    assert mistakes(text.format("did_you_mean")) == []
    assert len(mistakes(text.format("no_match"))) == 1


def test_every_key_says_what_it_means() -> None:
    for key in FLOW_TABLE.keys:
        assert key.kind.name
        assert key.meaning.endswith(".")


_LINES = CLINIC.splitlines()


@given(
    st.lists(
        st.tuples(st.integers(0, len(_LINES) - 1), st.integers(0, 30), st.text(max_size=3)),
        min_size=1,
        max_size=3,
    )
)
def test_a_flow_that_was_mistyped_is_read_or_explained(
    slips: list[tuple[int, int, str]],
) -> None:
    lines = list(_LINES)
    for line, column, typed in slips:
        lines[line] = lines[line][:column] + typed + lines[line][column + 1 :]
    reading = read_flow("\n".join(lines), "f.yaml", open_file=lambda _: None)
    assert (reading.flow is None) == any(problem.is_error for problem in reading.problems)
