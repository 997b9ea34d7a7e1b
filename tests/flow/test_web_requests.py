"""`request` and `handoff`: what is sent, and where what comes back leads."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from scripted_calls import Call, flow_of, problems_of

from runtime.flow.conversation.stand_ins import AnyEnvironment
from runtime.flow.engine.effects import StopErrand
from runtime.flow.engine.events import (
    CallerHungUp,
    Heard,
    Pressed,
    RequestAnswered,
    RequestFailed,
    SpeechStarted,
    TimerFired,
)
from runtime.flow.engine.requesting import rendered
from runtime.flow.template import TemplateProblem

FIND = """
requests:
  times:
    get: https://api.example/times
    timeout: 3s
    hold: One moment.
    save: {times: body.times, code: status, first: 'body.times[0]'}
start: %(start)s
variables: {times: none, code: 0, first: none}
intents: {book: {words: [book]}}
states:
  find: {say: 'Let me see.', request: times, %(ways)s}
  full: {ask: 'Full: {{ code }}.', on: {yes: find}}
  late: {ask: Late., on: {yes: find}}
  sorry: {ask: 'Sorry, {{ times }}.', on: {yes: find}}
  offer: {ask: 'At {{ times }}.', on: {yes: find}}
  menu: {ask: What?, on: {yes: find}}
