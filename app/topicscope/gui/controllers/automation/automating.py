"""What a window lets act by itself: it starts schedules and responders, and stops them all when it must."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from topicscope.connection.limits import READ_ONLY
from topicscope.connection.state import Phase
from topicscope.gui.controllers.automation.consent import Consent
from topicscope.gui.controllers.automation.machine import MachineMaker, read_machinery
from topicscope.gui.controllers.automation.outage import Outage
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of
from topicscope.gui.widgets.pacer import Pacer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from topicscope.automation.publisher import TemplateOf, TemplateRenderer
    from topicscope.automation.responders.answering import ResponderStatus
    from topicscope.automation.responders.responder import Responder
    from topicscope.automation.schedules.runs import RunStatus
    from topicscope.automation.schedules.schedule import Schedule
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.controllers.automation.machine import Machine
    from topicscope.gui.dialogs.caution import Caution
    from topicscope.gui.filter_sources import FilterSources
    from topicscope.gui.library.automation import AutomationLibrary

LOOK_MS = 1000
"""While something runs, it is looked so often whether it has ended by itself."""


class Automating(QObject):
    """Owns the scheduler and the responders of one window, on the window's thread."""

    changed = Signal()
    """Something was started, or has stopped."""
    told = Signal(str, str)
    """Tone and a sentence."""
    _loop_found = Signal(str, str)

    def __init__(
        self,
        library: AutomationLibrary,
        bridge: ConnectionBridge,
        caution: Caution,
        sources: FilterSources,
        templates: TemplateOf,
        renderer: Callable[[], TemplateRenderer],
        window: QObject,
    ) -> None:
        """Take what is kept, the connection, who asks first, what filters know, and templates."""
        super().__init__(window)
        self.library = library
        self._number = library.acquire()
        self._bridge = bridge
        self._consent = Consent(bridge, caution)
        self.outage = Outage(bridge, self)
        self._maker = MachineMaker(bridge, sources, templates, renderer, self._loop_found.emit)
        self._machine: Machine | None = None
        self._is_closed = False
        self._answering: dict[str, Responder] = {}
        self._last_answers: dict[str, ResponderStatus] = {}
        self._reasons: dict[str, str] = {}
        self._noted: list[str] = []
        self._pacer = Pacer(LOOK_MS, "automation pacer", self)
        self._pacer.due.connect(self._note)
        self._loop_found.connect(self._on_loop_found)
        self.outage.began.connect(self._pause)
        self.outage.passed.connect(self._go_on)
        self.outage.ended.connect(self._end)
        library.responders_changed.connect(self._on_responders_changed)

    # Properties

    @property
    def running(self) -> list[str]:
        """The ids of all that runs."""
        found = self._machine.running_schedules() if self._machine else []
        for identifier in self._answering:
            status = self.responder_status(identifier)
            if status is None or not status.is_stopped:
                found.append(identifier)
        return found

    def problem(self) -> str:
        """Return why nothing can be started now, or an empty text."""
        if self._bridge.state.phase is not Phase.CONNECTED:
            return "Not connected: connect to a broker, then start it."
        if self._bridge.state.read_only:
            return READ_ONLY
        return ""

    def reason(self, identifier: str) -> str:
        """Return why it could not start, or why it was stopped; an empty text when a person stopped it."""
        return self._reasons.get(identifier, "")

    def schedule_status(self, identifier: str) -> RunStatus | None:
        """Return how a schedule stands, None when it was never started."""
        return self._machine.scheduler.status(identifier) if self._machine else None

    def responder_status(self, identifier: str) -> ResponderStatus | None:
        """Return how a responder stands, or stood when it was stopped; None when it was never started."""
        if identifier in self._answering and self._machine is not None:
            found = self._machine.engine.status(identifier)
            if found is not None:
                return found
        return self._last_answers.get(identifier)

    def is_answering(self, identifier: str) -> bool:
        """Tell whether a responder answers, or was stopped by the loop guard only."""
        return identifier in self._answering

    # Methods

    def start_schedules(self, schedules: Sequence[Schedule]) -> None:
        """Start these, from their begin if they run already."""
        begin = partial(self._begin, list(schedules), [])
        self._ask(len(schedules), "schedule", begin)

    def start_responders(self, responders: Sequence[Responder]) -> None:
        """Let these answer from now on."""
        begin = partial(self._begin, [], list(responders))
        self._ask(len(responders), "responder", begin)

    def stop(self, identifiers: Iterable[str]) -> None:
        """Stop these at once, schedules and responders alike."""
        chosen = set(identifiers)
        for identifier in chosen:
            self._reasons.pop(identifier, None)
            if self._machine is not None:
                self._machine.scheduler.stop(identifier)
        if chosen & set(self._answering):
            self._silence(chosen)
        self._note()

    @Slot()
    def stop_all(self) -> None:
        """Stop all at once."""
        self._stop_all("")

    def forget(self, identifier: str) -> None:
        """Stop one, and keep nothing of it: it is deleted."""
        self.stop([identifier])
        self._last_answers.pop(identifier, None)
        if self._machine is not None:
            self._machine.scheduler.forget(identifier)

    def close(self) -> None:
        """Stop all and end the threads; what ran is remembered as stopped by the exit of the program only."""
        self._is_closed = True
        self.library.release(self._number)
        machine, self._machine = self._machine, None
        if machine is not None:
            machine.close()

    # Slots

    @Slot()
    def _pause(self) -> None:
        running = self.running
        if self._machine is None or not running:
            return
        self._machine.scheduler.pause()
        self.told.emit(
            "warning",
            f"{_what(self.running, self._answering)} paused until the connection is back.",
        )
        self._note()

    @Slot()
    def _go_on(self) -> None:
        if self._machine is None:
            return
        self._machine.scheduler.resume()
        if self.running:
            self.told.emit(
                "info", f"The connection is back: {_what(self.running, self._answering)} going on."
            )
        self._note()

    @Slot()
    def _end(self) -> None:
        self._consent.withdraw()
        if self.running:
            what = _what(self.running, self._answering, past=True)
            self._stop_all("the connection ended")
            self.told.emit("warning", f"{what} stopped, because the connection ended.")
        if self._machine is not None:
            self._machine.scheduler.resume()

    @Slot()
    def _on_responders_changed(self) -> None:
        known = {one.id: one for one in self.library.responders}
        changed = {
            identifier: known[identifier]
            for identifier, rule in self._answering.items()
            if identifier in known and known[identifier] != rule
        }
        if changed:
            self._answering |= changed
            self._hand_rules()

    @Slot(str, str)
    def _on_loop_found(self, identifier: str, words: str) -> None:
        self._reasons[identifier] = words
        self.told.emit("warning", words)
        self._note()

    # Private

    def _ask(self, count: int, noun: str, then: Callable[[], None]) -> None:
        if problem := self.problem():
            self.told.emit("warning", problem)
        else:
            self._consent.ask(count, noun, then)

    def _begin(self, schedules: list[Schedule], responders: list[Responder]) -> None:
        spawn(self._start(schedules, responders), "start schedules")

    async def _start(self, schedules: list[Schedule], responders: list[Responder]) -> None:
        await in_worker_for(self, read_machinery)
        if self._is_closed:
            return
        if problem := self.problem():
            self.told.emit("warning", problem)
            return
        machine = self._machine = self._maker.renewed(self._machine)
        for schedule in schedules:
            self._reasons.pop(schedule.id, None)
            try:
                machine.scheduler.start(schedule)
            except ValueError as error:
                self._reasons[schedule.id] = str(error)
        for responder in responders:
            self._reasons.pop(responder.id, None)
            machine.engine.resume(responder.id)
            self._answering[responder.id] = responder
        if responders:
            self._hand_rules()
        self._note()

    def _hand_rules(self) -> None:
        if self._machine is not None:
            rules = [msgspec.structs.replace(one, enabled=True) for one in self._answering.values()]
            self._machine.engine.set_responders(rules)

    def _silence(self, identifiers: set[str]) -> None:
        for identifier in identifiers & set(self._answering):
            status = self.responder_status(identifier)
            if status is not None:
                self._last_answers[identifier] = status
            del self._answering[identifier]
        self._hand_rules()

    def _stop_all(self, reason: str) -> None:
        running = self.running
        if self._machine is not None:
            self._machine.scheduler.stop_all()
        self._silence(set(self._answering))
        for identifier in running:
            self._reasons[identifier] = reason
        self._note()

    @Slot()
    def _note(self) -> None:
        before, running = self._noted, self.running
        self._noted = running
        if self.outage.is_on and before and not running:
            # It was told that something goes on.
            self.told.emit("info", "All is stopped: nothing goes on when the connection is back.")
        if self.library.is_loaded and not self._is_closed:
            self.library.note_running(self._number, running)
        self.changed.emit()
        if running:
            self._pacer.wake_after(LOOK_MS)


def _what(running: Collection[str], answering: Collection[str], *, past: bool = False) -> str:
    """Name all that runs, with its verb."""
    responders = sum(one in answering for one in running)
    counts = ((len(running) - responders, "schedule"), (responders, "responder"))
    names = " and ".join(count_of(count, noun) for count, noun in counts if count)
    verbs = ("was", "were") if past else ("is", "are")
    return f"{names} {verbs[len(running) > 1]}"
