"""Looks after the store while calls go on: its figures, and what is deleted when."""

import asyncio
import logging
from time import time

from sqlalchemy.exc import SQLAlchemyError

from runtime.call.figures import Figures
from runtime.settings import Store as Settings
from runtime.store.retention import Limits, Pruned, Recordings, Retention
from runtime.store.store import Store

LOOK_SECONDS = 1.0
PRUNE_SECONDS = 3600.0
"""Between two looks for what is too old or too much; the first is a minute after the start, when
nobody waits for the server to be ready."""
FIRST_PRUNE_SECONDS = 60.0

log = logging.getLogger(__name__)


def limits_of(settings: Settings) -> Limits:
    """Return what the settings let be kept."""
    return Limits(
        seconds=settings.keep_days * 86_400,
        bytes=settings.keep_gigabytes * 1e9,
        feed_seconds=settings.keep_events_hours * 3600,
    )


class Keeping:
    """The store's housekeeping."""

    def __init__(
        self, store: Store, recordings: Recordings, figures: Figures, limits: Limits
    ) -> None:
        self._store = store
        self._recordings = recordings
        self._figures = figures
        self._limits = limits

    async def watch(self) -> None:
        """Keep house until cancelled."""
        loop = asyncio.get_running_loop()
        figures, writer = self._figures, self._store.writer
        prune_at = loop.time() + FIRST_PRUNE_SECONDS
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            figures.store_waiting.set(writer.waiting)
            figures.store_lost.set(writer.lost)
            if loop.time() >= prune_at:
                prune_at = loop.time() + PRUNE_SECONDS
                await self.prune()

    async def prune(self) -> None:
        """Delete what is over the limits, in a thread: calls wait for none of it."""
        try:
            pruned = await asyncio.to_thread(self._prune)
        except (SQLAlchemyError, OSError) as error:
            log.warning("pruning_failed", extra={"why": type(error).__name__})
            return
        if pruned.calls or pruned.recordings:
            facts = {"calls": pruned.calls, "recordings": pruned.recordings}
            log.info("pruned", extra=facts)

    def _prune(self) -> Pruned:
        engine = self._store.database.engine()
        try:
            return Retention(engine, self._limits, self._recordings).prune(time())
        finally:
            engine.dispose()
