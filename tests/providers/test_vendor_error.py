import traceback

import httpx2
import pytest
from websockets.datastructures import Headers
from websockets.exceptions import (
    ConnectionClosedError,
    ConnectionClosedOK,
    InvalidHandshake,
    InvalidStatus,
)
from websockets.frames import Close
from websockets.http11 import Response

from providers.base import ProviderError
from providers.vendor_error import by_status, translated

SECRET = "sk-12345 said kumquat"


def closed(code, reason=""):
    return ConnectionClosedError(Close(code, reason), None)


def refused(status, **headers):
    return InvalidStatus(Response(status, SECRET, Headers(headers), SECRET.encode()))


@pytest.mark.parametrize(
    ("raised", "message", "retryable"),
    [
        (TimeoutError(SECRET), "gave no answer in time", True),
        (httpx2.ReadTimeout(SECRET), "gave no answer in time", True),
        (httpx2.ConnectError(SECRET), "the connection failed (ConnectError)", True),
        (httpx2.StreamClosed(), "the connection failed (StreamClosed)", True),
        (ConnectionRefusedError(SECRET), "the connection failed (ConnectionRefusedError)", True),
        (InvalidHandshake(SECRET), "the connection failed (InvalidHandshake)", True),
        (refused(401), "answered with status 401", False),
        (refused(200), "answered with status 200", False),
        (refused(503), "answered with status 503", True),
        (refused(429, retry_after="soon"), "answered with status 429", True),
        (ConnectionClosedError(None, None), "the connection broke off", True),
        (ConnectionClosedError(None, Close(1011, SECRET)), "the connection broke off", True),
        (ConnectionClosedOK(Close(1000, SECRET), None), "closed the connection (1000)", True),
        (closed(1011, SECRET), "closed the connection (1011)", True),
        (closed(1011, "NET-0001"), "closed the connection (1011 NET-0001)", True),
        (closed(1008, f"DATA-0000 {SECRET}"), "closed the connection (1008 DATA-0000)", False),
        (closed(4001, SECRET), "closed the connection (4001)", True),
    ],
)
def test_what_a_library_raises_is_told_without_its_words(raised, message, retryable):
    with pytest.raises(ProviderError) as caught, translated("acme"):
        raise raised
    error = caught.value
    assert (error.message, error.retryable, error.provider) == (message, retryable, "acme")
    assert "kumquat" not in "".join(traceback.format_exception(error))


def test_what_is_ours_is_left_as_it_is():
    ours = ProviderError("is ours")
    with pytest.raises(ProviderError) as caught, translated("acme"):
        raise ours
    assert caught.value is ours
    with pytest.raises(ZeroDivisionError), translated("acme"):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("quota_exceeded", " (quota_exceeded)"),
        ("ASR_PAYMENT_REQUIRED", " (ASR_PAYMENT_REQUIRED)"),
        ("Your key sk-1 is wrong", ""),
        ("", ""),
        ("x" * 61, ""),
        (None, ""),
        (["a"], ""),
    ],
)
def test_only_a_short_code_of_the_vendors_is_told(code, shown):
    assert by_status("acme", 402, code=code).message == f"answered with status 402{shown}"


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("soon", None),
        ("Fri, 31 Dec 2027 23:59:59 GMT", None),
        (None, None),
    ],
)
def test_a_wish_to_wait_is_read_in_seconds(retry_after, seconds):
    assert by_status("acme", 429, retry_after=retry_after).retry_after_seconds == seconds
