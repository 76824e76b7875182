"""Coroutines that must run one after the other, in the order in which they were wished for."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from topicscope.gui.tasks import spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

Errand: TypeAlias = "Callable[[], Coroutine[Any, Any, object]]"


class Errands:
    """A queue that works as long as there is something in it; one errand that fails does not keep others back."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: deque[Errand] = deque()
        self._working = False

    @property
    def is_working(self) -> bool:
        """Whether anything is being done or waits."""
        return self._working

    @property
    def has_waiting(self) -> bool:
        """Whether anything waits behind what is being done."""
        return bool(self._waiting)

    def add(self, errand: Callable[..., Coroutine[Any, Any, object]], *facts: object) -> None:
        """Do this, with these facts, when all that came before is done."""
        self._waiting.append(partial(errand, *facts))
        self._begin()

    def _begin(self) -> None:
        if self._waiting and not self._working:
            self._working = True
            spawn(self._work(), self._name)

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._waiting.popleft()()
        except Exception:
            self._working = False
            self._begin()
            raise
        self._working = False
