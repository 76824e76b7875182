"""asyncio on Qt's loop: the one module that knows qasync.

qasync and asyncio are imported when the loop starts, not when this module is imported, so that the
window can be painted first. The loop has no timer of its own: it wakes when Qt does, or at a time
that somebody asked for.
"""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from PySide6.QtCore import QEventLoop
from shiboken6 import isValid

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Coroutine, Iterator
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QApplication

WORKERS: Final = 2
DRAIN_SECONDS: Final = 2.0
"""How long cancelled tasks may take to end when the loop is closed."""
FINISH_SECONDS: Final = 10.0
"""How long what is to be finished may take when the loop is closed; a key store may ask its user."""

P = ParamSpec("P")
T = TypeVar("T")


class _Runtime:
    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.tasks: set[asyncio.Task[Any]] = set()
        self.finishing: set[asyncio.Task[Any]] = set()
        self.waiting: list[Coroutine[Any, Any, Any]] = []
        self.workers: ThreadPoolExecutor | None = None
        self.failed: Callable[[BaseException], None] | None = None


_runtime = _Runtime()


def run(app: QApplication) -> int:
    """Run the application with asyncio in its loop until it quits; return its exit code."""
    with event_loop(app) as loop:
        # A Qt loop that is asked to run for ever answers with the exit code of the application.
        return int(loop.run_forever() or 0)


@contextlib.contextmanager
def event_loop(app: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """Make coroutines live in this thread, whoever turns Qt's loop, until the block ends.

    At the end tasks are cancelled and waited for, the workers are joined and the loop is closed.
    """
    import asyncio

    import qasync

    loop: asyncio.AbstractEventLoop = qasync.QEventLoop(app)
    _runtime.loop = loop
    asyncio.set_event_loop(loop)
    # For coroutines that run inside a Qt loop which asyncio did not start, as in tests and dialogs.
    asyncio._set_running_loop(loop)  # noqa: SLF001
    waiting, _runtime.waiting = _runtime.waiting, []
    for coroutine in waiting:
        spawn(coroutine)
    try:
        yield loop
    finally:
        asyncio._set_running_loop(loop)  # noqa: SLF001
        _end_tasks(app)
        _end_workers()
        asyncio._set_running_loop(None)  # noqa: SLF001
        asyncio.set_event_loop(None)
        _runtime.loop = None
        loop.close()


def spawn(coroutine: Coroutine[Any, Any, T], name: str | None = None) -> asyncio.Task[T] | None:
    """Start a coroutine, keep it alive, report how it failed; without a loop it waits for one."""
    if _runtime.loop is None:
        _runtime.waiting.append(coroutine)
        return None
    task = _runtime.loop.create_task(coroutine, name=name)
    _runtime.tasks.add(task)
    task.add_done_callback(_on_task_done)
    return task


def finish(coroutine: Coroutine[Any, Any, T], name: str | None = None) -> asyncio.Task[T]:
    """Start a coroutine that runs to its end: closing the loop waits for it.

    It is for what somebody was told is stored. Its owner must live as long as the program.
    """
    task = spawn(coroutine, name)
    assert task is not None, "what is to be finished needs the loop"
    _runtime.finishing.add(task)
    task.add_done_callback(_runtime.finishing.discard)
    return task


async def outcome(task: asyncio.Task[T]) -> T:
    """Wait for a task that runs on when whoever waits is gone."""
    import asyncio

    return await asyncio.shield(task)


async def to_the_end(coroutine: Coroutine[Any, Any, T], name: str | None = None) -> T:
    """Finish a coroutine, and wait for it."""
    return await outcome(finish(coroutine, name))


def in_worker(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
    """Run a function in one of two worker threads and return what can be awaited for its result.

    Raises:
        RuntimeError: the loop does not run.

    """
    if _runtime.loop is None:
        raise RuntimeError("in_worker needs the loop: call it in a coroutine given to spawn")
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    if _runtime.workers is None:
        _runtime.workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="work")
    return asyncio.wrap_future(
        _runtime.workers.submit(function, *args, **kwargs), loop=_runtime.loop
    )


async def in_worker_for(
    owner: QObject, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Do the same for a coroutine of `owner`, and end that coroutine when the owner was deleted meanwhile.

    The function runs to its end all the same: a file that is being saved is saved.
    """
    return await await_for(owner, in_worker(function, *args, **kwargs))


async def await_for(owner: QObject, awaited: Awaitable[T]) -> T:
    """Wait in a coroutine of `owner`, and end that coroutine when the owner was deleted meanwhile."""
    import asyncio

    try:
        return await awaited
    finally:
        if not isValid(owner):
            raise asyncio.CancelledError


def report_failures_to(hook: Callable[[BaseException], None] | None) -> None:
    """Hand the exception of each task that fails to this function; None means `sys.excepthook`."""
    _runtime.failed = hook


def _on_task_done(task: asyncio.Task[Any]) -> None:
    _runtime.tasks.discard(task)
    if task.cancelled():
        return
    error = task.exception()
    if error is None:
        return
    if _runtime.failed is not None:
        _runtime.failed(error)
    else:
        sys.excepthook(type(error), error, error.__traceback__)


def _end_tasks(app: QApplication) -> None:
    for coroutine in _runtime.waiting:
        coroutine.close()
    _runtime.waiting.clear()
    # One turn begins what was wished for right before the end.
    app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
    _turn_while(app, _runtime.finishing, FINISH_SECONDS)
    for task in list(_runtime.tasks):
        task.cancel()
    _turn_while(app, _runtime.tasks, DRAIN_SECONDS)


def _turn_while(app: QApplication, tasks: set[asyncio.Task[Any]], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while tasks and time.monotonic() < deadline:
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def _end_workers() -> None:
    if _runtime.workers is not None:
        _runtime.workers.shutdown(wait=True, cancel_futures=True)
        _runtime.workers = None
