"""Which broker it is and how it stands, with what can be done about it at the right."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.theme import ui_font
from topicscope.gui.widgets.buttons import icon_button, name_button, push_button
from topicscope.gui.widgets.labels import ElidedLabel
from topicscope.gui.widgets.status import StatusText
from topicscope.gui.widgets.style import set_kind

WATCH: Final = "Watch the broker"
_NAME_PIXELS: Final = 15


class StatusHeader(QFrame):
    """Name and version above a line on how it stands; buttons that stay where they are."""

    copy_requested = Signal(bool)
    """Whether a report is wanted as JSON, not as Markdown."""
    save_requested = Signal()
    help_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_kind(self, "header")
        self.name = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self.name.setFont(ui_font(QFont.Weight.DemiBold, _NAME_PIXELS))
        self.state = StatusText(self)
        self.watch_button = push_button(WATCH, "rss", parent=self)
        self.watch_button.setCheckable(True)
        self.watch_button.setAccessibleName(WATCH)
        words = "Show $SYS topics in tree and table too"
        self.show_button = icon_button("eye", words, checkable=True, parent=self)
        self.report_button = QToolButton(self)
        words = "Every topic as it was told, in a tree beside the figures"
        self.topics_button = icon_button("list-tree", words, checkable=True, parent=self)
        self._set_up_report()
        left = QVBoxLayout()
        left.setSpacing(2)
        left.addWidget(self.name)
        left.addWidget(self.state)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(4)
        row.addLayout(left, 1)
        row.addSpacing(4)
        row.addWidget(self.watch_button)
        row.addWidget(self.show_button)
        row.addWidget(self.report_button)
        row.addWidget(self.topics_button)

    def set_watching(self, watching: bool) -> None:
        """Show whether $SYS is subscribed to."""
        self.watch_button.setChecked(watching)
        self.watch_button.setText("Watching" if watching else WATCH)
        words = "Unsubscribe from $SYS/#" if watching else "Subscribe to $SYS/#, QoS 0"
        name_button(self.watch_button, words)
        self.watch_button.setAccessibleName(WATCH)
        self.show_button.setVisible(watching)

    def set_shown_elsewhere(self, shown: bool) -> None:
        """Show whether $SYS topics stand in tree and table."""
        self.show_button.setChecked(shown)

    def _set_up_report(self) -> None:
        button = self.report_button
        button.setIcon(icon("copy", "dim"))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        name_button(button, "Status report for a bug report")
        menu = QMenu(button)
        menu.addAction(icon("copy"), "Copy report as Markdown", self._copy_markdown)
        menu.addAction(icon("copy"), "Copy report as JSON", self._copy_json)
        menu.addAction(icon("save"), "Save report…", self.save_requested.emit)
        menu.addSeparator()
        menu.addAction("Help: broker status", self.help_requested.emit)
        button.setMenu(menu)

    def _copy_markdown(self) -> None:
        self.copy_requested.emit(False)

    def _copy_json(self) -> None:
        self.copy_requested.emit(True)