always: {on: {person: menu, "9": menu}}
"""
WAYS = "on: {ok: offer, error: sorry, timeout: late, '404': full}"


def finding(ways=WAYS, start="find"):
    return Call(FIND % {"ways": ways, "start": start})


# -- where it leads --------------------------------------------------------------------------------


def test_an_answer_is_saved_and_goes_on_by_ok():
    call = finding()
    assert call.sent is not None
    assert call.timers["errand"] == (1, 3.0)
    call.answered(200, {"times": ["17:00"]})
    assert call.said == ["At ['17:00']."]
    assert (call.state.variables["code"], call.state.variables["first"]) == (200, "17:00")
    assert not call.state.errand


@pytest.mark.parametrize(
    ("ways", "status", "heard"),
    [
        (WAYS, 404, "Full: 404."),
        (WAYS, 409, "Sorry, none."),
        (WAYS, 500, "Sorry, none."),
        (WAYS, 204, "At None."),
        ("next: offer, on: {error: sorry}", 200, "At None."),
        ("next: offer, on: {'202': late, error: sorry}", 202, "Late."),
        ("next: offer, on: {ok: {say: Good.}, error: sorry}", 200, "Good."),
        ("next: offer, on: {'404': {when: code == 0, next: full}, error: sorry}", 404, "Sorry, n"),
    ],
)
def test_a_status_takes_its_own_way_or_that_of_all_others(ways, status, heard):
    call = finding(ways)
    call.answered(status)
    assert call.said[0].startswith(heard)


def test_what_no_way_is_there_for_is_an_error_of_the_flow():
    call = finding("next: offer")
    call.answered(404)
    assert call.failures == ["the request 'times' came to 404"]
    assert call.state.end_reason == "error"


def test_an_answer_that_comes_to_nothing_goes_the_way_of_errors():
    call = finding()
    call.unanswered()
    assert call.said == ["Sorry, none."]
    assert call.failures == ["the request 'times': unreachable"]
    assert not call.running.keys() & {"errand", "hold"}


@pytest.mark.parametrize(
    ("ways", "heard"),
    [(WAYS, "Late."), ("on: {ok: offer, error: sorry}", "Sorry, none.")],
)
def test_an_answer_that_is_late_takes_timeout_or_error(ways, heard):
    for late in (
        lambda call: call.unanswered(is_late=True),
        lambda call: call.fires("errand"),
    ):
        call = finding(ways)
        late(call)
        assert call.said == [heard]


def test_what_is_no_success_saves_what_is_in_it_and_leaves_the_rest():
    call = finding()
    call.answered(404, {"times": ["tomorrow"]})
    assert call.state.variables["times"] == ["tomorrow"]
    assert call.state.variables["first"] == "tomorrow"
    call.caller("yes")
    call.answered(404, {"message": "none"})
    assert call.state.variables["times"] == ["tomorrow"]
    assert call.state.variables["code"] == 404


def test_a_success_without_what_was_to_be_saved_saves_that_there_is_nothing():
    call = finding()
    call.answered(200, "no json at all")
    assert call.said == ["At None."]


def test_a_path_that_fails_on_the_answer_is_an_error_of_the_flow():
    flow = FIND.replace("first: 'body.times[0]'", "first: 'abs(body.times)'")
    call = Call(flow % {"ways": WAYS, "start": "find"})
    call.answered(200, {"times": "soon"})
    assert call.said == ["Sorry, soon."]
    assert call.failures == ["'abs(body.times)' failed: JMESPathTypeError"]


def test_a_path_that_fails_on_an_answer_that_is_no_success_finds_nothing_there():
    flow = FIND.replace("first: 'body.times[0]'", "first: 'abs(body.times)'")
    call = Call(flow % {"ways": WAYS, "start": "find"})
    call.answered(404, {"times": "never"})
    assert call.said == ["Full: 404."]
    assert call.state.variables["first"] == "none"


def test_an_answer_that_is_not_waited_for_any_more_changes_nothing():
    call = finding()
    call.fires("errand")
    before = call.state
    assert call.gets(RequestAnswered, errand=1, status=200) == ()
    assert call.gets(RequestFailed, errand=1, reason="x") == ()
    assert call.gets(TimerFired, timer="errand", turn=1) == ()
    assert call.gets(TimerFired, timer="hold", turn=1) == ()
    assert call.state == before


def test_a_request_without_a_way_for_errors_is_found_before_any_call():
    flow = FIND % {"ways": "next: nowhere", "start": "find"}
    assert any("'nowhere'" in problem for problem in problems_of(flow))


# -- while it is waited for ------------------------------------------------------------------------


def test_who_waits_is_told_so_after_a_second_and_every_five():
    call = finding()
    assert call.timers["hold"] == (1, 1.0)
    call.hears_all()
    call.fires("hold")
    assert call.said == ["One moment."]
    assert call.timers["hold"] == (1, 5.0)
    call.hears_all()
    call.fires("hold")
    assert call.said == ["One moment."]
    call.answered()
    assert "hold" not in call.running


def test_hold_waits_until_the_bot_or_the_caller_has_spoken():
    call = finding()
    call.fires("hold")
    assert call.said == []
    assert call.timers["hold"] == (1, 1.0)
    call.hears_all()
    call.gets(SpeechStarted)
    call.fires("hold")
    assert call.said == []
    call.gets(Heard, text="what is it")
    call.fires("hold")
    assert call.said == ["One moment."]


def test_a_request_that_says_nothing_while_it_is_waited_for_has_no_clock_for_it():
    call = Call((FIND % {"ways": WAYS, "start": "find"}).replace("    hold: One moment.\n", ""))
    assert "hold" not in call.running


def test_only_what_may_happen_in_any_state_is_heard_while_it_is_waited_for():
    call = finding()
    call.hears_all()
    assert call.gets(Heard, text="book") == ()
    assert call.gets(Heard, text="five in the evening") == ()
    assert call.gets(Pressed, digit="7") == ()
    assert call.state.state == "find"
    call.gets(Heard, text="a person please")
    assert StopErrand(1) in call.effects
    assert call.said == ["What?"]
    assert not call.running.keys() & {"errand", "hold"}


def test_a_key_of_always_is_heard_while_it_is_waited_for_and_so_is_goodbye():
    call = finding()
    call.gets(Pressed, digit="9")
    assert call.said == ["What?"]
    call = finding()
    call.caller("goodbye")
    assert call.said == ["Goodbye."]
    assert StopErrand(1) in call.effects


def test_an_always_that_leads_nowhere_leaves_the_request_under_way():
    flow = FIND.replace('"9": menu', '"9": {say: Patience.}')
    call = Call(flow % {"ways": WAYS, "start": "find"})
    call.hears_all()
    call.gets(Pressed, digit="9")
    assert call.said == ["Patience."]
    call.answered(200, {"times": 5})
    assert call.said == ["At 5."]


def test_back_to_a_request_makes_it_anew():
    call = Call((FIND % {"ways": WAYS, "start": "find"}).replace("{yes: find}", "{yes: back}"))
    call.caller("a person")
    call.caller("yes")
    assert call.said == ["Let me see."]
    assert call.sent is not None
    assert call.sent.errand == 2


def test_who_hangs_up_stops_what_is_asked_for():
    call = finding()
    assert StopErrand(1) in call.gets(CallerHungUp)


def test_a_state_that_asks_itself_again_without_the_caller_comes_to_an_end():
    flow = """
