"""Schedules and responders in the window: shown, made, edited, started and stopped as somebody asks."""

from __future__ import annotations

from collections import deque
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from topicscope.gui.controllers.automation.automating import Automating
from topicscope.gui.controllers.automation.making import Making, copy_of
from topicscope.gui.controllers.automation.requesting import Requesting
from topicscope.gui.dialogs.help import HelpDialog
from topicscope.gui.dialogs.question import Question
from topicscope.gui.models.automation.acting_rows import Details
from topicscope.gui.panes.automation import RESPONDERS, SCHEDULES, AutomationPane
from topicscope.gui.text import count_of
from topicscope.gui.widgets.pacer import Pacer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from topicscope.automation.responders.responder import Responder
    from topicscope.automation.schedules.schedule import Schedule
    from topicscope.automation.templates.rendering import Renderer
    from topicscope.automation.templates.template import MessageTemplate
    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.connection.publishing import Publishing
    from topicscope.gui.controllers.commands import Commands
    from topicscope.gui.dialogs.caution import Caution
    from topicscope.gui.library.automation import AutomationLibrary
    from topicscope.gui.panes.messages import MessagesPane

SHOW_MS = 250
RATE_OVER_S = 3.0
LEAST_SPAN_S = 0.1


class AutomationCommands(QObject):
    """Connects the pane with what is kept and what runs.

    Attributes:
        automating: starts and stops.
        pane: the tab.
        requests: the tab of requests and responses.

    """

    told = Signal(str, str)
    """Tone and a sentence."""
    pane_wanted = Signal()
    """The tab should come in sight."""

    def __init__(
        self,
        library: AutomationLibrary,
        bridge: ConnectionBridge,
        messages: MessagesPane,
        publishing: Publishing,
        caution: Caution,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._messages = messages
        self._library = library
        self._rates = Rates()
        self._is_seen = False
        self._is_closed = False
        templates = partial(_template, publishing)
        renderer = partial(_renderer, publishing)
        sources = messages.sources
        self.automating = Automating(library, bridge, caution, sources, templates, renderer, self)
        self.pane = AutomationPane(window)
        self._making = Making(bridge, sources, publishing.library, templates, renderer, window)
        self._pacer = Pacer(SHOW_MS, "automation pane pacer", self)
        self.requests = Requesting(bridge, messages, publishing, window)
        messages.add_tab(self.pane, "Automation")
        self._connect_pane()
        for signal in (library.told, self.automating.told, self._making.told, self.requests.told):
            signal.connect(self.told)
        for signal in (
            library.schedules_changed,
            library.responders_changed,
            self.automating.changed,
            self._pacer.due,
        ):
            signal.connect(self._show)
        self._making.schedule_made.connect(self._on_schedule_made)
        self._making.responder_made.connect(self._on_responder_made)
        self._making.offer_in((messages.messages.view, messages.packets.view))

    # Methods

    def connect_commands(self, commands: Commands) -> None:
        """Be there for the palette and for keys."""
        slots: dict[str, Callable[[], object]] = {
            "automation": self.show_pane,
            "requests": self._show_requests,
            "send_request": self.requests.send,
            "new_schedule": partial(self._making.edit_schedule, None),
            "new_responder": partial(self._making.edit_responder, None),
            "start_schedules": partial(self._when_loaded, partial(self._start_all, SCHEDULES)),
            "start_responders": partial(self._when_loaded, partial(self._start_all, RESPONDERS)),
            "stop_all": self.automating.stop_all,
            "schedules_help": partial(_show_help, "schedules", self._window),
            "responders_help": partial(_show_help, "responders", self._window),
        }
        for name, slot in slots.items():
            commands.connect_command(name, slot)

    @Slot()
    def show_pane(self) -> None:
        """Bring the tab in sight."""
        self.pane_wanted.emit()
        self._messages.show_page(self.pane)

    def close(self) -> None:
        """Stop all and end the threads, for the end of the window."""
        self._is_closed = True
        self.automating.close()

    # Slots

    @Slot(bool)
    def _on_seen_changed(self, seen: bool) -> None:
        self._is_seen = seen
        if seen:
            self._when_loaded(self._show)

    @Slot()
    def _show(self) -> None:
        """Show how all stand, and look again while something runs."""
        running = set(self.automating.running)
        answering = {one.id for one in self._library.responders} & running
        self.pane.set_running(
            len(running) - len(answering), len(answering), is_paused=self.automating.outage.is_on
        )
        if not self._is_seen or not self._library.is_loaded:
            return
        from topicscope.gui.controllers.automation import words

        automating = self.automating
        self.pane.schedules.set_rows(
            [words.schedule_row(one, automating) for one in self._library.schedules]
        )
        self.pane.responders.set_rows(
            [
                words.responder_row(one, automating, self._rate(one.id))
                for one in self._library.responders
            ]
        )
        self._show_details()
        if running:
            self._pacer.wake_after(SHOW_MS)

    @Slot()
    def _show_details(self) -> None:
        from topicscope.gui.controllers.automation import words

        schedules = self._schedules(self.pane.schedules.chosen()[:1])
        responders = self._responders(self.pane.responders.chosen()[:1])
        nothing = Details()
        self.pane.schedules.show_details(
            words.schedule_details(schedules[0], self.automating) if schedules else nothing
        )
        self.pane.responders.show_details(
            words.responder_details(responders[0], self.automating) if responders else nothing
        )

    @Slot(object, bool)
    def _on_schedule_made(self, schedule: Schedule, starts: bool) -> None:
        self._when_loaded(partial(self._keep_schedule, schedule, starts=starts))

    @Slot(object, bool)
    def _on_responder_made(self, responder: Responder, starts: bool) -> None:
        self._when_loaded(partial(self._keep_responder, responder, starts=starts))

    @Slot(object)
    def _start_schedules(self, identifiers: list[str]) -> None:
        self.automating.start_schedules(self._schedules(identifiers))

    @Slot(object)
    def _start_responders(self, identifiers: list[str]) -> None:
        self.automating.start_responders(self._responders(identifiers))

    # Private

    def _when_loaded(self, then: Callable[[], object]) -> None:
        self._library.load(partial(self._go_on, then))

    def _go_on(self, then: Callable[[], object]) -> None:
        # All windows share the library; this one may have been closed while its files were read.
        if not self._is_closed:
            then()

    def _start_all(self, kind: int) -> None:
        running = set(self.automating.running)
        every = self._library.schedules if kind == SCHEDULES else self._library.responders
        wanted = [one.id for one in every if one.enabled and one.id not in running]
        if not wanted:
            noun = "schedule" if kind == SCHEDULES else "responder"
            self.told.emit("info", f"There is no {noun} to start.")
        elif kind == SCHEDULES:
            self._start_schedules(wanted)
        else:
            self._start_responders(wanted)

    def _keep_schedule(self, schedule: Schedule, *, starts: bool) -> None:
        self._library.save_schedule(schedule)
        self.show_pane()
        self.pane.show_kind(SCHEDULES)
        self._show()
        self.pane.schedules.view.choose(schedule.id)
        if starts or schedule.id in self.automating.running:
            self.automating.start_schedules([schedule])

    def _keep_responder(self, responder: Responder, *, starts: bool) -> None:
        self._library.save_responder(responder)
        self.show_pane()
        self.pane.show_kind(RESPONDERS)
        self._show()
        self.pane.responders.view.choose(responder.id)
        if starts:
            self.automating.start_responders([responder])

    def _edit(self, kind: int, identifier: str) -> None:
        if kind == SCHEDULES:
            self._making.edit_schedule(self._schedules([identifier])[0])
        else:
            self._making.edit_responder(self._responders([identifier])[0])

    def _duplicate(self, kind: int, identifier: str) -> None:
        if kind == SCHEDULES:
            names = [one.name for one in self._library.schedules]
            copy = copy_of(self._schedules([identifier])[0], names)
            self._keep_schedule(copy, starts=False)
        else:
            names = [one.name for one in self._library.responders]
            self._keep_responder(copy_of(self._responders([identifier])[0], names), starts=False)

    def _delete(self, kind: int, identifiers: list[str]) -> None:
        noun = "schedule" if kind == SCHEDULES else "responder"
        question = Question(
            f"Delete {count_of(len(identifiers), noun)}?",
            "What runs of them is stopped. They cannot be brought back.",
            "Delete",
            "Keep",
            self._window,
        )
        question.accepted.connect(partial(self._delete_now, kind, list(identifiers)))
        question.open()

    def _delete_now(self, kind: int, identifiers: list[str]) -> None:
        for identifier in identifiers:
            self.automating.forget(identifier)
            if kind == SCHEDULES:
                self._library.delete_schedule(identifier)
            else:
                self._library.delete_responder(identifier)

    def _schedules(self, identifiers: Sequence[str]) -> list[Schedule]:
        return [one for one in self._library.schedules if one.id in identifiers]

    def _responders(self, identifiers: Sequence[str]) -> list[Responder]:
        return [one for one in self._library.responders if one.id in identifiers]

    def _rate(self, identifier: str) -> float:
        status = self.automating.responder_status(identifier)
        runs = status is not None and self.automating.is_answering(identifier)
        return self._rates.look(identifier, status.answers if status and runs else None)

    def _show_requests(self) -> None:
        self.pane_wanted.emit()
        self.requests.show_pane()

    def _connect_pane(self) -> None:
        pane = self.pane
        pane.seen_changed.connect(self._on_seen_changed)
        pane.stop_all_requested.connect(self.automating.stop_all)
        pane.schedules.start_requested.connect(self._start_schedules)
        pane.responders.start_requested.connect(self._start_responders)
        pane.schedules.new_requested.connect(partial(self._making.edit_schedule, None))
        pane.responders.new_requested.connect(partial(self._making.edit_responder, None))
        for kind, page in enumerate(pane.pages):
            page.stop_requested.connect(self.automating.stop)
            page.edit_requested.connect(partial(self._edit, kind))
            page.duplicate_requested.connect(partial(self._duplicate, kind))
            page.delete_requested.connect(partial(self._delete, kind))
            page.chosen_changed.connect(self._show_details)


class Rates:
    """Answers a second of each responder, over the last seconds."""

    def __init__(self) -> None:
        self._samples: dict[str, deque[tuple[float, int]]] = {}

    def look(self, identifier: str, answers: int | None) -> float:
        """Take note of how many answers there are now, None for one that does not run, and return the rate."""
        if answers is None:
            self._samples.pop(identifier, None)
            return 0.0
        now = monotonic()
        samples = self._samples.setdefault(identifier, deque())
        if samples and samples[-1][1] > answers:
            samples.clear()
        samples.append((now, answers))
        while now - samples[0][0] > RATE_OVER_S:
            samples.popleft()
        begun, before = samples[0]
        return (answers - before) / (now - begun) if now - begun > LEAST_SPAN_S else 0.0


def _template(publishing: Publishing, path: str) -> MessageTemplate:
    """Return a template of the library; raises KeyError. Any thread may ask."""
    found = publishing.library.template(path)
    if found is None:
        raise KeyError(path)
    return found


def _renderer(publishing: Publishing) -> Renderer:
    """Return what fills templates in, with counters of its own."""
    from topicscope.automation.templates.rendering import Renderer

    library = publishing.library
    return Renderer(
        environment=library.settings.environment,
        variables=publishing.variables(),
        folder=library.folder,
    )


def _show_help(page: str, window: QWidget, *_: object) -> None:
    HelpDialog(page, window).show()
