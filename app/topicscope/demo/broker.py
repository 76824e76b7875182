"""The embedded broker: listeners on loopback, and the parts that serve whoever connects.

It is for trying Topicscope out, for its tests and for its documentation, not for production: it listens on this machine
only and keeps nothing on disk. Everything runs in one event loop and as callbacks, one `Link` a connection, so there
are no tasks to lose. The way of a message: `Link` (bytes) → `Conversation` (meaning) → `Exchange` (who wants it) →
`Session` (QoS) → `Link` (bytes).
"""

from __future__ import annotations

import asyncio
import errno
import os
from functools import partial
from typing import TYPE_CHECKING

from topicscope.demo.admission import Admission
from topicscope.demo.exchange import Exchange
from topicscope.demo.house import House
from topicscope.demo.link import TcpProtocol
from topicscope.demo.sys_topics import SysTopics
from topicscope.demo.websocket import WebSocketProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from topicscope.demo.counters import Limits

LOOPBACK = "127.0.0.1"
_SHUTTING_DOWN = 0x8B
_GOODBYE_SECONDS = 1.0


class Broker:
    """An MQTT 3.1, 3.1.1 and 5.0 Server in this process."""

    def __init__(
        self,
        *,
        users: Mapping[str, str] | None = None,
        refuse_subscriptions: Callable[[str], bool] | None = None,
        refuse_publishes: Callable[[str], bool] | None = None,
        sys_interval: float = 2.0,
        limits: Limits | None = None,
    ) -> None:
        """Make a broker that does not listen yet; `sys_interval` in seconds, 0 for no `$SYS`."""
        self.exchange = Exchange(limits=limits)
        self._house = House(self.exchange, Admission(users, refuse_subscriptions, refuse_publishes))
        self.port = 0
        self.websocket_port: int | None = None
        self._sys_topics = SysTopics(self.exchange)
        self._sys_interval = sys_interval
        self._sys_timer: asyncio.TimerHandle | None = None
        self._servers: list[asyncio.Server] = []

    async def start(
        self, port: int = 0, websocket_port: int | None = None, host: str = LOOPBACK
    ) -> None:
        """Listen for MQTT over TCP, and over WebSocket unless that port is None; port 0 takes a free one.

        Raises `OSError` that says which port cannot be had; nothing listens then.
        """
        try:
            self.port = await self._listen(TcpProtocol, host, port)
            if websocket_port is not None:
                self.websocket_port = await self._listen(WebSocketProtocol, host, websocket_port)
        except OSError:
            await self.stop()
            raise
        self._publish_sys()

    async def stop(self) -> None:
        """Stop listening, say goodbye to every client and wait until all are gone."""
        if self._sys_timer is not None:
            self._sys_timer.cancel()
        for server in self._servers:
            server.close()
        await self._house.close(_SHUTTING_DOWN, _GOODBYE_SECONDS)
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()

    async def _listen(
        self, protocol: Callable[[House], asyncio.Protocol], host: str, port: int
    ) -> int:
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(
                partial(protocol, self._house), host, port, backlog=256
            )
        except OSError as error:
            raise _told_clearly(error, host, port) from error
        self._servers.append(server)
        bound: int = server.sockets[0].getsockname()[1]
        return bound

    def _publish_sys(self) -> None:
        if self._sys_interval:
            self._sys_topics.publish()
            loop = asyncio.get_running_loop()
            self._sys_timer = loop.call_later(self._sys_interval, self._publish_sys)


def _told_clearly(error: OSError, host: str, port: int) -> OSError:
    if error.errno == errno.EADDRINUSE:
        reason = "another program listens there"
    elif error.errno == errno.EACCES:
        reason = "that port is reserved for the administrator"
    else:
        reason = error.strerror or os.strerror(error.errno or 0)
    return OSError(error.errno, f"The demo broker cannot listen on {host}:{port}: {reason}")
