"""`run`: a flow as a subroutine of another."""

from collections.abc import Mapping

from scripted_calls import MORNING, no_rank, said

from runtime.flow.conversation.rehearsal import Rehearsal
from runtime.flow.engine.events import CallStarted
from runtime.flow.model import Flow
from runtime.flow.reading import Reading, read_flow

MAIN = """
variables: {rating: none}
slots: {day: {type: date, ask: Which day?}}
states:
  menu: {ask: What next?, on: {yes: survey, no: bye}}
  survey:
    run: survey.yaml
    with: {topic: visit, stars: 5}
    save: {rating: score}
    next: thanks
  thanks: {say: 'You said {{ rating }}.', next: menu}
  help_desk: {ask: Help desk., on: {yes: back}}
  bye: {hangup: Bye.}
  broken: {hangup: It broke.}
always: {on: {person: help_desk, error: broken}}
"""
SURVEY = """
greeting: Nobody hears this.
variables: {topic: none, stars: 0, score: none}
intents: {good: {words: [good]}, odd: {words: [odd]}}
states:
  ask:
    ask: 'How was your {{ topic }}, of {{ stars + 1 }}?'
    on: {good: {set: {score: "'fine'"}, next: done}, odd: {set: {x: '[stars][9]'}, next: done}}
  done: {say: Noted.}
"""


def read(files: Mapping[str, str], main: str = MAIN) -> Reading:
    encoded = {name: text.encode() for name, text in files.items()}
    return read_flow(main, "main.yaml", open_file=encoded.get)


def flow(survey: str = SURVEY) -> Flow:
    reading = read({"survey.yaml": survey})
    assert reading.flow is not None, [str(problem) for problem in reading.problems]
    return reading.flow


def talk(survey: str = SURVEY) -> Rehearsal:
    call = Rehearsal(flow(survey), no_rank, CallStarted(at=MORNING, call_id="c"))
    call.opening()
    return call


def test_it_has_its_own_variables_and_gives_back_what_is_saved():
    call = talk()
    assert said(call.caller("yes")) == ["How was your visit, of 6?"]
    assert said(call.caller("good")) == ["Noted.", "You said fine.", "What next?"]
    assert call.state.frames == ()
    assert call.state.variables["rating"] == "fine"
    assert "topic" not in call.state.variables


def test_what_always_holds_around_it_holds_in_it_and_back_leads_into_it():
    call = talk()
    call.caller("yes")
    assert said(call.caller("a real person please")) == ["Help desk."]
    assert call.state.frames == ()
    assert said(call.caller("yes")) == ["How was your visit, of 6?"]
    assert said(call.caller("good"))[-1] == "What next?"


def test_its_failures_go_outwards():
    # A list that is too short fails in the call, not when the flow is read.
    call = talk()
    call.caller("yes")
    assert said(call.caller("odd")) == ["It broke."]


def test_giving_up_in_it_without_a_way_ends_the_call():
    call = talk()
    call.caller("yes")
    lines = [line for _ in range(3) for line in said(call.silence())]
    assert lines[-1].endswith("Goodbye.")
    assert call.ended


def test_begun_anew_it_has_again_what_it_was_given():
    call = talk(SURVEY.replace("on: {good:", "on: {no: restart, yes: {set: {topic: stars}}, good:"))
    call.caller("yes")
    assert said(call.caller("yes")) == ["How was your 5, of 6?"]
    assert said(call.caller("no")) == ["How was your visit, of 6?"]
    call.caller("good")
    assert call.state.frames == ()
    assert call.state.variables["rating"] == "fine"


def test_its_greeting_is_not_said_and_a_change_of_language_stays():
    survey = SURVEY.replace(
        "say: Noted.", "{set: {language: \"'hi'\"}, say: {en: Noted., hi: Achchha.}}"
    )
    survey = survey.replace("done: {{set", "done: {set").replace("Achchha.}}}", "Achchha.}}")
    call = talk(survey)
    assert said(call.caller("yes")) == ["How was your visit, of 6?"]
    assert said(call.caller("good"))[0] == "Achchha."
    assert call.state.language == "hi"


def test_one_may_run_another():
    middle = "variables: {score: none}\nstates: {a: {run: last.yaml, save: {score: best}}}\n"
    last = "slots: {best: {type: integer, ask: Best?}}\nstates: {b: {collect: [best]}}\n"
    reading = read(
        {
            "survey.yaml": middle.replace("{score: none}", "{topic: t, stars: 1, score: 0}"),
            "last.yaml": last,
        }
    )
    assert reading.flow is not None, [str(problem) for problem in reading.problems]
    call = Rehearsal(reading.flow, no_rank, CallStarted(at=MORNING, call_id="c"))
    call.opening()
    assert said(call.caller("yes")) == ["Best?"]
    assert len(call.state.frames) == 2
    assert said(call.caller("a real person please")) == ["Help desk."]
    assert said(call.caller("yes")) == ["Best?"]
    assert said(call.caller("seven"))[0] == "You said 7."


