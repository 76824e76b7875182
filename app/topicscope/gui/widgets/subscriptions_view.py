"""The table of subscriptions: swatch, Topic Filter, QoS, rate; keys and a menu for what can be done."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QKeySequence, QPainter, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from topicscope.gui.icons import icon
from topicscope.gui.models.subscriptions import SubscriptionsModel, SubscriptionState
from topicscope.gui.theme import ROW_HEIGHT, notifier, series_colour
from topicscope.gui.widgets.swatch import paint_swatch

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

SWATCHES: Final = 8
_ICON_PIXELS: Final = 14
_MESSAGES_FROM_WIDTH: Final = 330
_WIDTHS: Final = {
    SubscriptionsModel.QOS: 40,
    SubscriptionsModel.RATE: 70,
    SubscriptionsModel.MESSAGES: 64,
}


class SubscriptionsView(QTableView):
    """Shows a `SubscriptionsModel`; Space pauses, Delete removes."""

    remove_asked = Signal()
    pause_asked = Signal()
    """Pause the selected rows, or resume them when all of them are paused."""
    colour_asked = Signal(QColor)

    def __init__(self, model: SubscriptionsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subscriptions = model
        self.setModel(model)
        self.setAccessibleName("Subscriptions")
        self.setItemDelegate(_RowDelegate(self))
        self._set_up_look()
        self._set_up_columns()
        self._set_up_keys()
        self.customContextMenuRequested.connect(self._on_menu_asked)
        notifier().theme_changed.connect(self._on_theme_changed)

    # Methods

    def selected_rows(self) -> list[int]:
        """Return the rows that are selected, from the top."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def context_menu(self) -> QMenu:
        """Return what can be done with the selected rows."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rows, shown = self.selected_rows(), self._subscriptions.subscriptions
        paused = all(shown[row].state is SubscriptionState.PAUSED for row in rows)
        name, words = ("play", "Resume") if paused and rows else ("pause", "Pause")
        for text, icon_name, keys, wish in (
            (words, name, "Space", self.pause_asked.emit),
            ("Remove", "trash-2", "Del", self.remove_asked.emit),
            ("Copy Topic Filter", "copy", "Ctrl+C", self.copy_selected),
        ):
            action = menu.addAction(icon(icon_name, "dim"), text)
            action.setShortcut(QKeySequence(keys))
            action.setEnabled(bool(rows))
            action.triggered.connect(wish)
        colours = menu.addMenu(icon("palette", "dim"), "Colour")
        colours.setEnabled(bool(rows))
        for number in range(SWATCHES):
            tint = series_colour(number)
            action = colours.addAction(_swatch_icon(tint), f"Colour {number + 1}")
            action.triggered.connect(partial(self.colour_asked.emit, tint))
        return menu

    # Slots

    @Slot()
    def copy_selected(self) -> None:
        """Put the selected Topic Filters on the clipboard, one a line."""
        shown = self._subscriptions.subscriptions
        texts = [shown[row].topic_filter for row in self.selected_rows()]
        QGuiApplication.clipboard().setText("\n".join(texts))

    @Slot(QPoint)
    def _on_menu_asked(self, position: QPoint) -> None:
        self.context_menu().popup(self.viewport().mapToGlobal(position))

    @Slot()
    def _on_theme_changed(self) -> None:
        self.viewport().update()

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the number of messages only where there is room for it."""
        super().resizeEvent(event)
        narrow = self.width() < _MESSAGES_FROM_WIDTH
        if narrow != self.isColumnHidden(SubscriptionsModel.MESSAGES):
            self.setColumnHidden(SubscriptionsModel.MESSAGES, narrow)

    # Private

    def _set_up_look(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIconSize(QSize(_ICON_PIXELS, _ICON_PIXELS))
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def _set_up_columns(self) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        columns = self.horizontalHeader()
        columns.hide()
        columns.setMinimumSectionSize(24)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(SubscriptionsModel.FILTER, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            columns.resizeSection(column, width)

    def _set_up_keys(self) -> None:
        for keys, wish in (
            ("Del", self.remove_asked.emit),
            ("Backspace", self.remove_asked.emit),
            ("Space", self.pause_asked.emit),
            ("Ctrl+C", self.copy_selected),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(wish)


class _RowDelegate(QStyledItemDelegate):
    """Paints the swatch round, and keeps the colour of words when a row is selected."""

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if index.data(Qt.ItemDataRole.ForegroundRole) is not None:
            option.palette.setBrush(option.palette.ColorRole.HighlightedText, option.palette.text())
        tint = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(tint, QColor):
            option.icon = _swatch_icon(tint)
        if index.column() != SubscriptionsModel.FILTER:
            option.text += " "  # keeps the figures off the edge and off the scroll bar


_swatch_icons: dict[str, QIcon] = {}


def _swatch_icon(tint: QColor) -> QIcon:
    found = _swatch_icons.get(tint.name())
    if found is None:
        pixmap = QPixmap(2 * _ICON_PIXELS, 2 * _ICON_PIXELS)
        pixmap.setDevicePixelRatio(2)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        half = pixmap.rect().toRectF().adjusted(0, 0, -_ICON_PIXELS, -_ICON_PIXELS)
        paint_swatch(painter, half, tint)
        painter.end()
        found = _swatch_icons[tint.name()] = QIcon(pixmap)
    return found
