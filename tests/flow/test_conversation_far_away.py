"""Conversation tests that say what is far away, interrupt, and look at what was sent."""

import textwrap

from tables import each_row

from runtime.flow.conversation.reading import read_conversations
from runtime.flow.conversation.result import Failure
from runtime.flow.conversation.running import run

FLOW = """\
providers: {llm: some}
greeting: {say: Welcome to a rather long greeting., barge_in: false}
variables: {times: [], lead: ''}
intents:
  book: {words: [book]}
  order: {words: [order]}
  advice: {words: [advice]}
  talk: {words: [talk]}
  sooner: {description: The caller wants an earlier day}
  quick: {words: [quick]}
slots:
  day: {type: date, ask: Which day?}
  code: {type: digits, ask: Which code?, length: 3}
requests:
  free_times:
    get: https://x.example.com/times?day={{ day }}
    headers: {Authorization: 'Bearer {{ env.KEY }}'}
    save: {times: body.times, lead: headers."x-lead"}
    hold: One moment.
  order: {post: https://x.example.com/orders, form: {code: '{{ code }}', note: a & b}}
  tell: {post: https://x.example.com/told, json: {why: '{{ end_reason }}', list: [1, null]}}
states:
  menu:
    ask: Book, order or advice?
    on: {book: day, order: code, advice: advisor, quick: quick, talk: questions, sooner: sooner}
  day: {collect: [day], next: find}
  find: {request: free_times, on: {ok: found, error: sorry, timeout: late}}
  found: {say: 'Free: {{ times | join(", ") }} {{ lead or "" }}', next: menu}
  sooner: {say: Sooner., next: menu}
  sorry: {say: Sorry., next: menu}
  late: {say: Too late., next: menu}
  code: {collect: [code], next: place}
  place: {request: order, next: menu, on: {error: sorry}}
  quick: {ask: Please listen to the end of this., barge_in: false, on: {yes: bye}}
  advisor:
    prompt: You advise.
    say: How can I help?
    tools: [free_times]
    slots: [code]
    on: {book: day}
    give_up: menu
  questions: {run: questions.yaml, next: menu}
  bye: {hangup: Bye.}
after_call:
  - request: tell
"""
QUESTIONS = """\
slots: {mark: {type: integer, ask: What mark?}}
requests: {mark: {put: 'https://x.example.com/{{ mark }}'}}
states:
  first: {collect: [mark], next: send}
  send: {request: mark, on: {ok: last, error: last}}
  last: {ask: Was it long?, on: {yes: done}}
  done: {say: Thanks.}
"""
FILES = {"shop.yaml": FLOW.encode(), "questions.yaml": QUESTIONS.encode()}
TELL = "tell: {status: 200}"


def text_of(steps: str, extra: str = "") -> str:
    body = textwrap.indent(textwrap.dedent(steps).strip("\n"), " " * 6)
    more = textwrap.indent(textwrap.dedent(extra).strip("\n"), " " * 4)
    return f"flow: shop.yaml\ntests:\n  - name: a call\n{more}\n    talk:\n{body}\n"


def failure(steps: str, extra: str = "") -> Failure | None:
    text = text_of(steps, extra)
    reading = read_conversations(text, "t/shop.test.yaml", open_file=FILES.get)
    assert [str(problem) for problem in reading.problems] == []
    return run(reading.conversations[0], lambda *_: ()).failure


def problems(steps: str, extra: str = "") -> list[str]:
    text = text_of(steps, extra)
    reading = read_conversations(text, "t/shop.test.yaml", open_file=FILES.get)
    assert not reading.conversations
    return [str(problem).removeprefix("t/shop.test.yaml:") for problem in reading.problems]


ASKS = "- caller: book\n- caller: the fifth of June\n"

ANSWERED = {
    "a body": ("{body: {times: [nine, ten]}}", "'Free: nine, ten'"),
    "headers": ("{body: {times: [nine]}, headers: {x-lead: only}}", "'Free: nine only'"),
    "no answer at all": ("{error: true}", "Sorry."),
    "an answer too late": ("{timeout: true}", "Too late."),
    "a status": ("{status: 503}", "Sorry."),
    "an answer after its time": ("{body: {times: [nine]}, delay: 6s}", "Too late."),
    "one of a list": ("[{body: {times: [one]}}, {error: true}]", "'Free: one'"),
}


@each_row(("answer", "line"), ANSWERED.values())
def test_a_web_service_answers_as_the_test_says(answer, line):
    assert failure(f"{ASKS}- bot: {line}", f"requests: {{free_times: {answer}}}") is None


def test_answers_come_in_order_and_the_last_repeats():
    answers = "requests: {free_times: [{body: {times: [one]}}, {error: true}]}"
    steps = f"{ASKS}- bot: 'Free: one'\n"
    again = f"{ASKS}- bot: Sorry.\n"
    assert failure(steps + again + again, answers) is None


