import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.carrier.call_order import (
    CallInitiated,
    CallOrder,
    CallRefused,
    UnknownWhetherPlaced,
    Webhook,
    read_answer,
    write,
)
from runtime.carrier.phone_number import BadNumber

HOOK = Webhook("https://bots.example.com/webhooks/carrier", "POST", "x-from-carrier", "s3cret")
ORDER = CallOrder("+91 98000 00001", "08645012345", "wss://bots.example.com/media/8645012345", HOOK)
DETAILS = {
    "url": "https://bots.example.com/webhooks/carrier",
    "request_type": "POST",
    "api_key": "x-from-carrier",
    "api_value": "s3cret",
}


def test_an_order_has_ten_digits_and_the_webhook_as_the_samples_have_it():
    assert json.loads(write(ORDER)) == {
        "mobile_number": "9800000001",
        "did": "8645012345",
        "ws_url": "wss://bots.example.com/media/8645012345",
        "webhook_details": DETAILS,
    }


def test_the_webhook_is_a_string_where_the_table_is_followed():
    details = json.loads(write(ORDER, webhook_as_string=True))["webhook_details"]
    assert isinstance(details, str)
    assert json.loads(details) == DETAILS


def test_what_is_not_wanted_is_not_sent():
    assert "webhook_details" not in json.loads(
        write(CallOrder("9800000001", "8645012345", "ws://x"))
    )
    plain = CallOrder("9800000001", "8645012345", "ws://x", Webhook("http://h/"))
    assert json.loads(write(plain))["webhook_details"] == {
        "url": "http://h/",
        "request_type": "POST",
    }


@pytest.mark.parametrize(
    ("mobile", "did", "field"),
    [("12", "8645012345", "mobile_number"), ("9800000001", "12", "did")],
)
def test_a_bad_number_is_refused_by_the_name_of_its_field(mobile, did, field):
    with pytest.raises(BadNumber) as refused:
        write(CallOrder(mobile, did, "ws://x"))
    assert refused.value.field == field


def test_secrets_are_not_shown():
    assert "s3cret" not in repr(ORDER)
    assert "token=abc" not in repr(CallOrder("9", "8", "ws://x/media?token=abc"))


def test_the_documents_answers_are_read():
    answer = {
        "success": True,
        "response": {
            "message": "Call setup in progress",
            "status": "initiated",
            "callId": "a47f91c2e8d44b77b65f13f9",
        },
    }
    assert read_answer(200, json.dumps(answer).encode()) == CallInitiated(
        "a47f91c2e8d44b77b65f13f9", "initiated", "Call setup in progress"
    )
    refusal = {"success": False, "error": {"code": 1022, "reason": "Organisation does not exists"}}
    with pytest.raises(CallRefused) as refused:
        read_answer(400, json.dumps(refusal).encode())
    assert (refused.value.code, refused.value.reason) == (1022, "Organisation does not exists")
    with pytest.raises(CallRefused):
        read_answer(200, json.dumps(refusal).encode())


FAILED = b'{"success":false,"error":{"code":1,"reason":"no"}}'


@pytest.mark.parametrize(
    ("status", "body", "code", "reason"),
    [
        (400, FAILED, 1, "no"),
        (401, b"", 401, "no reason that can be read"),
        (404, b"<html>", 404, "no reason that can be read"),
        (429, b"{}", 429, "no reason that can be read"),
        (400, b'{"success":false,"error":{}}', 400, "no reason given"),
        (400, b'{"success":false,"error":{"code":"E7","reason":"x"}}', "E7", "x"),
        (400, b'{"success":false,"error":{"code":[],"reason":7}}', 400, "no reason given"),
        (307, b"", 307, "it has moved to another address: see carrier.base_url"),
    ],
)
def test_an_answer_that_says_no_has_its_code_and_reason(status, body, code, reason):
    with pytest.raises(CallRefused) as refused:
        read_answer(status, body)
    assert (refused.value.code, refused.value.reason) == (code, reason)


GOOD = b'{"success":true,"response":{"callId":"c1"}}'


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, FAILED),
        (500, b""),
        (502, b"<html>"),
        (503, GOOD),
        (400, GOOD),
        (408, b""),
        (303, b""),
        (200, b""),
        (200, b"[]"),
        (200, b'{"success":true}'),
        (200, b'{"success":true,"response":{"callId":""}}'),
        (200, b'{"success":true,"response":{"callId":7}}'),
        (200, b'{"success":false}'),
        (200, b'{"success":"true","response":{"callId":"c1"}}'),
    ],
)
def test_after_any_other_answer_nobody_knows_whether_the_call_was_placed(status, body):
    with pytest.raises(UnknownWhetherPlaced):
        read_answer(status, body)


def test_what_the_carrier_said_with_a_server_error_is_kept():
    with pytest.raises(UnknownWhetherPlaced) as unknown:
        read_answer(500, FAILED)
    assert (unknown.value.code, unknown.value.reason) == (1, "no")
    assert "no (code 1)" in str(unknown.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.integers(100, 599), st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_answer_is_taken_for_a_call_unless_it_is_one(status, body):
    with pytest.raises((CallRefused, UnknownWhetherPlaced)):
        read_answer(status, body)
