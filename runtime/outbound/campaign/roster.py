"""Who works at a campaign, and whose calls another has to go on with."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, and_, delete, insert, or_, select, update

from runtime.store.campaign_tables import campaign_workers

LOST_AFTER = 15.0
"""Seconds without a sign of life; a worker of this machine is known to be dead at once."""


def is_running(pid: int) -> bool:
    """Tell whether a process of this machine lives."""
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Roster:
    """The workers of one campaign, seen by one of them."""

    engine: Engine
    campaign: str
    me: str
    """The worker's id, of this run of it."""
    host: str = socket.gethostname()
    pid: int = os.getpid()
    lives: Callable[[int], bool] = is_running

    def sign_on(self, at: float) -> None:
        """Be seen from now on."""
        with self.engine.begin() as connection:
            connection.execute(
                insert(campaign_workers).values(
                    **{"id": self.me, "campaign": self.campaign, "host": self.host},
                    **{"pid": self.pid, "seen_at": at},
                )
            )

    def seen(self, at: float) -> None:
        """Give a sign of life; one that was taken for dead is there again."""
        if not self._set_seen(at):
            self.sign_on(at)

    def sign_off(self) -> None:
        """Leave one's calls to whoever comes next."""
        self._set_seen(0.0)

    def others(self, at: float) -> list[str]:
        """Return the ids of the other workers that live."""
        with self.engine.connect() as connection:
            rows = connection.execute(self._all()).all()
        return [row.id for row in rows if row.id != self.me and not self._is_lost(row, at)]

    def take_over(self, at: float) -> list[str]:
        """Take the lost workers' places: what they left is mine, of all that live mine only.

        Each is mine until it is `forgotten`; if I die before that, another takes it.
        """
        taken: list[str] = []
        with self.engine.connect() as connection:
            rows = connection.execute(self._all()).all()
        lost = [row.id for row in rows if row.id != self.me and self._is_lost(row, at)]
        workers = campaign_workers.c
        for id_ in lost:
            is_free = or_(workers.taken_by.is_(None), workers.taken_by.in_([*lost, self.me]))
            with self.engine.begin() as connection:
                changed = connection.execute(
                    update(campaign_workers)
                    .where(and_(workers.id == id_, is_free))
                    .values(taken_by=self.me)
                )
            if changed.rowcount:
                taken.append(id_)
        return taken

    def forget(self, id_: str) -> None:
        """Nothing of what that worker left is to be done any more."""
        with self.engine.begin() as connection:
            connection.execute(delete(campaign_workers).where(campaign_workers.c.id == id_))

    def _all(self) -> Any:
        return select(campaign_workers).where(campaign_workers.c.campaign == self.campaign)

    def _set_seen(self, at: float) -> bool:
        with self.engine.begin() as connection:
            changed = connection.execute(
                update(campaign_workers).where(campaign_workers.c.id == self.me).values(seen_at=at)
            )
            return changed.rowcount > 0

    def _is_lost(self, row: Any, at: float) -> bool:
        if row.seen_at < at - LOST_AFTER:
            return True
        # One that had my number is dead; in a container each worker may have number 1.
        return row.host == self.host and (row.pid == self.pid or not self.lives(row.pid))
