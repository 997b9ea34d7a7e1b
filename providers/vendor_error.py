"""What goes wrong between us and a vendor, as `ProviderError`: statuses, close codes, silence.

A vendor's own sentences may hold a part of the key or of what was said: of its errors, only the
status and a short code are told, and no traceback of ours has the rest.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx2
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from providers.base import ProviderError

RETRYABLE_STATUSES: Final = frozenset({408, 409, 425, 429})
"""And all from 500 on. What is refused with 401, 402 or 403 stays refused."""

FINAL_CLOSE_CODES: Final = frozenset({1002, 1003, 1007, 1008, 1009, 1010})
"""The peer found fault with what it was sent, and would again (RFC 6455, 7.4.1)."""

_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")
_SHORT_REASON: Final = re.compile(r"[A-Z]{2,8}-\d{1,6}")


def by_status(
    provider: str, status: int, *, code: object = None, retry_after: str | None = None
) -> ProviderError:
    """Return the error for an HTTP status; `code` is the vendor's word for it, if it is one."""
    seconds = _seconds(retry_after or "")
    again = "" if seconds is None else f", not before {seconds:g} s"
    return ProviderError(
        f"answered with status {status}{in_brackets(code)}{again}",
        provider=provider,
        retryable=status in RETRYABLE_STATUSES or status >= 500,
        retry_after_seconds=seconds,
    )


def in_brackets(code: object) -> str:
    """A vendor's short code, such as " (quota_exceeded)"; "" for a sentence or anything else."""
    return f" ({code})" if isinstance(code, str) and _CODE.fullmatch(code) else ""


@contextmanager
def translated(provider: str) -> Iterator[None]:
    """Turn what HTTP, WebSockets and the network raise into `ProviderError`."""
    try:
        yield
    except (httpx2.TimeoutException, TimeoutError):
        raise ProviderError("gave no answer in time", provider=provider) from None
    except InvalidStatus as error:
        response = error.response
        raise by_status(
            provider, response.status_code, retry_after=response.headers.get("Retry-After")
        ) from None
    except ConnectionClosed as error:
        raise _closed(provider, error) from None
    except (httpx2.HTTPError, httpx2.StreamError, WebSocketException, OSError) as error:
        reason = f"the connection failed ({type(error).__name__})"
        raise ProviderError(reason, provider=provider) from None


def _closed(provider: str, error: ConnectionClosed) -> ProviderError:
    if error.rcvd is None:
        return ProviderError("the connection broke off", provider=provider)
    reason = _SHORT_REASON.match(error.rcvd.reason)
    code = f"{error.rcvd.code} {reason[0]}" if reason else f"{error.rcvd.code}"
    return ProviderError(
        f"closed the connection ({code})",
        provider=provider,
        retryable=error.rcvd.code not in FINAL_CLOSE_CODES,
    )


def _seconds(header: str) -> float | None:
    # The other form, a date, would have to be read against the vendor's clock.
    return float(header) if re.fullmatch(r"\d{1,6}(\.\d+)?", header) else None
