"""The connection to OpenAI, or to whoever speaks its API, that its adapters share."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final

import httpx2
import openai

from providers.base import ProviderError
from providers.vendor_error import by_status, in_brackets

log = logging.getLogger(__name__)

NAME: Final = "openai"
OPENAI: Final = "https://api.openai.com/v1"

KEPT_SECONDS: Final = 120.0
"""An idle connection is kept for the next turn: callers think longer than HTTP clients wait."""

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class OpenAIConnection:
    """OpenAI's client library, with one pool of connections; retries are the caller's affair.

    Raises `ValueError` for what cannot be an address, and for OpenAI without a key.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        timeout_seconds: float,
        connect_seconds: float,
        headers: Mapping[str, str],
    ) -> None:
        if base_url == OPENAI and not api_key:
            raise ValueError("OpenAI wants an api_key")
        if not base_url.startswith(("http://", "https://")):
            raise ValueError("base_url begins with http:// or https://")
        if timeout_seconds <= 0 or connect_seconds <= 0:
            raise ValueError("timeout_seconds and connect_seconds are more than 0")
        self._base_url = base_url
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(timeout_seconds, connect=connect_seconds),
            limits=httpx2.Limits(keepalive_expiry=KEPT_SECONDS),
            # Reading the certificates takes 20 ms, which a plain address need not pay.
            verify=base_url.startswith("https://"),
        )
        self.client = openai.AsyncOpenAI(
            api_key=api_key or "not-needed",
            base_url=base_url,
            default_headers=dict(headers),
            max_retries=0,
            timeout=self._http.timeout,
            http_client=self._http,
        )

    async def warm(self) -> None:
        """Open a connection, without the key and without a question; a failure is only logged."""
        try:
            await self._http.head(self._base_url)
        # A client that was closed meanwhile is a RuntimeError.
        except (httpx2.HTTPError, RuntimeError) as error:
            reason = type(error).__name__
            log.warning("provider_not_warm", extra={"provider": NAME, "reason": reason})

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()


@contextmanager
def translated() -> Iterator[None]:
    """Turn the client library's errors into ours.

    Their texts may hold a part of the key and of what was said: no message and no traceback of
    ours has them.
    """
    try:
        yield
    except openai.APITimeoutError:
        raise silent() from None
    except openai.APIConnectionError as error:
        raise broken(error.__cause__ or error) from None
    except openai.APIStatusError as error:
        raise refused(error.status_code, error.response.headers, error.code) from None
    except openai.APIError as error:
        reason = f"reported an error in its answer{in_brackets(error.code)}"
        raise ProviderError(reason, provider=NAME) from None
    except httpx2.TimeoutException:
        # Of a body that is read as it comes, the library passes the pool's own errors on.
        raise silent() from None
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        raise broken(error) from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ProviderError("sent what is no JSON", provider=NAME) from None


def silent() -> ProviderError:
    """Nothing came for longer than the timeout."""
    return ProviderError("gave no answer in time", provider=NAME)


def broken(cause: BaseException) -> ProviderError:
    """The connection is not there, or no longer."""
    return ProviderError(f"the connection failed ({type(cause).__name__})", provider=NAME)


def refused(status: int, headers: Mapping[str, str], code: object = None) -> ProviderError:
    """The answer has a status that is no success; `code` is the vendor's word for it."""
    return by_status(NAME, status, code=code, retry_after=headers.get("retry-after"))