def test_what_it_has_no_value_for_is_saved_as_nothing():
    call = talk(SURVEY.replace("{set: {score: \"'fine'\"}, next: done}", "done"))
    call.caller("yes")
    assert said(call.caller("good"))[1] == "You said none."


def test_a_value_that_cannot_be_given_is_an_error_of_the_flow_that_runs_it():
    main = MAIN.replace("stars: 5", "stars: '{{ 1 / 0 }}'")
    reading = read({"survey.yaml": SURVEY}, main)
    assert reading.flow is not None
    call = Rehearsal(reading.flow, no_rank, CallStarted(at=MORNING, call_id="c"))
    call.opening()
    assert said(call.caller("yes")) == ["It broke."]
    assert call.state.frames == ()


def test_giving_up_in_it_goes_outwards():
    main = MAIN.replace("error: broken}", "error: broken, give_up: help_desk, over_limit: bye}")
    reading = read({"survey.yaml": SURVEY}, f"{main}limits: {{turns: 5}}\n")
    assert reading.flow is not None
    call = Rehearsal(reading.flow, no_rank, CallStarted(at=MORNING, call_id="c"))
    call.opening()
    call.caller("yes")
    for _ in range(2):
        call.silence()
    assert said(call.silence())[-1] == "Help desk."
    assert said(call.caller("yes"))[-1] == "How was your visit, of 6?"
    assert said(call.caller("what"))[-1] == "Bye."


def test_keys_that_are_wrong_are_told_where_they_stand():
    wrong = MAIN.replace("{topic: visit, stars: 5}", "topic").replace("{rating: score}", "score")
    found = [str(problem) for problem in read({"survey.yaml": SURVEY}, wrong).problems]
    assert found == [
        "main.yaml:8:11: error[wrong-type] a mapping such as {topic: visit} is needed here, not "
        "the text 'topic'.",
        "main.yaml:9:11: error[wrong-type] a mapping of our variables to its, such as {score: "
        "rating} is needed here, not the text 'score'.",
    ]
    wrong = MAIN.replace("run: survey.yaml", "run: [survey.yaml]").replace(
        "save: {rating: score}", "save: {today: score, rating: [x]}"
    )
    found = [
        str(problem).split(" ")[0] for problem in read({"survey.yaml": SURVEY}, wrong).problems
    ]
    assert found == ["main.yaml:7:10:", "main.yaml:9:12:", "main.yaml:9:34:"]


def test_a_flow_that_runs_itself_is_refused():
    problems = [
        str(x) for x in read({"survey.yaml": MAIN.replace("survey.yaml", "main.yaml")}).problems
    ]
    assert any("runs-itself" in each for each in problems)
    itself = read({}, MAIN.replace("survey.yaml", "main.yaml")).problems
    assert any(problem.code == "runs-itself" for problem in itself)


def test_what_it_is_given_and_gives_must_exist():
    wrong = MAIN.replace("topic: visit", "topik: visit").replace("rating: score", "rating: skore")
    problems = {
        problem.message: problem.hint for problem in read({"survey.yaml": SURVEY}, wrong).problems
    }
    assert problems["survey.yaml has no variable 'topik'."] == "Did you mean 'topic'?"
    assert problems["survey.yaml has no variable 'skore'."] == "Did you mean 'score'?"


def test_a_missing_flow_is_named():
    (problem,) = [x for x in read({}).problems if x.code == "missing-file"]
    assert problem.message == "there is no flow 'survey.yaml'."


def test_its_change_is_a_new_version_of_the_flow_that_runs_it():
    changed = flow(SURVEY.replace("say: Noted.", "say: Well noted."))
    assert changed.version != flow(SURVEY).version
    assert "survey.yaml" in changed.files


def test_what_the_flow_around_does_at_a_call_time_it_does_in_it_too():
    main = MAIN.replace("always: {", "always: {after: {1m: help_desk}, ")
    survey = SURVEY.replace("    on: {good", "    no_input_after: 2m\n    on: {good")
    reading = read({"survey.yaml": survey}, main)
    assert reading.flow is not None
    call = Rehearsal(reading.flow, no_rank, CallStarted(at=MORNING, call_id="c"))
    call.opening()
    call.caller("yes")
    assert said(call.wait(61)) == ["Help desk."]
    assert call.state.frames == ()
    assert said(call.caller("yes")) == ["How was your visit, of 6?"]
