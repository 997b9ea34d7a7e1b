"""`include`: keys of other files, put into a flow's own."""

from collections.abc import Mapping

import pytest

from runtime.flow.reading import Reading, read_flow

MAIN = """
include: [parts/common.yaml]
intents: {book: {words: [reserve]}}
states:
  menu: {ask: What next?, on: {book: bye, cancel: bye}}
  bye: {hangup: Bye.}
"""
COMMON = """
intents: {book: {words: [book]}, cancel: {words: [cancel]}}
phrases: {goodbye: So long.}
always: {on: {person: bye}}
"""


def read(files: Mapping[str, str], main: str = MAIN) -> Reading:
    encoded = {name: text.encode() for name, text in files.items()}
    return read_flow(main, "main.yaml", open_file=encoded.get)


def problems(files: Mapping[str, str], main: str = MAIN) -> list[str]:
    return [str(problem) for problem in read(files, main).problems]


def test_what_is_included_is_there_and_a_flows_own_goes_before_it():
    flow = read({"parts/common.yaml": COMMON}).flow
    assert flow is not None
    assert flow.intents["book"].words == ("reserve",)
    assert flow.intents["cancel"].words == ("cancel",)
    assert "goodbye" in flow.phrases
    assert "person" in flow.always
    assert flow.files == ("main.yaml", "parts/common.yaml")


def test_a_mistake_is_told_where_it_stands():
    found = problems({"parts/common.yaml": COMMON.replace("person: bye", "person: byee")})
    assert found == [
        "parts/common.yaml:4:23: error[unknown-state] 'always' goes to 'byee', which does not "
        "exist. Did you mean 'bye'?"
    ]
    found = problems({"parts/common.yaml": COMMON + "states: {}\n"})
    assert found[0].startswith("parts/common.yaml:5:1: error[unknown-key] 'states' is not a key of")


def test_a_missing_file_is_named():
    assert problems({})[0] == (
        "main.yaml:2:11: error[missing-file] there is no file 'parts/common.yaml'."
    )


def test_two_included_files_may_not_say_the_same():
    main = MAIN.replace("[parts/common.yaml]", "[parts/common.yaml, more.yaml]")
    found = problems(
        {"parts/common.yaml": COMMON, "more.yaml": "intents: {cancel: {words: [stop it]}}\n"}, main
    )
    assert found == [
        "more.yaml:1:11: error[repeated-key] 'cancel' stands here and already in "
        "parts/common.yaml, line 2. Keep one of them, or name it in the flow itself, which goes "
        "before both."
    ]


def test_files_that_include_each_other_are_read_once():
    files = {
        "parts/common.yaml": f"include: [more.yaml]\n{COMMON}",
        "parts/more.yaml": "include: [common.yaml]\nintents: {fees: {words: [fees]}}\n",
    }
    flow = read(files).flow
    assert flow is not None
    assert "fees" in flow.intents


def test_a_change_of_an_included_file_is_a_new_version():
    first, second = (read({"parts/common.yaml": x}).flow for x in (COMMON, COMMON + "# new\n"))
    assert first is not None
    assert second is not None
    assert first.version != second.version


def test_a_file_that_is_included_is_no_flow_and_is_checked_as_what_it_is():
    part = read({}, COMMON)
    assert (part.flow, part.is_part, part.problems) == (None, True, ())
    found = problems({}, "intents: {book: {wrods: [a]}}\n")
    assert any("1:18: error[unknown-key] 'wrods' is not a key of an intent" in x for x in found)


