"""What the server understood of a call that `callwright dial` placed, read while it goes on."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import httpx2

_EVERY_SECONDS = 0.5
_READS_AFTER_THE_END = 6
"""The server writes what was said within a second; the rest is for a slow one."""


class TranscriptProblem(Exception):  # noqa: N818 - it reads as what is told to the caller
    """The server shows no transcript; the message says why."""


class ServerTranscript:
    """Follows one call by `GET /v1/calls`; `tell` is given each turn once, in order."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        call_id: str,
        tell: Callable[[Mapping[str, Any]], None],
        *,
        every_seconds: float = _EVERY_SECONDS,
    ) -> None:
        self._client = client
        self._call_id = call_id
        self._tell = tell
        self._every = every_seconds
        self._path = ""
        self._told = 0

    async def follow(self, ended: asyncio.Event) -> None:
        """Tell the turns until the call has ended; raises `TranscriptProblem`."""
        reads_left = _READS_AFTER_THE_END
        while reads_left:
            if ended.is_set():
                reads_left -= 1
            if await self._read():
                return
            await asyncio.sleep(self._every)
        if not self._path:
            raise TranscriptProblem(f"the server knows no call {self._call_id!r}")

    async def _read(self) -> bool:
        """Tell what there is to tell that has not been told; return whether the call is over."""
        self._path = self._path or await self._find()
        if not self._path:
            return False
        call = await self._get(self._path)
        over: bool = call.get("state") == "ended"
        turns = call.get("turns", [])
        # The last turn may still grow, or shrink to what was heard of it.
        settled = len(turns) if over else len(turns) - 1
        for turn in turns[self._told : settled]:
            self._tell(turn)
        self._told = max(self._told, settled)
        return over

    async def _find(self) -> str:
        for state in ("live", "ended"):
            for call in (await self._get(f"/v1/calls?state={state}"))["calls"]:
                if call.get("call_id") == self._call_id:
                    return f"/v1/calls/{call['id']}"
        return ""

    async def _get(self, path: str) -> Any:
        try:
            answer = await self._client.get(path)
        except httpx2.HTTPError as error:
            raise TranscriptProblem(f"{self._client.base_url}: {error}") from error
        if answer.status_code != httpx2.codes.OK:
            raise TranscriptProblem(f"GET {path} says {answer.status_code}")
        try:
            return answer.json()
        except ValueError as error:
            raise TranscriptProblem(f"GET {path} gives no JSON") from error