requests: {times: {get: 'https://x.example/'}}
states:
  menu: {ask: What?, on: {yes: find}}
  find: {request: times, next: menu, on: {error: {say: Again., next: find}}}
"""
    call = Call(flow)
    call.caller("yes")
    for _ in range(60):
        if not call.state.errand:
            break
        call.unanswered()
    assert call.state.end_reason == "error"


# -- what is sent ----------------------------------------------------------------------------------


def sent(request, values=None, env=None, slots="", method="post: 'https://api.example/'"):
    """What goes out for a request of these keys, given what the caller has said."""
    variables = json.dumps(dict.fromkeys(values or {}, ""))
    flow = flow_of(
        f"requests:\n  it: {{{method}, {request}}}\n"
        f"variables: {variables}\n{slots}\n"
        "states: {a: {request: it, next: b, on: {error: b}}, b: {hangup: Bye.}}\n"
    )
    effect = Call(flow).sent
    assert effect is not None
    return rendered(effect.request, {**effect.values, **(values or {})}, env or {})


NASTY = "a/../b?c=d&e#f@evil.example:80 g%\r\nX: y"


def test_what_a_caller_says_changes_no_host_path_or_query():
    made = sent(
        "timeout: 2s",
        {"said": NASTY},
        method="get: 'https://api.example/t/{{ said }}?d={{ said }}'",
    )
    encoded = "a%2F..%2Fb%3Fc%3Dd%26e%23f%40evil.example%3A80%20g%25%0D%0AX%3A%20y"
    assert made.url == f"https://api.example/t/{encoded}?d={encoded}"
    assert (made.method, made.timeout, made.body) == ("GET", 2.0, b"")


@pytest.mark.parametrize("said", [".", "..", "%2e"])
def test_what_a_caller_says_is_no_way_up_in_a_path(said):
    method = "get: 'https://api.example/t/{{ said }}/all'"
    if "." not in said:
        assert "/t/%252e/all" in sent("timeout: 2s", {"said": said}, method=method).url
        return
    with pytest.raises(TemplateProblem, match="a value is no part of a path"):
        sent("timeout: 2s", {"said": said}, method=method)


def test_a_path_of_the_author_s_own_may_go_up():
    made = sent("timeout: 2s", {"said": "x"}, method="get: 'https://api.example/a/../{{ said }}'")
    assert made.url == "https://api.example/a/../x"


def test_a_header_stays_one_header_whatever_is_in_it():
    made = sent("headers: {X-Said: '{{ said }}'}", {"said": NASTY})
    assert made.headers == (("X-Said", "a/../b?c=d&e#f@evil.example:80 g% X: y"),)


def test_a_secret_of_the_environment_is_seen_in_requests_alone_and_ours_never():
    env = {"KEY": "k/1", "BASE": "https://api.example/v1", "CALLWRIGHT_TOKEN": "t"}
    made = sent(
        "headers: {Authorization: 'Bearer {{ env.KEY }}'}, json: {all: '{{ env | list }}'}",
        env=env,
        method="post: '{{ env.BASE }}/x'",
    )
    assert made.url == "https://api.example/v1/x"
    assert made.headers[0] == ("Authorization", "Bearer k/1")
    assert json.loads(made.body) == {"all": ["KEY", "BASE"]}
    assert problems_of("states: {a: {hangup: '{{ env.KEY }}'}}") == [
        "talk.yaml:1:26 there is no variable 'env'. The environment is there in requests only."
    ]
    with pytest.raises(TemplateProblem, match="CALLWRIGHT_TOKEN"):
        sent("headers: {X: '{{ env.CALLWRIGHT_TOKEN }}'}", env=env)
    with pytest.raises(TemplateProblem, match="NOT_SET"):
        sent("headers: {X: '{{ env.NOT_SET }}'}", env=env)
    assert len(env) == 3


def test_a_value_keeps_its_type_in_json():
    values = {
        "day": dt.date(2026, 11, 23),
        "at": dt.time(17, 30),
        "long": dt.timedelta(minutes=90),
        "many": 3,
        "sure": True,
        "times": ["17:00", {"a": None}],
    }
    body = (
        "json: {day: '{{ day }}', at: '{{ at }}', long: '{{ long }}', many: '{{ many }}', "
        "sure: '{{ sure }}', list: ['{{ times }}', 7, null, x, ''], text: 'on {{ day }}', "
        "two: '{{ many }}{{ many }}', sum: '{{ many + 1 }}'}"
    )
    made = sent(body, values)
    assert made.headers == (("Content-Type", "application/json"),)
    assert json.loads(made.body) == {
        "day": "2026-11-23",
        "at": "17:30:00",
        "long": 5400.0,
        "many": 3,
        "sure": True,
        "list": [["17:00", {"a": None}], 7, None, "x", ""],
        "text": "on 2026-11-23",
        "two": "33",
        "sum": 4,
    }


def test_amounts_are_numbers_in_json():
    made = sent("json: ['{{ a }}', '{{ b }}']", {"a": Decimal("2E+5"), "b": Decimal("9.5")})
    assert json.loads(made.body) == [200000, 9.5]


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), float("inf"), object()])
def test_what_has_no_form_in_json_is_an_error_and_is_not_shown(value):
    with pytest.raises(TemplateProblem, match=r"^a value cannot be sent as JSON: \w+$"):
        sent("json: {it: '{{ it }}'}", {"it": value})


def test_a_form_is_encoded_and_its_own_content_type_wins():
    made = sent("form: {a: '{{ said }}', b: c d}", {"said": "x&y=1"})
    assert made.body == b"a=x%26y%3D1&b=c+d"
    assert made.headers == (("Content-Type", "application/x-www-form-urlencoded"),)
    own = sent("headers: {content-type: text/plain}, json: {a: 1}")
    assert own.headers == (("content-type", "text/plain"),)


def test_nothing_that_a_request_carries_is_shown_by_its_effect():
    call = Call(
        "requests: {it: {get: 'https://x.example/{{ secret }}'}}\nvariables: {secret: hush}\n"
        "states: {a: {request: it, next: b, on: {error: b}}, b: {hangup: Bye.}}"
    )
    assert call.sent is not None
    assert "hush" not in repr(call.sent)
    assert "hush" not in repr(rendered(call.sent.request, call.sent.values, AnyEnvironment()))


# -- people ----------------------------------------------------------------------------------------

HANDOFF = """
flow: clinic
slots:
  phone: {type: phone, ask: Your number?, sensitive: true}
  day: {type: date, ask: Which day?}
