"""Which columns a table shows, in which order, and how it writes times: a menu, and what is remembered of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from topicscope.gui.models.messages.cell import TimeMode
from topicscope.gui.models.messages.columns import default_order
from topicscope.gui.settings import TableLayout, save_table, saved_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtWidgets import QHeaderView

    from topicscope.gui.models.messages.columns import Column
    from topicscope.gui.models.messages.table import MessageTableModel
    from topicscope.gui.widgets.messages.sizes import ColumnSizes

SAVE_DELAY_MS: Final = 400
TIME_MODES: Final = {
    TimeMode.LOCAL: ("Local time", 0),
    TimeMode.DATE: ("Local date and time", 23),
    TimeMode.UTC: ("UTC", 13),
    TimeMode.RELATIVE: ("Since the first row", 0),
}
"""How each is called, and the characters it needs beyond those of the column."""

LEVEL_KEYS = "level."
"""How the keys of columns begin that show a level of the topic."""


class ColumnChoice(QObject):
    """Shows, hides and orders the columns of one table as somebody wishes."""

    def __init__(self, header: QHeaderView, model: MessageTableModel, sizes: ColumnSizes) -> None:
        super().__init__(header)
        self._header = header
        self._model = model
        self._sizes = sizes
        self._keys = [column.key for column in model.columns]
        self._default = default_order(model.columns)
        self._remembered_as = ""
        self._arranging = False
        self._absent: tuple[str, ...] = ()
        self._delay = QTimer(self)
        self._delay.setObjectName("columns save delay")
        self._delay.setSingleShot(True)
        self._delay.setInterval(SAVE_DELAY_MS)
        self._delay.timeout.connect(self.save)
        self._arrange(TableLayout())
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_menu_requested)
        header.sectionMoved.connect(self._on_changed)
        sizes.sized_by_hand.connect(self._on_changed)

    # Properties

    @property
    def shown(self) -> list[str]:
        """Keys of the columns shown, from left to right."""
        return [self._keys[number] for number in self._order() if self._is_shown(number)]

    # Methods

    def remember_as(self, table: str) -> None:
        """Bring the columns back as they were left under this name, and remember them from now on."""
        self._remembered_as = table
        layout = saved_table(table)
        if layout is not None:
            self._arrange(layout)

    def menu(self, section: int = -1) -> QMenu:
        """Return the menu of columns; it deletes itself when closed. `section` is the column that was asked."""
        menu = QMenu(self._header.parentWidget())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if 0 <= section < len(self._keys):
            if self._keys[section] == "time":
                self._add_time_modes(menu)
                menu.addSeparator()
            hide = menu.addAction("Hide this column")
            hide.setEnabled(len(self.shown) > 1)
            hide.triggered.connect(partial(self.show_column, self._keys[section], False))
            menu.addSeparator()
        levels = QMenu("Levels", menu)
        for number in self._default:
            column = self._model.columns[number]
            # Columns that follow from the topics may be dozens: a menu with all of them is higher than a screen.
            if column.key.startswith(LEVEL_KEYS) and levels.isEmpty():
                menu.addMenu(levels)
            into = levels if column.key.startswith(LEVEL_KEYS) else menu
            action = into.addAction(column.name)
            action.setCheckable(True)
            action.setChecked(self._is_shown(number))
            action.setEnabled(not self._is_shown(number) or len(self.shown) > 1)
            action.toggled.connect(partial(self.show_column, column.key))
        menu.addSeparator()
        self._add_time_modes(menu.addMenu("Time as"))
        menu.addAction("Columns as at first").triggered.connect(self.reset)
        return menu

    def show_column(self, key: str, shown: bool) -> None:
        """Show a column or hide it; the last one stays."""
        number = self._keys.index(key)
        if shown == self._is_shown(number) or (not shown and len(self.shown) == 1):
            return
        self._header.setSectionHidden(number, not shown)
        self._renew()
        self._on_changed()

    def set_time_mode(self, mode: TimeMode) -> None:
        """Write times in another way."""
        self._model.set_time_mode(mode)
        self._sizes.set_time_width(TIME_MODES[mode][1])
        self._on_changed()

    def set_more_columns(self, more: Sequence[Column]) -> None:
        """Offer columns behind those of the table, in place of the ones before; shown are those that were chosen."""
        layout = self._layout()
        self._arranging = True
        self._model.set_more_columns(more)
        columns = self._model.columns
        self._keys = [column.key for column in columns]
        self._default = default_order(columns)
        self._sizes.set_columns(columns)
        self._arrange(layout)

    # Slots

    @Slot()
    def reset(self) -> None:
        """Bring the columns back as they were at first."""
        self._arrange(TableLayout())
        self._on_changed()

    @Slot()
    def save(self) -> None:
        """Remember the columns, if that is wished."""
        self._delay.stop()
        if self._remembered_as:
            save_table(self._remembered_as, self._layout())

    @Slot()
    def save_now(self) -> None:
        """Remember the columns at once where that still waits."""
        if self._delay.isActive():
            self.save()

    @Slot()
    def _on_changed(self) -> None:
        if self._remembered_as and not self._arranging:
            self._delay.start()

    @Slot(QPoint)
    def _on_menu_requested(self, place: QPoint) -> None:
        section = self._header.logicalIndexAt(place)
        self.menu(section).popup(self._header.viewport().mapToGlobal(place))

    # Private

    def _add_time_modes(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        for mode, (name, _) in TIME_MODES.items():
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(mode is self._model.time_mode)
            action.triggered.connect(partial(self._on_time_mode, mode))
            group.addAction(action)

    def _on_time_mode(self, mode: TimeMode, _checked: bool = False) -> None:
        self.set_time_mode(mode)

    def _is_shown(self, number: int) -> bool:
        return not self._header.isSectionHidden(number)

    def _order(self) -> list[int]:
        return [self._header.logicalIndex(place) for place in range(len(self._keys))]

    def _layout(self) -> TableLayout:
        return TableLayout(
            order=tuple(self._keys[number] for number in self._order()),
            shown=(*self.shown, *self._absent),
            widths=self._sizes.by_hand,
            time=self._model.time_mode.value,
        )

    def _arrange(self, layout: TableLayout) -> None:
        self._arranging = True
        columns = self._model.columns
        for place, number in enumerate(self._wished_order(layout.order)):
            self._header.moveSection(self._header.visualIndex(number), place)
        known = [key for key in layout.shown if key in self._keys]
        # Columns of level names come when topics do, and must not be forgotten until then.
        self._absent = tuple(key for key in layout.shown if key not in self._keys)
        for number, column in enumerate(columns):
            shown = column.key in known if known else column.chosen
            self._header.setSectionHidden(number, not shown)
        modes = {mode.value: mode for mode in TimeMode}
        mode = modes.get(layout.time, TimeMode.LOCAL)
        self._model.set_time_mode(mode)
        self._renew()
        self._sizes.set_time_width(TIME_MODES[mode][1])
        self._sizes.set_by_hand(layout.widths)
        self._arranging = False

    def _wished_order(self, keys: Iterable[str]) -> list[int]:
        """Return numbers of columns as wished; columns that nobody placed stand where they do at first."""
        order = [self._keys.index(key) for key in dict.fromkeys(keys) if key in self._keys]
        for place, number in enumerate(self._default):
            if number not in order:
                before = self._default[place - 1] if place else -1
                order.insert(order.index(before) + 1 if before in order else 0, number)
        return order

    def _renew(self) -> None:
        self._model.set_shown_columns(
            number for number in range(len(self._keys)) if self._is_shown(number)
        )
        self._sizes.share_again()
