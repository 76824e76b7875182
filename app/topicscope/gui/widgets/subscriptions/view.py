"""The table of subscriptions: swatch, name, QoS and counts as far as there is room; keys and a menu for the rest."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QKeySequence, QPainter, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLineEdit,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from topicscope.gui.icons import icon
from topicscope.gui.models.subscriptions.subscription import SubscriptionState
from topicscope.gui.models.subscriptions.table import SubscriptionsModel
from topicscope.gui.theme import ROW_HEIGHT, notifier, series_colour
from topicscope.gui.widgets.subscriptions.options import SubscriptionOptions
from topicscope.gui.widgets.swatch import paint_swatch
from topicscope.profiles.filters import COLOURS

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from topicscope.gui.models.subscriptions.subscription import Subscription

ALIAS_LENGTH: Final = 60
_ICON_PIXELS: Final = 14
_FROM_WIDTH: Final = {
    SubscriptionsModel.MESSAGES: 330,
    SubscriptionsModel.BYTES: 420,
    SubscriptionsModel.LAST: 500,
}
"""How wide the table must be to show a column; the tooltip tells all of them."""
_WIDTHS: Final = {
    SubscriptionsModel.QOS: 48,
    SubscriptionsModel.RATE: 80,
    SubscriptionsModel.MESSAGES: 64,
    SubscriptionsModel.BYTES: 72,
    SubscriptionsModel.LAST: 76,
}


class SubscriptionsView(QTableView):
    """Shows a `SubscriptionsModel`; Space pauses, M mutes, S makes solo, R renames, Delete removes."""

    remove_asked = Signal(list)
    """Rows to unsubscribe from and forget."""
    pause_asked = Signal(list)
    """Rows to pause, or to resume when all of them are paused."""
    options_asked = Signal(list)
    """SubscriptionRequests with other options than those of the selected rows."""
    looks_changed = Signal()
    """Colour, mute or solo of rows is not what it was."""

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
        rows = self._selected()
        subscribed = [row for row in rows if not row.is_exclusion]
        paused = all(row.state is SubscriptionState.PAUSED for row in rows)
        muted = all(row.is_muted for row in subscribed)
        solo = all(row.is_solo for row in subscribed)
        for text, icon_name, keys, wish, sense in (
            (
                "Resume" if paused else "Pause",
                "play" if paused else "pause",
                "Space",
                self.pause,
                rows,
            ),
            (
                "Unmute" if muted else "Mute",
                "eye" if muted else "eye-off",
                "M",
                self.mute,
                subscribed,
            ),
            ("End solo" if solo else "Solo", "star", "S", self.solo, subscribed),
            ("Rename…", "pencil", "R", self.rename, rows),
            ("Copy Topic Filter", "copy", "Ctrl+C", self.copy_selected, rows),
            ("Remove", "trash-2", "Del", self.remove, rows),
        ):
            action = menu.addAction(icon(icon_name, "dim"), text)
            action.setShortcut(QKeySequence(keys))
            action.setEnabled(bool(sense))
            action.triggered.connect(wish)
        if subscribed:
            menu.addMenu(self._options_menu(subscribed, menu))
        menu.addMenu(self._colour_menu(bool(subscribed), menu))
        return menu

    # Slots

    @Slot()
    def copy_selected(self) -> None:
        """Put the selected Topic Filters on the clipboard, one a line."""
        shown = self._subscriptions.subscriptions
        texts = [shown[row].topic_filter for row in self.selected_rows()]
        QGuiApplication.clipboard().setText("\n".join(texts))

    @Slot()
    def pause(self) -> None:
        """Ask to pause the selected rows, or to resume them."""
        if rows := self.selected_rows():
            self.pause_asked.emit(rows)

    @Slot()
    def remove(self) -> None:
        """Ask to remove the selected rows."""
        if rows := self.selected_rows():
            self.remove_asked.emit(rows)

    @Slot()
    def mute(self) -> None:
        """Hide the messages of the selected subscriptions from the tables, or show them when all are hidden."""
        mute = not all(row.is_muted for row in self._selected() if not row.is_exclusion)
        self._for_subscribed(self._subscriptions.set_muted, mute)

    @Slot()
    def solo(self) -> None:
        """Show only the messages of the selected subscriptions, or all again."""
        solo = not all(row.is_solo for row in self._selected() if not row.is_exclusion)
        self._for_subscribed(self._subscriptions.set_solo, solo)

    @Slot()
    def rename(self) -> None:
        """Let a name be typed in place of the Topic Filter of the current row."""
        rows = self.selected_rows()
        if rows:
            self.edit(self._subscriptions.index(rows[0], SubscriptionsModel.FILTER))

    @Slot(QPoint)
    def _on_menu_asked(self, position: QPoint) -> None:
        self.context_menu().popup(self.viewport().mapToGlobal(position))

    @Slot()
    def _on_theme_changed(self) -> None:
        self.viewport().update()

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show each count only where there is room for it."""
        super().resizeEvent(event)
        for column, width in _FROM_WIDTH.items():
            narrow = self.width() < width
            if narrow != self.isColumnHidden(column):
                self.setColumnHidden(column, narrow)

    # Private

    def _selected(self) -> list[Subscription]:
        shown = self._subscriptions.subscriptions
        return [shown[row] for row in self.selected_rows()]

    def _for_subscribed(self, change: Callable[[int, bool], None], value: bool) -> None:
        for row in self.selected_rows():
            if not self._subscriptions.subscriptions[row].is_exclusion:
                change(row, value)
        self.looks_changed.emit()

    def _options_menu(self, rows: list[Subscription], parent: QMenu) -> QMenu:
        """Return the options of the first of the rows; what is chosen holds for all of them."""
        menu = SubscriptionOptions(rows[0].request, parent)
        menu.setTitle("Options")
        menu.setIcon(icon("settings", "dim"))
        menu.changed.connect(partial(self._on_options_changed, menu, rows))
        return menu

    def _on_options_changed(
        self, menu: SubscriptionOptions, rows: list[Subscription], _request: object = None
    ) -> None:
        self.options_asked.emit([menu.request_for(row.topic_filter) for row in rows])

    def _colour_menu(self, enabled: bool, parent: QMenu) -> QMenu:
        menu = QMenu("Colour", parent)
        menu.setIcon(icon("palette", "dim"))
        menu.setEnabled(enabled)
        for number, name in enumerate(COLOURS):
            action = menu.addAction(_swatch_icon(series_colour(number)), name.capitalize())
            action.triggered.connect(partial(self._on_colour_chosen, number))
        return menu

    def _on_colour_chosen(self, series: int, _checked: bool = False) -> None:
        for row in self.selected_rows():
            self._subscriptions.set_series(row, series)
        self.looks_changed.emit()

    def _set_up_look(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIconSize(QSize(_ICON_PIXELS, _ICON_PIXELS))
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
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
            ("Del", self.remove),
            ("Backspace", self.remove),
            ("Space", self.pause),
            ("M", self.mute),
            ("S", self.solo),
            ("R", self.rename),
            ("Ctrl+C", self.copy_selected),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(wish)


class _RowDelegate(QStyledItemDelegate):
    """Paints the swatch round; words of a selected row are in the colour of text, whatever they are else."""

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if option.state & QStyle.StateFlag.State_Selected:
            # The row is marked as a whole; a frame round one of its cells says nothing more.
            option.state &= ~QStyle.StateFlag.State_HasFocus
        tint = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(tint, QColor):
            option.icon = _swatch_icon(tint)
        if index.column() != SubscriptionsModel.FILTER:
            option.text += " "  # keeps the figures off the edge and off the scroll bar

    def createEditor(  # noqa: N802
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        editor = super().createEditor(parent, option, index)
        assert isinstance(editor, QLineEdit)
        editor.setMaxLength(ALIAS_LENGTH)
        editor.setPlaceholderText("A name of your own")
        editor.setAccessibleName("Name of the subscription")
        return editor


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
        # Qt would mix it with the colour of the selection.
        found.addPixmap(pixmap, QIcon.Mode.Selected)
    return found
