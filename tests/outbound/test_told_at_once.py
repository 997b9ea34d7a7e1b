"""What is told of one call at the same moment: by the carrier's answer, webhooks, an operator."""

import asyncio
import json

import pytest
from databases import postgres

from runtime.carrier.token import webhook_value
from runtime.outbound.outgoing_call import Dialling, OutgoingCalls
from runtime.store import migration
from runtime.store.database import Database

pytestmark = pytest.mark.network

CALLS = 15


def test_nobody_waits_for_another_in_a_circle():
    """PostgreSQL would break one of them off, and what it told would be lost."""

    async def tell(database: Database) -> None:
        engine = database.async_engine()
        calls = OutgoingCalls(engine, "here")
        for number in range(CALLS):
            id_, token = f"{number:032x}", f"call.{number}"
            await calls.dial(
                Dialling(id_, "8645012345", "9811111111", "hello", "v", {}, token), 1.0
            )
            shown = webhook_value(id_, token)
            body = json.dumps({"callId": f"carrier-{number}", "status": "busy"}).encode()
            await asyncio.gather(
                calls.initiated(id_, f"carrier-{number}"),
                *(calls.webhook(shown, body, 2.0) for _ in range(4)),
                calls.not_placed(id_, "refused", {}, 2.0),
                calls.end(id_, "operator", 2.0),
                calls.give_up(3.0, 4.0),
            )
        await engine.dispose()

    with postgres() as database:
        migration.upgrade(database)
        asyncio.run(tell(database))