def test_hold_is_heard_while_the_answer_is_on_its_way():
    steps = f"{ASKS}- bot: One moment.\n- bot: 'Free: nine'\n"
    slow = "requests: {free_times: {body: {times: [nine]}, delay: 2s}}"
    assert failure(steps, slow) is None
    assert failure(f"{ASKS}- never: {{bot: One moment.}}", slow) is not None


UNANSWERED = {
    "in the middle": f"{ASKS}- caller: book",
    "by the last step": ASKS,
    "although an error would be expected": f"{ASKS}- bot: Sorry.",
}


@each_row("steps", UNANSWERED.values())
def test_a_request_that_the_test_does_not_answer_fails_it(steps):
    failed = failure(steps)
    assert failed is not None
    assert failed.place.line == 7
    assert failed.message == (
        "the flow makes the request 'free_times', which the test does not answer. "
        "Write into the test of line 3: requests: {free_times: {status: 200}}"
    )


def test_a_request_after_the_call_has_to_be_answered_too():
    failed = failure("- hang_up: true")
    assert failed is not None
    assert "'tell', which the test does not answer" in failed.message
    assert failure("- hang_up: true", f"requests: {{{TELL}}}") is None


def test_a_model_answers_in_the_order_of_the_test():
    steps = """
        - caller: advice
        - caller: what is good
        - bot: Apples are.
        - caller: and for now
        - bot: One moment.
        - bot: Two are free.
        - caller: '123'
        - slots: {code: '123'}
        - bot: 'Free: nine, ten'
        - state: menu
    """
    model = """
        model:
          - Apples are.
          - calls: {free_times: {day: 2026-06-05}}
          - reply: Two are free.
          - {slots: {code: '123'}, intent: book, tokens: 7, delay: 1s}
        requests: {free_times: {body: {times: [nine, ten]}, delay: 2s}}
    """
    assert failure(steps, model) is None


def test_a_model_tells_an_intent_where_rules_do_not():
    assert failure("- caller: hm\n- bot: Sooner.", "model: [{intent: sooner}]") is None
    assert failure("- caller: hm\n- intent: sooner", "model: [{down: true}]") is not None
    down = "- provider_down: llm\n- caller: hm\n- state: menu"
    assert failure(down) is None


def test_a_question_to_the_model_that_the_test_does_not_answer_fails_it():
    failed = failure("- caller: hm\n- caller: hm", "model: [{intent: sooner}]")
    assert failed is not None
    assert (failed.place.line, failed.message) == (
        7,
        "the flow asks the language model, and the test has no answer left for it. "
        "Write one more into the test of line 3: model: [{reply: …}]",
    )


SENT = {
    "an address": (ASKS, "{free_times: {url: '*day=2026-06-05'}}"),
    "a body, and stars in it": ("- hang_up: true", "{tell: {json: {why: caller_*}}}"),
    "lists and nothing": ("- hang_up: true", "{tell: {json: {list: [1, null]}}}"),
    "a form": ("- caller: order\n- press: 123", "{order: {form: {code: '123', note: a & b}}}"),
    "only that it was made": (ASKS, "{free_times: {}}"),
}


@each_row(("steps", "requested"), SENT.values())
def test_what_was_sent_may_be_expected(steps, requested):
    answers = "requests: {free_times: {body: {times: []}}, tell: {}, order: {}}"
    assert failure(f"{steps}\n- requested: {requested}", answers) is None


NOT_SENT = {
    "{free_times: {}}": "the request 'free_times' was not made.",
    "{tell: {url: '*/nowhere'}}": "'tell' went to 'https://x.example.com/told', not '*/nowhere'.",
    "{tell: {json: {why: x}}}": "'tell' sent the body "
    '\'{"why": "caller_hung_up", "list": [1, null]}\', not what is written here.',
    "{tell: {json: {list: [1]}}}": "'tell' sent the body "
    '\'{"why": "caller_hung_up", "list": [1, null]}\', not what is written here.',
    "{tell: {form: {why: x}}}": "'tell' sent no field 'why'.",
}


@each_row(("requested", "message"), NOT_SENT.items())
def test_what_was_not_sent_fails(requested, message):
    failed = failure(f"- hang_up: true\n- requested: {requested}", "requests: {tell: {}}")
    assert failed is not None
    assert failed.message == message


def test_a_field_of_a_form_that_is_another_fails():
    steps = "- caller: order\n- press: 123\n- requested: {order: {form: {code: '9*'}}}"
    failed = failure(steps, "requests: {order: {}}")
    assert failed is not None
    assert failed.message == "'order' sent 'code' as '123', not '9*'."


def test_slots_are_compared_as_text_and_null_is_a_slot_without_a_value():
    answers = "requests: {free_times: {body: {times: []}}}"
    assert failure(f"{ASKS}- slots: {{day: 2026-06-05, code: null}}", answers) is None
    failed = failure(f"{ASKS}- slots: {{day: null}}", answers)
    assert failed is not None
    assert failed.message == "the slot 'day' is '2026-06-05', not not filled."


