"""Calls that an operator has hung up at another server than the one that leads them."""

import asyncio
import logging

import orjson
from sqlalchemy.exc import SQLAlchemyError

from runtime.server.switchboard import Switchboard
from runtime.store.archive import Archive

ASKED = "hang_up_asked"
"""The kind of row of the feed by which one server asks all others."""

LOOK_SECONDS = 1.0

BATCH = 100

log = logging.getLogger(__name__)


class HangUps:
    """Looks once a second into the feed for calls of this server that are to end.

    A question of one row above a number by the key: what it costs does not grow with the feed.
    """

    def __init__(self, archive: Archive, switchboard: Switchboard) -> None:
        self._archive = archive
        self._switchboard = switchboard

    async def watch(self) -> None:
        """Hang up what is asked for from now on, until cancelled."""
        position: int | None = None
        is_away = False
        while True:
            try:
                position = await self._look(position)
                is_away = False
            except (SQLAlchemyError, TimeoutError) as error:
                if not is_away:
                    log.error("feed_unreadable", extra={"why": type(error).__name__})
                is_away = True
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, position: int | None) -> int:
        """Hang up what was asked for behind that number; return up to where it was looked."""
        newest = (await self._archive.told_span()).newest
        if position is None or newest <= position:
            # What was asked before this server started was not asked of it.
            return newest
        asked = await self._archive.told_after(position, BATCH, upto=newest, kind=ASKED)
        for row in asked:
            call = orjson.loads(row.data)["call"]
            if self._switchboard.hang_up(call):
                log.info("hung_up_for_another_server", extra={"call": call})
        return asked[-1].id if len(asked) == BATCH else newest
