"""What the filter bar, the tables, the saved filters and the colour rules of a window have to do with each other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal, Slot

from topicscope.gui.controllers.messages.row_colours import RowColours
from topicscope.gui.dialogs.help import HelpDialog
from topicscope.gui.tasks import in_worker, spawn
from topicscope.gui.widgets.filter.bar import FilterBar
from topicscope.gui.widgets.filter.edit import FilterHelpers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from topicscope.gui.connection.bridge import ConnectionBridge
    from topicscope.gui.library.filters import FilterLibrary
    from topicscope.gui.panes.messages import MessagesPane
    from topicscope.query import Completion, FilterError

_ABOUT_TO_WRITE = frozenset({QEvent.Type.Enter, QEvent.Type.FocusIn})


class Filtering(QObject):
    """The display filter of one window; `bar` is its row."""

    told = Signal(str, str)
    """Tone and a sentence."""

    def __init__(
        self, bridge: ConnectionBridge, messages: MessagesPane, library: FilterLibrary
    ) -> None:
        super().__init__(messages)
        self._bridge = bridge
        self._messages = messages
        self._library = library
        helpers = FilterHelpers(self._problem, self._complete, self._history)
        self.bar = FilterBar(helpers, library)
        self.colours = RowColours(bridge, messages.sources, library, self)
        self._connect()
        messages.filter.set_row_colours(self.colours.colour_of_row)
        self.bar.edit.installEventFilter(self)

    # Methods

    def know(
        self,
        *,
        subscriptions: Callable[[], Mapping[int, str]],
        level_names: Callable[[], Sequence[str]],
        level_of: Callable[[str, bytes], str | None],
    ) -> None:
        """Let filters ask for subscriptions by number, and for levels by name."""
        sources = self._messages.sources
        sources.subscriptions = subscriptions
        sources.level_names = level_names
        sources.level_of = level_of

    # Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Read the language of filters when somebody is about to write one: its first letter need not wait."""
        if event.type() in _ABOUT_TO_WRITE:
            watched.removeEventFilter(self)
            spawn(_read_language(), "read the filter language")
        return super().eventFilter(watched, event)

    # Slots

    @Slot()
    def forget_names(self) -> None:
        """Look again: what topic levels are called has changed."""
        self._messages.sources.forget()
        self.bar.edit.judge()
        self.colours.renew()
        if "level" in self._messages.filter.text:
            self._messages.filter.set_log(self._bridge.log)

    @Slot(str)
    def apply(self, text: str) -> None:
        """Use a filter from now on, and remember that it was used."""
        if self._try(partial(self._messages.filter.apply, text)):
            self._library.remember(text)
            if text:
                self._messages.filter.focus_table()

    @Slot(str, str)
    def narrow(self, joint: str, text: str) -> None:
        """Join a filter that a click wrote with the one in force."""
        if self._try(partial(self._messages.filter.narrow, joint, text)):
            self._library.remember(self._messages.filter.text)

    @Slot()
    def edit_rules(self) -> None:
        """Show the colour rules."""
        from topicscope.gui.dialogs.messages.colour_rules import ColourRulesDialog

        dialog = ColourRulesDialog(self._library.rules, self._problem, self.bar.window())
        dialog.rules_changed.connect(self._library.set_rules)
        dialog.open()

    @Slot()
    def show_help(self) -> None:
        """Show how a display filter is written."""
        HelpDialog("display-filter", self.bar.window()).show()

    @Slot(str)
    def _on_save_requested(self, text: str) -> None:
        from topicscope.gui.dialogs.messages.save_filter import SaveFilterDialog

        taken = [one.name for one in self._library.saved]
        dialog = SaveFilterDialog(text, taken, self.bar.window())
        dialog.saved.connect(self._library.save_filter)
        dialog.open()

    @Slot(str)
    def _on_filter_changed(self, text: str) -> None:
        self.bar.set_filter(text)
        self._show_result()

    @Slot()
    def _show_result(self) -> None:
        self.bar.set_result(self._messages.filter.result)

    @Slot()
    def _on_colours_changed(self) -> None:
        self._messages.renew_colours()

    # Private

    def _connect(self) -> None:
        bar, messages = self.bar, self._messages
        bar.applied.connect(self.apply)
        bar.left.connect(messages.filter.focus_table)
        bar.stop_requested.connect(messages.filter.stop)
        bar.save_requested.connect(self._on_save_requested)
        bar.rules_requested.connect(self.edit_rules)
        bar.help_requested.connect(self.show_help)
        messages.filter.narrowed.connect(self.narrow)
        messages.filter.changed.connect(self._on_filter_changed)
        messages.filter.progressed.connect(self._show_result)
        messages.counts_changed.connect(self._show_result)
        self.colours.changed.connect(self._on_colours_changed)
        self._library.told.connect(self.told)

    def _try(self, act: Callable[[], None]) -> bool:
        from topicscope.query import FilterError

        try:
            act()
        except FilterError as error:
            self.told.emit("warning", f"The filter was not applied: {error.message}.")
            return False
        return True

    def _problem(self, text: str) -> FilterError | None:
        return self._messages.sources.problem(text, self._bridge.log)

    def _complete(self, text: str, at: int) -> Sequence[Completion]:
        from topicscope.query import complete

        return complete(text, at, self._messages.sources.known(self._bridge.log))

    def _history(self) -> Sequence[str]:
        return self._library.history


async def _read_language() -> None:
    await in_worker(_parse_something)


def _parse_something() -> None:
    from topicscope.query import parse

    parse('topic ~ "a" and json.b > 1')
