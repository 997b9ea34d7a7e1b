"""Sarvam's HTTP API: one client with its key, and what its errors mean.

docs.sarvam.ai; the names are those of the vendor's SDK (sarvamai 0.1.39), whose types are
generated from the API's own schema.
"""

import json
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final

import httpx2

from providers.base import ProviderError

log = logging.getLogger(__name__)

NAME: Final = "sarvam"
SARVAM: Final = "https://api.sarvam.ai"

KEPT_SECONDS: Final = 120.0
"""An idle connection is kept for the next turn: callers think longer than HTTP clients wait."""

_OTHER_SUBTAGS: Final[Mapping[str, str]] = MappingProxyType({"or": "od"})
"""Languages that Sarvam calls by another subtag: Odia."""
_CODE: Final = re.compile(r"[a-z_]{1,40}")
_SECONDS: Final = re.compile(r"\d{1,6}(\.\d+)?")


class SarvamApi:
    """Posts questions. Retries are the caller's affair."""

    def __init__(self, api_key: str, base_url: str, timeout_seconds: float) -> None:
        if not api_key:
            raise ValueError("Sarvam wants an api_key")
        if not base_url.startswith(("http://", "https://")):
            raise ValueError("base_url begins with http:// or https://")
        self._base_url = base_url.rstrip("/")
        self._headers = {"api-subscription-key": api_key}
        self._http = httpx2.AsyncClient(
            timeout=timeout_seconds,
            limits=httpx2.Limits(keepalive_expiry=KEPT_SECONDS),
            # Reading the certificates takes 20 ms, which a plain address need not pay.
            verify=self._base_url.startswith("https://"),
        )

    @asynccontextmanager
    async def post(self, path: str, **question: Any) -> AsyncIterator[httpx2.Response]:
        """Post a question, and give the answer to be read in pieces. Raises `ProviderError`.

        `question`: httpx2's `json`, or its `data` and `files`.
        """
        url = f"{self._base_url}/{path}"
        try:
            async with self._http.stream("POST", url, headers=self._headers, **question) as answer:
                if not answer.is_success:
                    raise _refusal(answer, await answer.aread())
                yield answer
        except httpx2.TimeoutException:
            raise ProviderError("gave no answer in time", provider=NAME) from None
        except httpx2.HTTPError as error:
            reason = f"the connection failed ({type(error).__name__})"
            raise ProviderError(reason, provider=NAME) from None

    async def ask(self, path: str, **question: Any) -> Mapping[str, Any]:
        """Post a question and return the JSON object of its answer. Raises `ProviderError`."""
        async with self.post(path, **question) as answer:
            content = await answer.aread()
        try:
            told = json.loads(content)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise ProviderError("sent what is no JSON object", provider=NAME)
        return told

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
        await self._http.aclose()


def code_of(language: str, codes: frozenset[str]) -> str | None:
    """Return Sarvam's code of a language: all that is spoken in India is xx-IN; None without."""
    subtag = language.partition("-")[0].lower()
    code = f"{_OTHER_SUBTAGS.get(subtag, subtag)}-IN"
    return code if code in codes else None


def _refusal(answer: httpx2.Response, content: bytes) -> ProviderError:
    status = answer.status_code
    wait = answer.headers.get("retry-after", "")
    # The other form, a date, would have to be read against the vendor's clock.
    seconds = float(wait) if _SECONDS.fullmatch(wait) else None
    again = "" if seconds is None else f", not before {seconds:g} s"
    return ProviderError(
        f"answered with status {status}{_code(content)}{again}",
        provider=NAME,
        retryable=status in (408, 429) or status >= 500,
        retry_after_seconds=seconds,
    )


def _code(content: bytes) -> str:
    """The vendor's word for it, such as invalid_api_key_error; never a sentence of the vendor's."""
    try:
        match json.loads(content):
            case {"error": {"code": str(code)}} if _CODE.fullmatch(code):
                return f" ({code})"
    except ValueError:
        pass
    return ""
