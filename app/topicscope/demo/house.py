"""What all Network Connections of a broker share."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Protocol

from topicscope.demo.registry import Registry

if TYPE_CHECKING:
    from topicscope.demo.admission import Admission
    from topicscope.demo.exchange import Exchange


class Guest(Protocol):
    """A Network Connection, as far as its broker handles it."""

    def flush(self) -> None:
        """Write what is queued."""
        ...

    def close(self, reason_code: int = 0, reason: str = "") -> None:
        """End the connection when everything is written."""
        ...

    def abort(self) -> None:
        """End the connection now."""
        ...


class Flusher:
    """Writes once per turn of the event loop what was queued for each client in that turn."""

    def __init__(self) -> None:
        self._dirty: list[Guest] = []

    def schedule(self, guest: Guest) -> None:
        """Have `guest` flushed at the end of this turn."""
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._flush)
        self._dirty.append(guest)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        for guest in dirty:
            guest.flush()


class House:
    """The exchange, the rules, the Sessions and who is there."""

    def __init__(self, exchange: Exchange, admission: Admission) -> None:
        self.exchange = exchange
        self.admission = admission
        self.registry = Registry(exchange)
        self.flusher = Flusher()
        self._guests: set[Guest] = set()
        self._is_deserted = asyncio.Event()

    def welcome(self, guest: Guest) -> None:
        """Take a new Network Connection into account."""
        self._guests.add(guest)
        self._is_deserted.clear()

    def part_from(self, guest: Guest) -> None:
        """Forget a Network Connection that has ended."""
        self._guests.discard(guest)
        if not self._guests:
            self._is_deserted.set()

    async def close(self, reason_code: int, seconds: float) -> None:
        """Say goodbye to everyone, wait `seconds` for them to leave, and throw out the rest."""
        for guest in list(self._guests):
            guest.close(reason_code)
        await self._desertion(seconds)
        for guest in list(self._guests):
            guest.abort()
        await self._desertion(seconds)
        self.registry.close()

    async def _desertion(self, seconds: float) -> None:
        if self._guests:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_deserted.wait(), seconds)
