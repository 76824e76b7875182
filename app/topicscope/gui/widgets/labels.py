"""Words on screen: plain text always, cut in the middle, or broken between words, rather than growing."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption, QWidget

from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import mono_font, ui_font
from topicscope.gui.widgets.style import set_tone


def label(text: str = "", tone: str = "", parent: QWidget | None = None) -> QLabel:
    """Return a label that shows text literally."""
    made = QLabel(parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    if tone:
        set_tone(made, tone)
    return made


def strong_label(text: str = "", tone: str = "", parent: QWidget | None = None) -> QLabel:
    """Return a label in semi-bold."""
    made = label(text, tone, parent)
    made.setFont(ui_font(QFont.Weight.DemiBold))
    return made


def mono_label(text: str = "", tone: str = "", parent: QWidget | None = None) -> QLabel:
    """Return a label in the font of topics and numbers; its text can be selected and copied."""
    made = label(text, tone, parent)
    made.setFont(mono_font())
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


class ElidedLabel(QLabel):
    """One line of plain text that is cut where there is no room; the tooltip has all of it."""

    def __init__(
        self,
        text: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._mode = mode
        self._explanation = ""
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802
        """Show another text; line breaks count as spaces."""
        super().setText(" ".join(text.splitlines()))
        self._renew_tooltip()

    def set_explanation(self, text: str) -> None:
        """Set what the tooltip says below the full text."""
        self._explanation = text
        self._renew_tooltip()

    def shown_text(self) -> str:
        """Return what there is room for."""
        metrics = self.fontMetrics()
        shown = metrics.elidedText(self.text(), self._mode, self.contentsRect().width())
        # Three dots alone say nothing.
        return "" if shown == "…" else shown

    def minimumSizeHint(self) -> QSize:
        """Ask for room for a few characters only."""
        metrics = self.fontMetrics()
        shortest = metrics.horizontalAdvance("MM…")
        return QSize(min(shortest, self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the tooltip the full text only where it is cut."""
        super().resizeEvent(event)
        self._renew_tooltip()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as much of the text as there is room for."""
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            int(self.alignment()),
            option.palette,
            self.isEnabled(),
            self.shown_text(),
            self.foregroundRole(),
        )

    def _renew_tooltip(self) -> None:
        lines = [self.text()] if self.shown_text() != self.text() else []
        if self._explanation:
            lines.append(self._explanation)
        self.setToolTip(plain_tooltip("\n".join(lines)))


class WrappedLabel(QLabel):
    """Plain text, broken between words, and just as high as it needs to be.

    A layout that asks for the height before it knows the width would leave room for a column of words.
    """

    def __init__(self, least_height: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._least_height = least_height
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:  # noqa: N802
        """Say something else."""
        super().setText(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many lines as the words need now."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # A label counts its least height among the height that it needs.
        self.setMinimumHeight(0)
        self.setFixedHeight(max(self._least_height, self.heightForWidth(self.width())))
