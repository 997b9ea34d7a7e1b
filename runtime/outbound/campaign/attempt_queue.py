"""DBOS, as a campaign uses it: a queue with the plan's limits, and a workflow an attempt."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID, StepOptions
from sqlalchemy.exc import SQLAlchemyError

from runtime.outbound.campaign.caller import Caller
from runtime.outbound.campaign.ledger import Due
from runtime.outbound.campaign.pace import shared_limit
from runtime.outbound.campaign.plan import Plan
from runtime.store.database import Database, StoreProblem

SYSTEM_FILE = "campaigns.sqlite"
"""DBOS's own tables; on PostgreSQL they are a schema of the same database."""

VERSION = "1"
"""Workflows of another version are not gone on with: the sweep gives their rows back, and new ones
have other ids. One more where the parts of an attempt, or what they hand on, change."""

STEP: StepOptions = {"retries_allowed": True, "max_attempts": 6, "interval_seconds": 0.5}
"""A database may be away for some seconds; every part of an attempt may be repeated."""

POLL_SECONDS = 0.5
"""Between two looks of DBOS at the queue."""

ALIVE = ["ENQUEUED", "DELAYED", "PENDING"]
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]

TIDIED = 1000
"""Ended workflows that are forgotten at a time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker's queue is kept, and whose it is."""

    database: Database
    data: Path
    campaign: str
    born: int
    """No later campaign of the same name has it: its workflows have other ids."""
    worker: str

    def config(self) -> DBOSConfig:
        """Return what DBOS is started with."""
        url = self.database.url
        if self.database.is_sqlite:
            url = f"sqlite:///{(self.data / SYSTEM_FILE).absolute()}"
        return {
            "name": "callwright",
            "system_database_url": url,
            "executor_id": self.worker,
            "application_version": VERSION,
            "log_level": "ERROR",
            "scheduler_polling_interval_sec": 600.0,
        }


@dataclass(frozen=True, slots=True)
class AttemptQueue:
    """DBOS, as this campaign uses it."""

    name: str
    period: float
    """Seconds over which the pace is counted."""
    prefix: str
    attempt: Callable[[int, int], Coroutine[Any, Any, None]]

    @classmethod
    async def launch(cls, place: Place, plan: Plan, caller: Caller) -> "AttemptQueue":
        """Start DBOS and the campaign's queue with the plan's limits. Raises `StoreProblem`."""
        name = f"campaign:{place.campaign}"
        DBOS(config=place.config())
        DBOS.listen_queues([name])

        @DBOS.workflow(name="attempt", max_recovery_attempts=None)
        async def attempt(line: int, ticket: int) -> None:
            begun = await DBOS.run_step_async(STEP, caller.start, Due(line, ticket))
            if begun is not None:
                ended = await DBOS.run_step_async(STEP, caller.outcome, begun)
                await DBOS.run_step_async(STEP, caller.end, begun, ended)

        try:
            DBOS.launch()
        except SQLAlchemyError as exc:
            raise StoreProblem(
                f"DBOS's tables cannot be made in {place.database.shown()}: {exc}"
            ) from exc
        limit, period = shared_limit(plan.pace)
        await DBOS.register_queue_async(
            name,
            global_concurrency=plan.concurrency,
            limiter={"limit": limit, "period": period},
            polling_interval_sec=POLL_SECONDS,
            on_conflict="always_update",
        )
        return cls(name, period, f"{place.campaign}:{place.born}:{VERSION}", attempt)

    async def tidy(self, now: float) -> None:
        """Forget workflows that have ended; the book has what came of them.

        Those of the last minute still count for the pace.
        """
        before = datetime.fromtimestamp(now - max(60.0, self.period), UTC).isoformat()
        ended = await DBOS.list_workflows_async(
            workflow_id_prefix=f"{self.prefix}:",
            status=ENDED,
            completed_before=before,
            limit=TIDIED,
            load_input=False,
            load_output=False,
        )
        if ended:
            await DBOS.delete_workflows_async([each.workflow_id for each in ended])

    def close(self) -> None:
        """Stop; what is under way is left to whoever takes it over."""
        DBOS.destroy()

    def id_of(self, due: Due) -> str:
        """Return the id of the workflow that works at a row with this ticket."""
        return f"{self.prefix}:{due.line}:{due.ticket}"

    async def put(self, due: Due) -> None:
        """Let a row be called; done once, however often and by whomever it is put."""
        with SetWorkflowID(self.id_of(due)):
            await DBOS.enqueue_workflow_async(self.name, self.attempt, due.line, due.ticket)

    async def resume(self, worker: str) -> None:
        """Go on with what that worker was at."""
        left = await DBOS.list_workflows_async(
            executor_id=worker, status="PENDING", queue_name=self.name, load_input=False
        )
        if left:
            ids = [each.workflow_id for each in left]
            await DBOS.resume_workflows_async(ids, queue_name=self.name)

    async def finished(self, candidates: list[Due]) -> list[Due]:
        """Return those whose workflow is over, or was never there."""
        ids = [self.id_of(due) for due in candidates]
        found = await DBOS.list_workflows_async(
            workflow_ids=ids, status=ALIVE, load_input=False, load_output=False
        )
        alive = {each.workflow_id for each in found}
        return [due for due in candidates if self.id_of(due) not in alive]
