"""`include`: keys of other files, put into a flow's own."""

from collections.abc import Mapping

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
