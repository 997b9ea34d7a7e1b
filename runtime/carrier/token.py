"""The `token=` of a media URL: who knows it may bring us calls of a DID."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

OUTGOING_SECONDS = 600.0
"""An outgoing call's token is good for so long, and for one connection."""

CALL_PREFIX = "call."


def did_token(secret: str, did: str) -> str:
    """Return base64url(HMAC-SHA256(secret, did)) without padding."""
    return _seal(secret, did)


def did_token_is_right(secret: str, did: str, token: str) -> bool:
    """Compare in constant time."""
    return _same(_seal(secret, did), token)


def _seal(secret: str, text: str) -> str:
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _same(right: str, token: str) -> bool:
    # Bytes: compare_digest refuses text beyond ASCII, and a token comes from anybody.
    return hmac.compare_digest(right.encode(), token.encode(errors="surrogatepass"))


def is_call_token(token: str) -> bool:
    """Tell an outgoing call's token from a DID's, whose alphabet has no dot."""
    return token.startswith(CALL_PREFIX)


def sealed(token: str) -> str:
    """Return what is kept of an outgoing call's token: who reads it cannot use it."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def webhook_value(call: str, token: str) -> str:
    """Return what the carrier is to show with each webhook of a call of ours.

    Whoever knows the call's sealed token can check it: any server that shares the database.
    """
    return f"{call}.{_signature(call, sealed(token))}"


def webhook_call(value: str) -> str:
    """Return the call that a webhook says it is of."""
    return value.partition(".")[0]


def webhook_value_is_right(call: str, sealed_token: str, value: str) -> bool:
    """Compare in constant time."""
    return _same(f"{call}.{_signature(call, sealed_token)}", value)


def _signature(call: str, sealed_token: str) -> str:
    return hmac.new(sealed_token.encode(), f"webhook\n{call}".encode(), hashlib.sha256).hexdigest()