def test_whoever_interrupts_cuts_the_last_line_off():
    steps = "- caller: {text: book, interrupting: true}\n- bot: Which day?\n- state: day"
    assert failure(steps) is None


def test_what_is_said_into_a_line_that_may_not_be_interrupted_is_not_heard():
    into = "- caller: quick\n- caller: {text: yes, interrupting: true}\n- state: quick"
    assert failure(into) is None
    heard = "- caller: quick\n- caller: yes\n- ended: hangup"
    assert failure(heard, f"requests: {{{TELL}}}") is None


def test_a_key_may_be_followed_by_an_interruption():
    steps = "- press: 7\n- caller: {text: quick, interrupting: true}\n- state: quick"
    assert failure(steps) is None


def test_a_provider_that_goes_down_does_not_stop_the_interruption():
    steps = """
        - caller: quick
        - provider_down: llm
        - caller: {text: yes, interrupting: true}
        - state: quick
    """
    assert failure(steps) is None


def test_a_failure_in_a_flow_that_is_run_names_the_place_in_its_own_file():
    failed = failure("- caller: talk\n- bot: Hello.")
    assert failed is not None
    assert (failed.state, str(failed.state_place)) == ("first", "t/questions.yaml:4:3")
    steps = "- caller: talk\n- caller: '5'\n- slots: {mark: 5}\n- state: last\n- caller: yes"
    assert failure(f"{steps}\n- state: menu", "requests: {mark: {}}") is None


MISTAKES = {
    "a request": (
        "requests: {free_tims: {}}",
        "4:16: error[unknown-request] there is no request 'free_tims' in t/shop.yaml. "
        "Did you mean 'free_times'?",
    ),
    "a request without an answer": (
        "requests: {free_times: []}",
        "4:28: error[wrong-type] an answer such as {status: 200} is needed here, "
        "not an empty list.",
    ),
    "a status": (
        "requests: {free_times: {status: 99}}",
        "4:37: error[out-of-range] a whole number from 100 to 599 is needed here, not 99.",
    ),
    "an answer that is none": (
        "requests: {free_times: {timeout: true, status: 200}}",
        "4:28: error[no-answer] an answer with 'timeout' has no 'status'. Leave one of them out.",
    ),
    "a key of an answer": (
        "requests: {free_times: {boddy: 1}}",
        "4:29: error[unknown-key] 'boddy' is not a key of a web service's answer. "
        "Did you mean 'body'?",
    ),
    "an intent of the model": (
        "model: [{intent: boook}]",
        "4:22: error[unknown-intent] there is no intent 'boook' in t/shop.yaml. "
        "Did you mean 'book'?",
    ),
    "a slot of the model": (
        "model: [{slots: {dya: x}}]",
        "4:22: error[unknown-slot] there is no slot 'dya' in t/shop.yaml. Did you mean 'day'?",
    ),
    "a tool of the model": (
        "model: [{calls: [{free: {}}]}]",
        "4:23: error[unknown-request] there is no request 'free' in t/shop.yaml.",
    ),
    "a tool's arguments": (
        "model: [{calls: {free_times: 5}}]",
        "4:34: error[wrong-type] a mapping of the tool's arguments is needed here, not 5.",
    ),
    "a model that is no list": (
        "model: {reply: Sure.}",
        "4:12: error[wrong-type] a list such as [{reply: Sure.}, {intent: book}] is needed here, "
        "not a mapping.",
    ),
}


@each_row(("extra", "problem"), MISTAKES.values())
def test_a_mistake_in_what_is_far_away_is_explained_with_its_place(extra, problem):
    assert problem in problems("- state: menu", extra)


WRONG_STEPS = {
    "- slots: {dya: 1}": "6:17: error[unknown-slot] there is no slot 'dya' in t/shop.yaml. "
    "Did you mean 'day'?",
    "- requested: {tel: {}}": "6:21: error[unknown-request] there is no request 'tel' in "
    "t/shop.yaml. Did you mean 'tell'?",
    "- requested: {tell: {ulr: x}}": "6:28: error[unknown-key] 'ulr' is not a key of a request "
    "that was made. Did you mean 'url'?",
    "- requested: {tell: {form: {a: [1]}}}": "6:38: error[wrong-type] a text is needed here, "
    "not a list.",
    "- caller: {text: hm, interrupting: soon}": "6:42: error[wrong-type] true or false is needed "
    "here, not the text 'soon'.",
}


@each_row(("step", "problem"), WRONG_STEPS.items())
def test_a_mistake_in_a_step_is_explained_with_its_place(step, problem):
    assert any(problem.split(": ", 1)[1] in found for found in problems(step)), problems(step)
