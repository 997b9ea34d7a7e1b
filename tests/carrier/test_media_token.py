import base64
import hashlib
import hmac

import pytest

from runtime.carrier.token import BadToken, OutgoingTokens, did_token, did_token_is_right

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
    with pytest.raises(BadToken):
        OutgoingTokens("secret").redeem(DID, token, now=0)


def test_an_outgoing_token_names_its_call_once():
    tokens = OutgoingTokens("secret")
    token = tokens.issue(DID, "call-1", now=1000)
    assert tokens.redeem(DID, token, now=1001) == "call-1"
    with pytest.raises(BadToken, match="used"):
        tokens.redeem(DID, token, now=1002)
    with pytest.raises(BadToken, match="used"):
        tokens.redeem(DID, "0" + token, now=1002)


def test_an_outgoing_token_is_good_for_ten_minutes():
    tokens = OutgoingTokens("secret")
    token = tokens.issue(DID, "call-1", now=1000)
    with pytest.raises(BadToken, match="expired"):
        tokens.redeem(DID, token, now=1600)
    assert tokens.redeem(DID, token, now=1599) == "call-1"


def test_an_outgoing_token_is_known_to_another_process_with_the_secret():
    token = OutgoingTokens("secret").issue(DID, "call-1", now=1000)
    assert OutgoingTokens("secret").redeem(DID, token, now=1001) == "call-1"


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.replace("call-1", "call-2"),
        lambda token: "9" + token,
        lambda token: token.replace(".", ""),
        lambda token: "x" + token,
        lambda token: "²" + token,
    ],
)
def test_an_outgoing_token_that_was_changed_opens_nothing(change):
    tokens = OutgoingTokens("secret")
    with pytest.raises(BadToken):
        tokens.redeem(DID, change(tokens.issue(DID, "call-1", now=1000)), now=1001)


def test_an_outgoing_token_opens_its_own_did_only():
    tokens = OutgoingTokens("secret")
    with pytest.raises(BadToken, match="not for this DID"):
        tokens.redeem("8645000002", tokens.issue(DID, "call-1", now=1000), now=1001)


def test_used_tokens_are_forgotten_when_they_have_expired():
    tokens = OutgoingTokens("secret")
    for minute in range(60):
        now = 60.0 * minute
        tokens.redeem(DID, tokens.issue(DID, f"call-{minute}", now), now)
    assert len(tokens._used) <= 11
