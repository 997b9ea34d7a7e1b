"""The `token=` of a media URL: who knows it may bring us calls of a DID."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

OUTGOING_SECONDS = 600
"""An outgoing call's token is good for so long."""


def did_token(secret: str, did: str) -> str:
    """Return base64url(HMAC-SHA256(secret, did)) without padding."""
    return _sealed(secret, did)


def did_token_is_right(secret: str, did: str, token: str) -> bool:
    """Compare in constant time."""
    return _same(_sealed(secret, did), token)


def _sealed(secret: str, text: str) -> str:
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _same(right: str, token: str) -> bool:
    # Bytes: compare_digest refuses text beyond ASCII, and a token comes from anybody.
    return hmac.compare_digest(right.encode(), token.encode(errors="surrogatepass"))


@dataclass(slots=True)
class OutgoingTokens:
    """Tokens of outgoing calls, each good for one connection and `OUTGOING_SECONDS`.

    Any process with the secret knows a token it did not issue; that it was used is known only
    to the process that took it. Times are seconds of the wall clock.
    """

    secret: str
    _used: dict[str, float] = field(default_factory=dict)

    def issue(self, did: str, call: str, now: float) -> str:
        """Return a token for the call of ours named `call` (letters, digits, '-' and '_')."""
        expires = int(now) + OUTGOING_SECONDS
        return f"{expires}.{call}.{self._seal(did, call, expires)}"

    def redeem(self, did: str, token: str, now: float) -> str:
        """Use the token up and return its call; raises `BadToken`, and says why."""
        head, _, seal = token.rpartition(".")
        digits, _, call = head.partition(".")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _EXPIRY_DIGITS and call):
            raise BadToken("it has not the form of an outgoing call's token")
        expires = int(digits)
        if not _same(self._seal(did, call, expires), seal):
            raise BadToken("it was not made here, or not for this DID")
        if now >= expires:
            raise BadToken("it has expired")
        self._used = {used: until for used, until in self._used.items() if until > now}
        # By its seal: the expiry could be written in many ways.
        if seal in self._used:
            raise BadToken("it has been used")
        self._used[seal] = expires
        return call

    def _seal(self, did: str, call: str, expires: int) -> str:
        # A key of its own, so that no DID's token can pass for one of these.
        return _sealed(f"outgoing\n{self.secret}", f"{did}\n{call}\n{expires}")


_EXPIRY_DIGITS = 12


class BadToken(Exception):  # noqa: N818 - it reads as what came
    """A token that opens nothing; the message is for our log, not for who sent it."""
