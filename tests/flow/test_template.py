"""Texts with `{{ … }}`, and bare expressions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.flow.template import Expression, Template, TemplateProblem


def render(source, **values):
    return Template.parse(source).render(values)


def evaluate(source, **values):
    return Expression.parse(source).evaluate(values)


def test_a_fixed_text_is_itself_and_needs_nothing():
    template = Template.parse("It's 50 % off {now}")
    assert template.render({}) == "It's 50 % off {now}"
    assert template.names == frozenset()


def test_values_are_put_in():
    template = Template.parse("{{ a }} and {{ b.c }}{% for x in range(n) %} {{ x }}{% endfor %}")
    assert template.names == {"a", "b", "n"}
    assert template.render({"a": 1, "b": {"c": "see"}, "n": 2}) == "1 and see 0 1"


def test_our_filters_are_there():
    assert render("{{ '2026-06-05' | date }} {{ x | digits }}", x=12) == "Friday, 5th June 1 2"


@given(st.text())
def test_a_value_is_never_read_as_a_template(said):
    assert render("{{ said }}", said=said) == said
    assert render("{{ said }}", said=f"{{{{ {said} }}}}") == f"{{{{ {said} }}}}"


@pytest.mark.parametrize("source", ["{{ a", "{% if %}", "{{ a | nothing }}", "{% for %}", "{{ }}"])
def test_a_text_that_cannot_be_read_is_a_problem(source):
    with pytest.raises(TemplateProblem):
        Template.parse(source)


def test_a_problem_tells_its_line():
    with pytest.raises(TemplateProblem) as problem:
        Template.parse("one\ntwo {{ a | nothing }}")
    assert problem.value.line == 2


@each_row(
    "source",
    [
        "{{ missing }}",
        "{{ a.missing }}",
        "{{ a[3] }}",
        "{{ 1 / 0 }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ a.append(1) }}",
        "{{ range(1001) }}",
        "{{ 'soon' | date }}",
    ],
)
def test_a_text_that_fails_is_a_problem_and_never_half_a_text(source):
    with pytest.raises(TemplateProblem):
        render(f"Hello {source}", a=[])


@pytest.mark.parametrize("name", ["lipsum", "dict", "cycler", "joiner", "namespace"])
def test_jinjas_own_globals_are_not_there(name):
    with pytest.raises(TemplateProblem, match=f"'{name}' is undefined"):
        render(f"{{{{ {name}() }}}}")


def test_nothing_is_drawn_at_random():
    with pytest.raises(TemplateProblem, match="random"):
        Template.parse("{{ [1, 2] | random }}")


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("n + 1", 3),
        ("times | length == 0", True),
        ("'a' ~ n", "a2"),
        ("none", None),
        ("[n, n]", [2, 2]),
        ("range(3) | list", [0, 1, 2]),
        ("x is defined", False),
    ],
)
def test_an_expression_has_a_value(source, value):
    assert evaluate(source, n=2, times=[], self="me") == value


def test_an_expression_tells_what_it_needs():
    assert Expression.parse("a.b + range(c) | length").names == {"a", "c"}


@pytest.mark.parametrize("source", ["", "a +", "{{ a }}", "a | nothing", "a }} {{ b"])
def test_an_expression_that_cannot_be_read_is_a_problem(source):
    with pytest.raises(TemplateProblem):
        Expression.parse(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("missing", "'missing' has no value"),
        ("a.missing", "'a.missing' has no value"),
        ("missing + 1", "'missing + 1' failed: 'missing' is undefined"),
        ("1 / 0", "'1 / 0' failed: ZeroDivisionError"),
        ("range(2000) | list", "'range(2000) | list' failed: range() over more than 1000 numbers"),
    ],
)
def test_an_expression_that_fails_says_why(source, message):
    with pytest.raises(TemplateProblem) as problem:
        evaluate(source, a={})
    assert problem.value.message == message


def test_what_a_caller_said_is_not_in_the_message():
    with pytest.raises(TemplateProblem) as problem:
        render("{{ text | date }}", text="my card is 4111")
    assert "4111" not in problem.value.message


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("prices[text]", "UndefinedError"),
        ("prices[number]", "UndefinedError"),
        ("[][number]", "UndefinedError"),
        ("'' | attr(text)", "UndefinedError"),
        ("prices['my key']", "'dict object' has no attribute 'my key'"),
        ("prices.a.b", "'dict object' has no attribute 'a'"),
        ("[][7]", "list object has no element 7"),
    ],
)
def test_what_is_missing_is_named_as_it_is_written_and_never_as_it_was_said(source, reason):
    values = {"prices": {}, "text": "my secret", "number": 4711}
    with pytest.raises(TemplateProblem) as problem:
        Expression.parse(f"({source}).x").evaluate(values)
    assert problem.value.message == f"'({source}).x' failed: {reason}"
    with pytest.raises(TemplateProblem) as problem:
        render(f"{{{{ {source} }}}}", **values)
    assert problem.value.message == f"{{{{ … }}}} failed: {reason}"


def test_what_would_take_too_long_is_not_computed():
    for source in ("9 ** (9 ** 9)", "'a' * 9 ** 6", "9 ** 6 * [1]"):
        with pytest.raises(TemplateProblem, match="would make too much"):
            evaluate(source)
    assert evaluate("1.5 * 2 + 2 ** 0.5 * 0") == 3
