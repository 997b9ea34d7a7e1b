import base64
import hashlib
import hmac

import pytest

from runtime.carrier.token import (
    did_token,
    did_token_is_right,
    is_call_token,
    sealed,
    webhook_call,
    webhook_value,
    webhook_value_is_right,
)

DID = "8645000001"


def test_a_dids_token_is_the_documents_hmac_without_padding():
    digest = hmac.new(b"secret", DID.encode(), hashlib.sha256).digest()
    assert did_token("secret", DID) == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_a_dids_token_opens_that_did_under_that_secret_only():
    token = did_token("secret", DID)
    assert did_token_is_right("secret", DID, token)
    assert not did_token_is_right("secret", "8645000002", token)
    assert not did_token_is_right("other", DID, token)


@pytest.mark.parametrize("token", ["", "x", "ü" * 43, "\ud800", "a" * 10_000])
def test_a_token_from_anybody_is_refused_without_a_fault(token):
    assert not did_token_is_right("secret", DID, token)
    assert not webhook_value_is_right("call-1", sealed("call.t"), token)


def test_an_outgoing_calls_token_is_told_from_a_dids_by_its_form():
    assert is_call_token("call.abc")
    assert not is_call_token(did_token("secret", DID))


def test_a_webhook_shows_which_call_it_is_of_and_that_we_asked_for_it():
    value = webhook_value("call-1", "call.t")
    assert webhook_call(value) == "call-1"
    assert webhook_value_is_right("call-1", sealed("call.t"), value)
    assert not webhook_value_is_right("call-2", sealed("call.t"), value)
    assert not webhook_value_is_right("call-1", sealed("call.other"), value)
    assert "call.t" not in value
