import json
from pathlib import Path

import pytest
from shell import callwright
from tables import each_row

from runtime.flow.check import RULES
from runtime.flow.place import Place
from runtime.flow.problem import Problem, as_github, as_json, listed, suggestion, underlined
from runtime.flow.reading import read_flow

BAD_FLOWS = Path(__file__).parent.parent / "bad_flows"


def expected(text: str) -> list[str]:
    """The first comment lines of the file are the messages, in order."""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("# "):
            break
        lines.append(line.removeprefix("# "))
    return lines


def opened(name: str) -> bytes | None:
    """What stands beside the bad flows."""
    path = BAD_FLOWS / name
    return path.read_bytes() if path.is_file() else None


def found(text: str) -> list[str]:
    problems = read_flow(text, "f.yaml", open_file=opened).problems
    return [str(problem).removeprefix("f.yaml:") for problem in problems]


@each_row("path", sorted(BAD_FLOWS.glob("*.yaml")))
def test_mistake_is_explained(path: Path) -> None:
    """As `callwright check` prints it; what the file names stands in the folder `beside`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(BAD_FLOWS)
        result = callwright(["check", path.name])
    *printed, summary = result.output.splitlines()
    assert expected(path.read_text())
    assert [line.removeprefix(f"{path.name}:") for line in printed] == expected(path.read_text())
    assert result.exit_code == (0 if " 0 errors" in summary else 1)


def test_seven_mistakes_are_told_at_once() -> None:
    assert len(found((BAD_FLOWS / "seven_mistakes.yaml").read_text())) == 7


def test_every_rule_is_named_as_a_sentence() -> None:
    assert all(rule.__doc__ and rule.__name__.count("_") >= 2 for rule in RULES)


@each_row(
    "states",
    [
        # An intent that `always` leads on from is a way on from every question.
        "{a: {ask: Hello?}, b: {hangup: Bye.}}\nalways: {on: {yes: b}}",
        # `restart` and `back` are ways on; a question in the circle makes it no loop.
        "{a: {ask: Hello?, on: {yes: b}}, b: {say: Again., next: restart}}",
        "{a: {ask: Hello?, on: {yes: b}}, b: {say: Again., next: back}}",
        # Reached by giving up, by call time, from anywhere.
        "{a: {ask: Hello?, on: {yes: hangup}, give_up: b}, b: {hangup: Bye.}}",
        "{a: {ask: Hello?, on: {yes: hangup}}, b: {hangup: Bye.}}\nalways: {after: {8m: b}}",
        "{a: {ask: Hello?, on: {yes: hangup}}, b: {hangup: Bye.}}\nalways: {on: {error: b}}",
        # The nearer group's word or digit goes before: no confusion.
        "{a: {ask: Hello?, on: {x: hangup}}}\nalways: {on: {y: hangup}}\n"
        "intents: {x: {words: [agent], digit: 1}, y: {words: [agent], digit: 1}}",
        # The same digit in different questions.
        "{a: {ask: A?, on: {x: b}}, b: {ask: B?, on: {y: hangup}}}\n"
        "intents: {x: {digit: 1}, y: {digit: 1}}",
        # A request's failure is everybody's business; what is left open goes on with `next`.
        "{a: {request: r, next: b}, b: {hangup: Bye.}}\nalways: {on: {error: b}}\n"
        "requests: {r: {get: 'https://a.example.com'}}",
        # A slot that is only ever filled in passing.
        "{a: {collect: [x], next: b}, b: {hangup: '{{ y }}'}}\n"
        "slots: {x: {type: date, ask: When?}, y: time}",
        # A last branch that is written as always true.
        "{a: {choose: [{when: digit, next: b}, {when: true, next: b}]}, b: {hangup: Bye.}}",
        # Devanagari words that differ in their vowel signs only.
        "{a: {ask: A?, on: {x: hangup, y: hangup}}}\n"
        "intents: {x: {words: [कल]}, y: {words: [काल]}}",
    ],
)
def test_what_is_right_is_not_found_fault_with(states: str) -> None:
    assert found(f"states: {states}\n") == []


def test_a_restart_in_a_silent_state_is_a_circle() -> None:
    (problem,) = found("states:\n  a: {say: Hello., next: restart}\n")
    assert "error[loop]" in problem


def test_a_flow_that_is_run_may_end_anywhere_and_leave_errors_to_others() -> None:
    text = (
        "states: {a: {say: Hi., next: b}, b: {request: r, on: {'404': {say: None.}}}}\n"
        "requests: {r: {get: 'https://a.example.com'}}\nalways: {after: {1h: a}}\n"
    )
    assert read_flow(text, "f.yaml", open_file=opened, is_run=True).problems == ()
    assert len(found(text)) == 4


def test_a_flow_that_is_run_in_circles_has_to_wait_for_the_caller() -> None:
    text = "states: {a: {run: beside/other.yaml, next: b}, b: {say: Hi., next: a}}\n"
    (problem,) = found(text)
    assert "error[loop]" in problem
    other = b"states: {a: {ask: Hello?, on: {yes: {say: Hi., next: b}}}, b: {say: Hi.}}"
    asks = {"beside/other.yaml": other}
    assert read_flow(text, "f.yaml", open_file=asks.get).problems == ()


def test_what_others_include_need_not_all_be_used_here() -> None:
    files = {"common.yaml": b"slots: {day: date}\nintents: {x: {words: [x]}}\n"}
    text = "include: [common.yaml]\nstates: {a: {hangup: Bye.}}\n"
    assert read_flow(text, "f.yaml", open_file=files.get).problems == ()


def test_examples_beyond_all_measure_are_refused_and_not_tried() -> None:
    rows = "".join(f"      - word number {n}\n" for n in range(5001))
    (problem,) = found(
        f"intents:\n  few: {{examples: [one more]}}\n  many:\n    examples:\n{rows}"
        "states: {a: {ask: Hello?, on: {many: b, few: b}}, b: {hangup: Bye.}}\n"
    )
    assert problem.startswith("3:3: error[too-many-examples] the intents have 5002 examples")


def test_of_many_intents_with_one_word_some_are_told() -> None:
    intents = ", ".join(f"i{n}: {{words: [book]}}" for n in range(60))
    on = ", ".join(f"i{n}: b" for n in range(60))
    states = f"{{a: {{ask: Hello?, on: {{{on}}}}}, b: {{hangup: Bye.}}}}"
    assert 10 <= len(found(f"intents: {{{intents}}}\nstates: {states}\n")) <= 20


def test_a_long_chain_of_states_is_checked_without_recursion() -> None:
    states = "".join(f"  s{n}: {{say: Hi., next: s{n + 1}}}\n" for n in range(1500))
    assert found(f"states:\n{states}  s1500: {{hangup: Bye.}}\n") == []


def test_a_secret_is_not_repeated_in_the_message() -> None:
    (problem,) = found("variables: {password: open-sesame}\nstates: {a: {hangup: Bye.}}\n")
    assert "secret" in problem
    assert "sesame" not in problem


# -- how problems are shown ------------------------------------------------------------------------

PROBLEM = Problem(Place("a,b.yaml", 2, 8), "error", "unknown-state", "50% is\nwrong.", "Mend it.")


def test_a_problem_is_one_line_with_its_place() -> None:
    problem = Problem(Place("f.yaml", 2, 8), "warning", "loop", "it circles.")
    assert str(problem) == "f.yaml:2:8: warning[loop] it circles."


def test_the_place_is_underlined() -> None:
    shown = underlined(PROBLEM, ["states:", "\tnext: bokking, x"])
    assert shown == "    2 | \tnext: bokking, x\n      | \t      ^^^^^^^"
    assert underlined(PROBLEM, ["states:"]) == ""
    assert underlined(PROBLEM, ["states:", "next"]).endswith("^")


def test_github_is_told_in_its_own_form() -> None:
    assert as_github(PROBLEM) == (
        "::error file=a%2Cb.yaml,line=2,col=8,title=unknown-state::50%25 is%0Awrong. Mend it."
    )


def test_programs_are_told_in_json() -> None:
    (row,) = json.loads(as_json([PROBLEM]))
    assert row == {
        **{"file": "a,b.yaml", "line": 2, "column": 8},
        **{"severity": "error", "code": "unknown-state"},
        **{"message": "50% is\nwrong.", "hint": "Mend it."},
    }


def test_a_near_word_is_suggested() -> None:
    assert suggestion("Bokking", ["booking", "end"]) == "Did you mean 'booking'?"
    assert suggestion("xyz", ["booking", "end"]) == ""


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a"], "'a'"), (["a", "b", "c"], "'a', 'b' and 'c'")]
)
def test_names_are_listed_as_in_a_sentence(names: list[str], text: str) -> None:
    assert listed(names) == text
