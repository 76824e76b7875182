"""Running the broker: for ever in an event loop that is there, or in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Self

from topicscope.demo.broker import LOOPBACK, Broker
from topicscope.demo.plant.runner import PlantRunner

if TYPE_CHECKING:
    from collections.abc import Callable

_STOP_SECONDS = 5.0


async def serve(
    port: int,
    websocket_port: int | None = None,
    *,
    plant: bool = True,
    on_ready: Callable[[Broker], None] | None = None,
) -> None:
    """Run the demo broker until cancelled; `on_ready` is called once it listens.

    Raises `OSError` with a sentence when a port cannot be had.
    """
    await _run(Broker(), port, websocket_port, LOOPBACK, plant, on_ready)


async def _run(
    broker: Broker,
    port: int,
    websocket_port: int | None,
    host: str,
    plant: bool,
    on_ready: Callable[[Broker], None] | None,
) -> None:
    runner = PlantRunner(broker.exchange) if plant else None
    try:
        await broker.start(port, websocket_port, host)
        if runner is not None:
            runner.start()
        if on_ready is not None:
            on_ready(broker)
        await asyncio.Event().wait()
    finally:
        if runner is not None:
            runner.stop()
        await broker.stop()


class BrokerThread:
    """A context manager that runs a broker, with or without the plant, in a daemon thread.

    The thread has an event loop of its own. `port` and `websocket_port` are known from `start` on.
    """

    def __init__(
        self,
        broker: Broker | None = None,
        *,
        plant: bool = False,
        port: int = 0,
        websocket_port: int | None = 0,
        host: str = LOOPBACK,
    ) -> None:
        """Prepare; port 0 takes a free one, `websocket_port` None serves no WebSocket."""
        self.broker = broker or Broker()
        self.port = port
        self.websocket_port = websocket_port
        self._host = host
        self._plant = plant
        self._is_ready: Future[None] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until the broker listens; raises the `OSError` of a port that cannot be had."""
        self._thread = threading.Thread(target=self._main, name="demo-broker", daemon=True)
        self._thread.start()
        try:
            self._is_ready.result()
        except BaseException:
            self._thread.join(_STOP_SECONDS)
            raise

    def stop(self) -> None:
        """Disconnect every client, end all that runs and join the thread; harmless when it has ended."""
        thread, loop = self._thread, self._loop
        if thread is None or loop is None:
            return
        if self._task is not None:
            with contextlib.suppress(RuntimeError):  # The loop is closed: the thread has ended.
                loop.call_soon_threadsafe(self._task.cancel)
        thread.join(_STOP_SECONDS)
        self._thread = None

    def _main(self) -> None:
        try:
            asyncio.run(self._run())
        except Exception as error:
            # Whatever went wrong before the broker listened is for the thread that waits for it.
            if self._is_ready.done():
                raise
            self._is_ready.set_exception(error)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        with contextlib.suppress(asyncio.CancelledError):
            await _run(
                self.broker,
                self.port,
                self.websocket_port,
                self._host,
                self._plant,
                self._on_ready,
            )

    def _on_ready(self, broker: Broker) -> None:
        self.port = broker.port
        self.websocket_port = broker.websocket_port
        self._is_ready.set_result(None)
