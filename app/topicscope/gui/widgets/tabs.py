"""Tabs as underlined words, and a card whose pages they choose."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from topicscope.gui.theme import ui_font
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.low_page import LowPage

TAB_PADDING = 10


class SegmentedTabs(QTabBar):
    """Words in a row, the chosen one underlined; arrow keys move between them."""

    def __init__(self, titles: tuple[str, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setUsesScrollButtons(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Pages")
        for title in titles:
            self.addTab(title)

    def tabSizeHint(self, index: int) -> QSize:  # noqa: N802
        """Keep room for the title in semi-bold, which it has when it is chosen."""
        metrics = QFontMetrics(ui_font(QFont.Weight.DemiBold))
        width = metrics.horizontalAdvance(self.tabText(index)) + 2 * TAB_PADDING
        if not self.tabIcon(index).isNull():
            width += self.iconSize().width() + TAB_PADDING
        return QSize(width, super().tabSizeHint(index).height())

    def minimumTabSizeHint(self, index: int) -> QSize:  # noqa: N802
        """Let a tab shrink to a few characters before the row scrolls."""
        return QSize(min(56, self.tabSizeHint(index).width()), self.tabSizeHint(index).height())


class TabbedCard(CardFrame):
    """A card with tabs in its header and a page for each."""

    page_changed = Signal(str)
    """The title of the page that is now shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.tabs = SegmentedTabs(parent=self)
        self.header.show()
        self.header.add_left_widget(self.tabs)
        self._stack = QStackedWidget(self)
        self.add(self._stack, 1)
        self.tabs.currentChanged.connect(self._on_tab_changed)

    def add_page(self, title: str, page: QWidget) -> int:
        """Add a page behind a new tab and return its index."""
        self._stack.addWidget(page)
        return self.tabs.addTab(title)

    def add_low_page(self, title: str, page: QWidget) -> int:
        """Add a page that scrolls where it is lower than it asks for, and return its index."""
        return self.add_page(title, LowPage(page, self))

    def page(self, index: int) -> QWidget | None:
        """Return the page behind a tab."""
        return _inside(self._stack.widget(index))

    def current_page(self) -> QWidget | None:
        """Return the page that is shown."""
        return _inside(self._stack.currentWidget())

    def show_page(self, page: QWidget) -> None:
        """Bring a page to the front."""
        pages = [self.page(index) for index in range(self._stack.count())]
        self.tabs.setCurrentIndex(pages.index(page) if page in pages else -1)

    @Slot(int)
    def _on_tab_changed(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        self.page_changed.emit(self.tabs.tabText(index))


def _inside(page: QWidget | None) -> QWidget | None:
    return page.widget() if isinstance(page, LowPage) else page
