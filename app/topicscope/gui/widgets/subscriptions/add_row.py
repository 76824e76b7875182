"""The line in which Topic Filters are typed: judged while typed, with those of late, options, and help on wildcards."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QStringListModel, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.models.subscriptions.overlap import overlap_warning
from topicscope.gui.models.subscriptions.subscription import share_warning
from topicscope.gui.theme import GRID, mono_font
from topicscope.gui.widgets.buttons import icon_button, name_button, push_button
from topicscope.gui.widgets.fields.topic_filter_edit import ReasonedEdit
from topicscope.gui.widgets.labels import WrappedLabel
from topicscope.gui.widgets.style import set_kind, set_tone
from topicscope.gui.widgets.subscriptions.options import SubscriptionOptions
from topicscope.mqtt.topics import topic_filter_problem
from topicscope.payload import preview

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from topicscope.gui.library.recent_filters import RecentFilters

EXAMPLES: Final = (
    ("+", "plant/+/temperature", "one level, whatever it says"),
    ("#", "plant/#", "all levels that follow"),
    ("$share", "$share/group/plant/#", "shared: each message goes to one member of the group"),
    (",", "plant/#, home/#", "several at once; \\, is a comma inside a filter"),
)
_EXCLUDE: Final = "Exclude: hide what matches, but go on receiving and counting it"
_SHOWN_FILTER_BYTES: Final = 80
_UNESCAPED_COMMA = re.compile(r"(?<!\\),")


def split_filters(text: str) -> list[str]:
    r"""Split what was typed at its commas; ``\\,`` is a comma inside a Topic Filter."""
    parts = (part.strip().replace("\\,", ",") for part in _UNESCAPED_COMMA.split(text))
    return [part for part in parts if part]


def filters_problem(text: str) -> str | None:
    """Say what is wrong with Topic Filters separated by commas, or None."""
    filters = split_filters(text)
    if not filters:
        return "A Topic Filter must be at least one character long"
    for topic_filter in filters:
        problem = topic_filter_problem(topic_filter)
        if problem is not None:
            return problem if len(filters) == 1 else f"{short_filter(topic_filter)}: {problem}"
    return None


def short_filter(topic_filter: str) -> str:
    """Return a Topic Filter as short, safe text."""
    return preview(topic_filter.encode(errors="replace"), _SHOWN_FILTER_BYTES)


class SubscriptionAddRow(QWidget):
    """A field, its options, and buttons to subscribe and to exclude."""

    subscribe_requested = Signal(list)
    """The SubscriptionRequests that were typed."""
    exclude_requested = Signal(list)
    """Topic Filters whose messages are to be hidden."""

    def __init__(self, recent: RecentFilters, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recent = recent
        self._known: Callable[[], Iterable[str]] = tuple
        self._field = ReasonedEdit(filters_problem, self)
        self.edit = self._field.edit
        self.options = SubscriptionOptions(parent=self)
        self.options_button = QToolButton(self)
        self.help_button = icon_button("info", _help_words(), parent=self)
        self.recent_button = icon_button("history", "Topic Filters of late", parent=self)
        self.exclude_button = icon_button("eye-off", _EXCLUDE, parent=self)
        self.add_button = push_button("Add", parent=self)
        self._warning = WrappedLabel(0, self)
        self._names = QStringListModel(self)
        self._completer = _LastFilterCompleter(self._names, self)
        self._set_up_field()
        self._set_up_buttons()
        self._lay_out()

    # Methods

    def reason(self) -> str:
        """Return why what was typed is not valid."""
        return self._field.reason()

    def warning(self) -> str:
        """Return what is said about Shared Subscriptions, and those that overlap."""
        return self._warning.text()

    def know(self, known: Callable[[], Iterable[str]]) -> None:
        """Ask for the Topic Filters that are subscribed to already."""
        self._known = known

    def help_menu(self) -> QMenu:
        """Return examples of wildcards; choosing one puts it into the field."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for _, example, meaning in EXAMPLES:
            action = menu.addAction(f"{example}\t{meaning}".replace("&", "&&"))
            action.triggered.connect(partial(self._put, example))
        return menu

    # Slots

    @Slot()
    def focus(self) -> None:
        """Put the cursor where a Topic Filter is typed."""
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.edit.selectAll()

    @Slot()
    def submit(self) -> None:
        """Ask to subscribe to what was typed."""
        if self._completer.take():
            return
        filters = self._take()
        if filters:
            requests = [self.options.request_for(text) for text in filters]
            self.subscribe_requested.emit(requests)

    @Slot()
    def submit_exclusion(self) -> None:
        """Ask to hide what was typed."""
        filters = self._take()
        if filters:
            self.exclude_requested.emit(filters)

    @Slot()
    def show_recent(self) -> None:
        """Offer the Topic Filters of late."""
        self._names.setStringList(self._recent.latest())
        self.edit.setFocus()
        self._completer.setCompletionPrefix("")
        self._completer.complete()

    @Slot()
    def _on_help_asked(self) -> None:
        self.help_menu().popup(self.edit.mapToGlobal(self.edit.rect().bottomLeft()))

    @Slot(str)
    def _on_text_changed(self, text: str) -> None:
        warnings = ""
        if not self.edit.problem:
            filters = split_filters(text)
            overlap = overlap_warning(filters, self._known())
            warnings = "\n".join(filter(None, [*map(share_warning, filters), overlap]))
        self._warning.setText(warnings)
        self._warning.setVisible(bool(warnings))

    @Slot(str)
    def _on_text_edited(self) -> None:
        self._names.setStringList(self._recent.latest())

    @Slot()
    def _on_options_changed(self) -> None:
        mark = "" if self.options.is_plain() else " •"
        self.options_button.setText(f"QoS {self.options.request.qos}{mark}")
        name_button(self.options_button, f"Options of the subscription\n{self.options.words()}")

    # Private

    def _take(self) -> list[str]:
        """Return what was typed and empty the field; nothing while it is not valid."""
        self.edit.setFocus()
        if not self.edit.is_valid():
            return []
        filters = split_filters(self.edit.text())
        self._recent.add(filters)
        self.edit.clear()
        return filters

    def _put(self, example: str, _checked: bool = False) -> None:
        self.edit.setText(example)
        self.edit.setFocus()

    def _set_up_field(self) -> None:
        edit = self.edit
        edit.setPlaceholderText("Topic Filter")
        edit.setAccessibleName("Topic Filter to subscribe to")
        edit.submitted.connect(self.submit)
        edit.textChanged.connect(self._on_text_changed)
        edit.textEdited.connect(self._on_text_edited)
        edit.setCompleter(self._completer)

    def _set_up_buttons(self) -> None:
        self.options_button.setMenu(self.options)
        self.options_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.options_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_kind(self.options_button, "button")
        self.options.changed.connect(self._on_options_changed)
        self._on_options_changed()
        name_button(self.add_button, "Subscribe (Enter)")
        self.help_button.clicked.connect(self._on_help_asked)
        self.recent_button.clicked.connect(self.show_recent)
        self.add_button.clicked.connect(self.submit)
        self.exclude_button.clicked.connect(self.submit_exclusion)

    def _lay_out(self) -> None:
        set_tone(self._warning, "warning")
        self._warning.hide()
        row = QHBoxLayout()
        row.setSpacing(2)
        for widget in (self.options_button, self.recent_button, self.help_button):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.exclude_button)
        row.addWidget(self.add_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(4)
        column.addWidget(self._field)
        column.addWidget(self._field.reason_label)
        column.addWidget(self._warning)
        column.addLayout(row)


class _LastFilterCompleter(QCompleter):
    """Completes the last of several Topic Filters, whatever part of it was typed."""

    def __init__(self, names: QStringListModel, row: SubscriptionAddRow) -> None:
        super().__init__(names, row)
        self._edit = row.edit
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setMaxVisibleItems(10)
        popup = self.popup()
        assert popup is not None
        popup.setFont(mono_font())

    def take(self) -> bool:
        """Close the list; tell whether something was chosen in it, which then stands in the field."""
        popup = self.popup()
        if popup is None or not popup.isVisible():
            return False
        popup.hide()
        return popup.currentIndex().isValid()

    def splitPath(self, path: str) -> list[str]:  # noqa: N802
        """Return what is completed: what stands behind the last comma."""
        return [_UNESCAPED_COMMA.split(path)[-1].strip()]

    def pathFromIndex(self, index: object) -> str:  # noqa: N802
        """Return the text of the field with the Topic Filter chosen at its end."""
        chosen = str(super().pathFromIndex(index)).replace(",", "\\,")  # type: ignore[arg-type]
        return ", ".join([*self._before(), chosen])

    def _before(self) -> list[str]:
        return [part.strip() for part in _UNESCAPED_COMMA.split(self._edit.text())[:-1]]


def _help_words() -> str:
    lines = [f"{sign}   {example}   {meaning}" for sign, example, meaning in EXAMPLES]
    return "\n".join(["Wildcards", *lines])
