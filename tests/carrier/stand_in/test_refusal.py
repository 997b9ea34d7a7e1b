import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.carrier.call_order import CallOrder, Webhook, read_answer, write
from runtime.carrier.stand_in.refusal import Refusal, read_order, success

GOOD = {"mobile_number": "9800000001", "did": "8645012345", "ws_url": "wss://b/media"}


def read(body, key="k", right_key="", dids=frozenset()):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_order(content, key, right_key=right_key, dids=dids)


@pytest.mark.parametrize("as_string", [True, False])
def test_what_our_client_writes_is_read_as_it_was_meant(as_string):
    hook = Webhook("https://b/hook", "PUT", "x-a", "secret")
    order = CallOrder("9800000001", "8645012345", "wss://b/media?token=x", hook)
    assert read(write(order, webhook_as_string=as_string)) == order
    bare = CallOrder("9800000001", "8645012345", "ws://b")
    assert read(write(bare, webhook_as_string=as_string)) == bare


def test_the_sample_of_the_document_needs_no_request_type():
    assert read(GOOD | {"webhook_details": {"url": "https://b/"}}).webhook == Webhook("https://b/")


def test_an_accepted_order_is_answered_as_our_client_expects():
    assert read_answer(200, success("c1")).call_id == "c1"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 1002),
        (b"[]", 1002),
        (b"\xff", 1002),
        (GOOD | {"mobile_number": "+919800000001"}, 1003),
        (GOOD | {"mobile_number": 9800000001}, 1003),
        (GOOD | {"mobile_number": "९८००००००००"}, 1003),
        ({**GOOD, "did": ""}, 1004),
        ({"mobile_number": "9800000001"}, 1004),
        (GOOD | {"ws_url": "https://b"}, 1005),
        (GOOD | {"ws_url": "ws://"}, 1005),
        (GOOD | {"ws_url": "ws://[::1"}, 1005),
        (GOOD | {"webhook_details": True}, 1006),
        (GOOD | {"webhook_details": "{"}, 1006),
        (GOOD | {"webhook_details": {}}, 1006),
        (GOOD | {"webhook_details": {"url": "b"}}, 1006),
    ],
)
def test_a_bad_order_is_refused_with_its_code(body, code):
    with pytest.raises(Refusal) as refusal:
        read(body)
    assert (refusal.value.status, refusal.value.code) == (400, code)


def test_keys_and_dids_are_checked_where_they_are_known():
    dids = frozenset({"8645012345"})
    assert read(GOOD, right_key="k", dids=dids).did == "8645012345"
    for key in ("", "other"):
        with pytest.raises(Refusal) as refusal:
            read(GOOD, key, right_key="k")
        assert refusal.value.code == 1001
    with pytest.raises(Refusal) as refusal:
        read(GOOD, dids=frozenset({"8645000000"}))
    assert (refusal.value.code, refusal.value.reason) == (1022, "Organisation does not exists")
    with pytest.raises(Refusal):
        read(GOOD, "")


@given(st.binary())
def test_any_bytes_are_an_order_or_a_refusal(body):
    with pytest.raises(Refusal):
        read(body)