variables: {ticket: none}
requests: {desk: {%(desk)s, save: {ticket: body.id}}}
states:
  menu: {collect: [day, phone], next: people}
  people: {say: A colleague calls back., handoff: desk, next: bye, on: {error: sorry}}
  bye: {hangup: 'Ticket {{ ticket }}.'}
  sorry: {hangup: Sorry.}
"""


def handed_over(desk):
    call = Call(HANDOFF % {"desk": desk})
    call.caller("tomorrow")
    call.caller("98450 12345")
    return call


def test_people_get_the_conversation_so_far_without_what_is_sensitive():
    call = handed_over("post: 'https://desk.example/'")
    made = rendered(call.sent.request, call.sent.values, {})
    assert json.loads(made.body) == {
        "flow": "clinic",
        "state": "people",
        "call_id": "c",
        "did": "",
        "mobile": "",
        "slots": {"day": "2026-11-23", "phone": "[phone]"},
        "conversation": [
            {"who": "bot", "text": "Which day?"},
            {"who": "caller", "text": "tomorrow"},
            {"who": "bot", "text": "Your number?"},
            {"who": "caller", "text": "[phone]"},
            {"who": "bot", "text": "A colleague calls back."},
        ],
    }
    call.answered(201, {"id": 7})
    assert call.said == ["Ticket 7."]


@pytest.mark.parametrize(
    ("desk", "method", "body"),
    [
        ("get: 'https://desk.example/?n={{ phone }}'", "GET", ""),
        ("post: 'https://desk.example/', form: {n: '{{ day }}'}", "POST", "n=2026-11-23"),
        ("put: 'https://desk.example/', json: [1]", "PUT", "[1]"),
        (
            "post: 'https://desk.example/', json: {talk: 'So far: {{ conversation }}'}",
            "POST",
            '{"talk": "So far: Bot: Which day?\\nCaller: tomorrow\\nBot: Your number?\\n'
            'Caller: [phone]\\nBot: A colleague calls back."}',
        ),
    ],
)
def test_a_body_of_the_author_s_own_is_sent_instead(desk, method, body):
    made = rendered(*_parts(handed_over(desk)))
    assert (made.method, made.body.decode()) == (method, body)


def _parts(call):
    return call.sent.request, call.sent.values, {}


def test_people_who_cannot_be_reached_are_an_error():
    call = handed_over("post: 'https://desk.example/'")
    call.fires("errand")
    assert call.said == ["Sorry."]


# -- as they are written ---------------------------------------------------------------------------

ONE = """
states: {a: {request: it, next: b, on: {error: b}}, b: {hangup: Bye.}}
requests: {it: %s}
"""


@pytest.mark.parametrize(
    ("written", "at", "told"),
    [
        ("{get: 'ftp://x'}", "'ftp", "a URL begins with https:// (or http://)"),
        ("{get: [x]}", "[x", "a URL is needed here, not a list."),
        ("{get: 'https://x', put: 'https://x'}", "put", "a request has one method, but 'it' has"),
        ("{get: 'https://x', headers: x}", "x}", "a mapping of names to texts is needed"),
        ("{post: 'https://x', form: {a: [1]}}", "[1", "a text is needed here, not a list."),
        ("{get: 'https://x', timeout: soon}", "soon", "a duration such as 3s or 700ms is"),
        ("{get: 'https://x', timeout: [1s]}", "[1s", "a duration such as 3s or 700ms is"),
        ("{get: 'https://x', timeout: 2m}", "2m", "no caller waits longer than 60s."),
        ("{get: 'https://x', timeout: 0s}", "0s", "no caller waits longer than 60s."),
        ("{get: 'https://x', save: y}", "y}", "a mapping such as {times: body.times} is needed"),
        ("{get: 'https://x', save: {a: [b]}}", "[b", "a text is needed here, not a list."),
        ("{get: 'https://x', save: {today: body}}", "today", "'today' is"),
        ("{get: 'https://x', save: {a: '['}}", "'['", "'[' is no path into an answer"),
        ("{get: 'https://x', json: {}}", "json", "'json' has no effect: a GET has no body."),
        ("{post: 'https://x', json: {}, form: {}}", "form", "a request has one body"),
        ("{post: 'https://x', json: hello}", "hello", "a mapping or list is needed here"),
        ("{get: 'https://x/{{ nothing }}'}", "nothing", "there is no variable 'nothing'."),
        ("hello", "hello", "a mapping (lines of 'key: value') is needed here"),
    ],
)
def test_what_is_wrong_in_a_request_is_told_where_it_stands(written, at, told):
    [found] = problems_of(ONE % written)
    place, message = found.split(" ", 1)
    assert message.startswith(told)
    assert place == f"talk.yaml:3:{len('requests: {it: ') + written.rindex(at) + 1}"


def test_a_request_without_a_url_goes_nowhere():
    [found] = problems_of(ONE % "{hold: Wait.}")
    assert found.startswith("talk.yaml:3:12 the request 'it' goes nowhere. Give it a URL under")


def test_the_whole_environment_is_no_value():
    with pytest.raises(TemplateProblem, match="a value cannot be sent as JSON: TypeError"):
        sent("json: {all: '{{ env }}'}", env={"KEY": "k"})
