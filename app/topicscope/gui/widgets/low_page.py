"""A page that can be lower than what it holds: it scrolls then, in place of making the window grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt

from topicscope.gui.widgets.tall_area import TallArea

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

LEAST_HEIGHT: Final = 128


class LowPage(TallArea):
    """Asks for the width of what it holds, and for little height."""

    def __init__(self, page: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._page = page
        self.setWidget(page)
        # The ground is that of the card.
        self.viewport().setAutoFillBackground(False)
        page.setAutoFillBackground(False)

    def minimumSizeHint(self) -> QSize:
        """Return the least width of the page and a height at which it can still be used."""
        least = self._page.minimumSizeHint()
        return QSize(least.width(), min(least.height(), LEAST_HEIGHT))