LAYERS = {
    "parts/common.yaml": "include: [deep/deeper.yaml]\nintents: {cancel: {words: [cancel]}}\n"
    "always: {on: {person: bye}, after: {8m: bye}}\n",
    "parts/deep/deeper.yaml": "slots:\n"
    "  day: {type: date, ask: Which day?, help: {audio: day.wav, say: Day.}}\n"
    "requests: {free: {get: 'https://x.example/{{ day }}'}}\n"
    "phrases: {wait: {audio: ../wait.wav, say: Wait.}}\n"
    "always: {on: {goodbye: bye, error: bye}, provider_down: {stt: bye}}\n",
    "parts/deep/day.wav": "RIFF\x24\x00\x00\x00WAVEfmt ",
    "parts/wait.wav": "RIFF\x24\x00\x00\x00WAVEfmt ",
}
NESTED = """
include: [parts/common.yaml]
states:
  menu: {ask: What next?, on: {yes: visit, cancel: bye}}
  visit: {collect: [day], next: find}
  find: {request: free, next: bye, on: {error: bye}}
  bye: {hangup: Bye.}
always: {on: {person: menu, goodbye: menu}, after: {9m: bye}}
"""


def test_what_is_included_by_an_included_file_is_there_and_its_sounds_stand_beside_it():
    reading = read(LAYERS, NESTED)
    flow = reading.flow
    assert flow is not None, [str(problem) for problem in reading.problems]
    assert flow.slots["day"].help.in_language("en")[0].path == "parts/deep/day.wav"
    assert flow.phrases["wait"].in_language("en")[0].path == "parts/wait.wav"
    assert {key: row[0].next for key, row in flow.always.items()} == {
        **{"person": "menu", "goodbye": "menu", "error": "bye"},
    }
    assert flow.after == ((480.0, "bye"), (540.0, "bye"))
    assert flow.provider_down == {"stt": "bye"}
    assert set(flow.files) == {"main.yaml", *LAYERS}


def test_always_of_two_files_is_one_unless_they_say_the_same():
    main = NESTED.replace("[parts/common.yaml]", "[parts/common.yaml, more.yaml]")
    more = "always: {on: {voicemail: bye, error: menu}}\n"
    found = problems({**LAYERS, "more.yaml": more}, main)
    assert [x.split(": error")[0] for x in found] == ["more.yaml:1:31"]
    flow = read({**LAYERS, "more.yaml": more.replace("error: menu", "repeat: bye")}, main).flow
    assert flow is not None
    assert {"voicemail", "repeat", "error"} <= flow.always.keys()


@pytest.mark.parametrize(
    ("main", "files", "found"),
    [
        (
            "include: common.yaml\nstates: {a: {hangup: Bye.}}\n",
            {},
            ["main.yaml:1:10: a list is needed here, not the text 'common.yaml'."],
        ),
        (
            "include: [[a.yaml], {b: c}]\nstates: {a: {hangup: Bye.}}\n",
            {},
            ["main.yaml:1:11: ", "main.yaml:1:21: "],
        ),
        (
            "include: [a.yaml]\nstates: {a: {hangup: Bye.}}\n",
            {"a.yaml": "- a list"},
            ["a.yaml:1:1: a mapping"],
        ),
        (
            "include: [a.yaml]\nstates: {a: {hangup: Bye.}}\n",
            {"a.yaml": "intents: {a: {words: [b]}\n"},
            ["a.yaml:"],
        ),
        (
            "include: [a.yaml]\nslots: nothing\nstates: {a: {hangup: Bye.}}\nalways: {on: [a]}\n",
            {"a.yaml": "slots: {day: date}\nalways: {on: {error: a}}\n"},
            ["main.yaml:2:8: a mapping", "main.yaml:4:14: a mapping"],
        ),
        (
            "include: [a.yaml, b.yaml]\nstates: {a: {hangup: Bye.}}\n",
            {"a.yaml": "always: {on: {error: a}}\n", "b.yaml": "always: {on: a}\n"},
            [],
        ),
    ],
)
def test_what_cannot_be_included_is_told_where_it_stands(main, files, found):
    told = [
        f"{problem.place}: {problem.message}"
        for problem in read(files, main).problems
        if problem.is_error
    ]
    assert len(told) == len(found)
    assert all(here.startswith(there) for here, there in zip(told, found, strict=True))


def test_a_flow_that_includes_itself_is_read_once():
    assert read({}, NESTED.replace("parts/common.yaml", "main.yaml")).flow is None
    flow = read({}, "include: [main.yaml]\nstates: {a: {hangup: Bye.}}\n").flow
    assert flow is not None
