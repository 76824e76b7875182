"""The schedules and responders that all windows share, and which of them ran when the program ended."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from topicscope.gui.errands import Errands
from topicscope.gui.tasks import in_worker_for
from topicscope.profiles.files import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from topicscope.automation.responders.responder import Responder
    from topicscope.automation.responders.store import Responders
    from topicscope.automation.running_store import Running
    from topicscope.automation.schedules.schedule import Schedule
    from topicscope.automation.schedules.store import Schedules
    from topicscope.profiles.one_file_store import OneFileStore, Stored

T = TypeVar("T")


class AutomationLibrary(QObject):
    """What acts by itself, on disk; read off the window's thread when a window first asks with `load`."""

    schedules_changed = Signal()
    responders_changed = Signal()
    told = Signal(str, str)
    """Tone and a sentence: a file was broken, or could not be written."""

    def __init__(self, folder: Path, state_folder: Path, parent: QObject | None = None) -> None:
        """Take the folders of what is kept for good, and of what ran last."""
        super().__init__(parent)
        self._folder = folder
        self._state_folder = state_folder
        self._errands = Errands("automation library")
        self._schedules: OneFileStore[Schedules] | None = None
        self._responders: OneFileStore[Responders] | None = None
        self._ran: OneFileStore[Running] | None = None
        self._book: Schedules | None = None
        self._rules: Responders | None = None
        self._left_running: frozenset[str] = frozenset()
        self._running: dict[int, frozenset[str]] = {}
        self._windows: set[int] = set()
        self._numbers = count(1)
        self._is_asked = False

    # Properties

    @property
    def is_loaded(self) -> bool:
        """Whether the files have been read."""
        return self._rules is not None

    @property
    def is_writing(self) -> bool:
        """Whether a file is being read or written, or waits for that."""
        return self._errands.is_working

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """All schedules, in the order of the list; none before they are read."""
        return self._book.schedules if self._book is not None else ()

    @property
    def responders(self) -> tuple[Responder, ...]:
        """All responders, in the order in which they answer; none before they are read."""
        return self._rules.responders if self._rules is not None else ()

    # Methods

    def load(self, then: Callable[[], object] | None = None) -> None:
        """Read the files, if nobody has asked for that before, and call `then`; at once where they are read."""
        if not self._is_asked:
            self._is_asked = True
            self._errands.add(self._load)
        if then is None:
            return
        if self.is_loaded:
            then()
        else:
            self._errands.add(partial(_call, then))

    def was_left_running(self, identifier: str) -> bool:
        """Tell whether it ran when the program ended last, and has not been started since."""
        return identifier in self._left_running

    def save_schedule(self, schedule: Schedule) -> None:
        """Keep a schedule, or what has changed of it."""
        assert self._book is not None
        self._book = self._book.with_schedule(schedule)
        self.schedules_changed.emit()
        self._change(self._schedules, partial(_with_schedule, schedule))

    def delete_schedule(self, identifier: str) -> None:
        """Keep a schedule no longer."""
        assert self._book is not None
        self._book = self._book.without(identifier)
        self.schedules_changed.emit()
        self._change(self._schedules, partial(_without, identifier))

    def save_responder(self, responder: Responder) -> None:
        """Keep a responder, or what has changed of it."""
        assert self._rules is not None
        self._rules = self._rules.with_responder(responder)
        self.responders_changed.emit()
        self._change(self._responders, partial(_with_responder, responder))

    def delete_responder(self, identifier: str) -> None:
        """Keep a responder no longer."""
        assert self._rules is not None
        self._rules = self._rules.without(identifier)
        self.responders_changed.emit()
        self._change(self._responders, partial(_without, identifier))

    def acquire(self) -> int:
        """Count a window that is open, and return the number under which its runs are noted."""
        window = next(self._numbers)
        self._windows.add(window)
        return window

    def release(self, window: int) -> None:
        """Forget what ran in a window that closes, unless the program ends with it."""
        self._windows.discard(window)
        if self._windows and self._running.get(window):
            # Quitting closes every window in one turn of the loop, and this is done in a later one.
            self._errands.add(partial(self._forget_window, window))

    def note_running(self, window: int, identifiers: Iterable[str]) -> None:
        """Remember which run in a window, for the time after the program has ended in whatever way."""
        now = frozenset(identifiers)
        if now == self._running.get(window, frozenset()):
            return
        self._running[window] = now
        self._left_running -= now
        self._errands.add(self._write_running)

    # Private

    async def _load(self) -> None:
        await in_worker_for(self, _read_modules)
        from topicscope.automation.responders.store import responder_store
        from topicscope.automation.running_store import running_store
        from topicscope.automation.schedules.store import schedule_store

        self._schedules = schedule_store(self._folder)
        self._responders = responder_store(self._folder)
        self._ran = running_store(self._state_folder)
        book = await in_worker_for(self, self._schedules.load)
        rules = await in_worker_for(self, self._responders.load)
        ran = await in_worker_for(self, self._ran.load)
        self._book, self._rules = book.value, rules.value
        self._left_running = frozenset(ran.value.identifiers)
        self._tell_problem("Schedules", book)
        self._tell_problem("Responders", rules)
        self.schedules_changed.emit()
        self.responders_changed.emit()

    async def _forget_window(self, window: int) -> None:
        if self._windows:
            self._running.pop(window, None)
            await self._write_running()

    async def _write_running(self) -> None:
        from topicscope.automation.running_store import Running

        assert self._ran is not None
        every = sorted(frozenset().union(*self._running.values()))
        try:
            await in_worker_for(self, self._ran.save, Running(identifiers=tuple(every)))
        except StoreError as error:
            self.told.emit("warning", str(error))

    def _change(self, store: OneFileStore[T] | None, make: Callable[[T], T]) -> None:  # type: ignore[type-var]
        assert store is not None
        self._errands.add(partial(self._write, partial(store.change, make)))

    async def _write(self, write: Callable[[], object]) -> None:
        try:
            await in_worker_for(self, write)
        except StoreError as error:
            self.told.emit("error", str(error))

    def _tell_problem(self, what: str, stored: Stored[T]) -> None:  # type: ignore[type-var]
        if stored.problem is not None:
            self.told.emit("warning", f"{what}: {stored.problem}")


async def _call(then: Callable[[], object]) -> None:
    then()


def _read_modules() -> None:
    """Import what reads the files: that takes longer than a frame."""
    import topicscope.automation.responders.store
    import topicscope.automation.schedules.store  # noqa: F401


def _with_schedule(schedule: Schedule, stored: Schedules) -> Schedules:
    return stored.with_schedule(schedule)


def _with_responder(responder: Responder, stored: Responders) -> Responders:
    return stored.with_responder(responder)


def _without(identifier: str, stored: T) -> T:
    return stored.without(identifier)  # type: ignore[attr-defined,no-any-return]
