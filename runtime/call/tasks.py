"""Tasks that run together, and leave nothing to the garbage collector when they are cancelled."""

import asyncio
from collections.abc import Coroutine, Generator
from contextlib import suppress
from contextvars import Context
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class Tasks(asyncio.TaskGroup):
    """A group as asyncio's; what is cancelled in it, or with it, is freed by counting.

    In Python 3.11 a cancelled task keeps the error and its traceback, which keeps the task's
    frames and all that is in them; and asyncio's own `__aexit__` keeps the error that it raises,
    whose traceback keeps that frame. So an ended call would wait for a full collection.
    """

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> "asyncio.Task[T]":
        """Begin a task of the group."""
        task = super().create_task(coro, name=name, context=context)
        task.add_done_callback(_forget_the_way)
        return task

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait for all tasks; a cancellation goes on without the way that it came."""
        try:
            await super().__aexit__(kind, error, traceback)
        except asyncio.CancelledError as cancelled:
            raise cancelled.with_traceback(None) from None
        finally:
            del error, traceback


def _forget_the_way(task: "asyncio.Task[Any]") -> None:
    """Have a task let go of the error that it was cancelled with: asking for it does that."""
    if task.cancelled():
        with suppress(asyncio.CancelledError):
            task.exception()
