"""A value over time as a line, over a span that somebody chooses; the window stays in use meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from topicscope.gui.text import count_of, format_date_time
from topicscope.gui.theme import UI_PIXELS
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.charts.chart import Chart
from topicscope.gui.widgets.labels import ElidedLabel, label
from topicscope.gui.widgets.style import set_tone
from topicscope.gui.widgets.tabs import SegmentedTabs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIZE: Final = (720, 420)
SPANS: Final = (("5 min", 300.0), ("15 min", 900.0), ("1 h", 3_600.0), ("All", None))


class HistoryDialog(QDialog):
    """Heading, chart, and the buttons around it; what it shows is up to those who are made of it."""

    def __init__(
        self,
        name: str,
        heading: str,
        about: str = "",
        views: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        """Make it for texts that are safe to show.

        Args:
            name: of the object.
            heading: what is charted.
            about: a line below the heading.
            views: ways to look at it, offered as tabs.
            parent: of the dialog.

        """
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{heading} — history")
        self.resize(*SIZE)
        self.views = SegmentedTabs(tuple(views), self)
        self.views.setAccessibleName("Rate or value")
        self.views.setVisible(bool(views))
        self.spans = SegmentedTabs(tuple(name for name, _ in SPANS), self)
        self.spans.setAccessibleName("Span of time")
        self.chart = Chart(heading, self)
        self.told_label = label("", "dim", self)
        self.copy_button = push_button("Copy values", "copy", parent=self)
        self.close_button = push_button("Close", kind="primary", parent=self)
        self._lay_out(heading, about)
        self.spans.currentChanged.connect(self._on_span_chosen)
        self.copy_button.clicked.connect(self._on_copy)
        self.close_button.clicked.connect(self.close)
        self.spans.setCurrentIndex(len(SPANS) - 1)
        self.chart.setFocus()

    # For those who are made of it

    def points(self) -> Iterable[tuple[int, float]]:
        """Return times in nanoseconds since the epoch, and values."""
        raise NotImplementedError

    # Slots

    @Slot(int)
    def _on_span_chosen(self, index: int) -> None:
        self.chart.set_span(SPANS[index][1])

    @Slot()
    def _on_copy(self) -> None:
        lines = [f"{format_date_time(time_ns)}\t{value}" for time_ns, value in self.points()]
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n" * bool(lines))
        self.told_label.setText(f"{count_of(len(lines), 'value')} copied.")

    # Private

    def _lay_out(self, heading: str, about: str) -> None:
        title = ElidedLabel(heading, Qt.TextElideMode.ElideRight, self)
        font = title.font()
        font.setPixelSize(UI_PIXELS + 3)
        font.setWeight(font.Weight.DemiBold)
        title.setFont(font)
        about_label = ElidedLabel(about, parent=self)
        set_tone(about_label, "dim")
        about_label.setVisible(bool(about))
        card = CardFrame("History", self)
        card.header.add_left_widget(self.views)
        card.header.add_widget(self.spans)
        holder = QWidget(card)
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(12, 8, 12, 8)
        inner.addWidget(self.chart)
        card.add(holder, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self.copy_button)
        bottom.addWidget(self.told_label, 1)
        bottom.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(about_label)
        column.addWidget(card, 1)
        column.addLayout(bottom)
