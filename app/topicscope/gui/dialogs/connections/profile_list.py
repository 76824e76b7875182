"""The list of the connections dialog: folders and profiles, searched, dragged and renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.icons import icon, icon_pixmap
from topicscope.gui.models.connections.profile_tree import (
    EDITED_ROLE,
    KEY_ROLE,
    MARKS_ROLE,
    PROFILE_ROLE,
    SEARCH_ROLE,
    ProfileTreeModel,
)
from topicscope.gui.theme import ui_font
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.filter.menus import colour_icon

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QPainter

    from topicscope.profiles.profile import Profile

Index = QModelIndex | QPersistentModelIndex

ROW_HEIGHT: Final = 28
_MARK: Final = 14
_GAP: Final = 4
_NONE: Final = "No connections yet. Begin with one of the brokers on the right."
_NOT_FOUND: Final = "No connection has this in its name, folder, address or user name."


class ProfileDelegate(QStyledItemDelegate):
    """Paints a profile with its colour, and marks at the right end."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the row, then its marks."""
        super().paint(painter, option, index)
        ratio = painter.device().devicePixelRatio()
        place = self._mark_place(option.rect)
        for name, role in index.data(MARKS_ROLE) or ():
            painter.drawPixmap(place, icon_pixmap(name, role, _MARK, ratio))
            place.translate(-(_MARK + _GAP), 0)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return rows of one height."""
        return QSize(super().sizeHint(option, index).width(), ROW_HEIGHT)

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Cut the name where the marks begin; what is not saved has a dot and stands out."""
        super().initStyleOption(option, index)
        profile: Profile | None = index.data(PROFILE_ROLE)
        if profile is not None and profile.colour:
            option.icon = colour_icon(profile.colour)
        if index.data(EDITED_ROLE):
            option.font = ui_font(ui_font().Weight.DemiBold)
            option.text = f"• {option.text}"
        marks = len(index.data(MARKS_ROLE) or ())
        room = option.rect.width() - 28 - marks * (_MARK + _GAP)
        mode = Qt.TextElideMode.ElideRight
        option.text = option.fontMetrics.elidedText(option.text, mode, max(0, room))

    def _mark_place(self, row: QRect) -> QRect:
        top = row.top() + (row.height() - _MARK) // 2
        return QRect(row.right() - _MARK - _GAP, top, _MARK, _MARK)


class ProfileTreeView(QTreeView):
    """A tree whose Enter opens, whose Delete asks, and in which Alt and an arrow move a row."""

    opened = Signal()
    delete_requested = Signal()
    rename_requested = Signal()
    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Act on the keys of a list."""
        key, alt = event.key(), event.modifiers() == Qt.KeyboardModifier.AltModifier
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if alt and key in steps:
            self.stepped.emit(steps[Qt.Key(key)])
        elif (
            key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.state() != self.State.EditingState
        ):
            self.opened.emit()
        elif key == Qt.Key.Key_Delete:
            self.delete_requested.emit()
        elif key == Qt.Key.Key_F2:
            self.rename_requested.emit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()


class ProfileList(QWidget):
    """A search field above the tree; tells what is chosen."""

    chosen = Signal(str)
    """Key of the profile or folder that is chosen now, or an empty text."""
    opened = Signal()
    """Enter was pressed on a profile, or it was clicked twice."""
    delete_requested = Signal()
    rename_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ProfileTreeModel(self)
        self.found = ProfileSearch(self)
        self.found.setSourceModel(self.model)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search connections")
        self.search.setAccessibleName("Search connections")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self.view = ProfileTreeView(self)
        self.empty = EmptyState("server", _NONE, parent=self)
        self._stack = QStackedWidget(self)
        self._closed: list[str] = []
        self._kept = ""
        self._known: set[str] = set()
        self._is_moving = False
        self._set_up_view()
        self._lay_out()
        self._connect()

    # Methods

    def current_key(self) -> str:
        """Return the key of what is chosen, or an empty text."""
        return self.view.currentIndex().data(KEY_ROLE) or ""

    def current_profiles(self) -> list[Profile]:
        """Return the profile that is chosen, or those of the folder."""
        index = self.found.mapToSource(self.view.currentIndex())
        return self.model.profiles_below(index) if index.isValid() else []

    def set_profiles(self, profiles: list[Profile]) -> None:
        """Show these profiles; what is open and chosen stays."""
        self._on_about_to_move()
        self.model.set_profiles(profiles)
        self._on_moved()
        self._show_emptiness()

    def choose(self, key: str) -> None:
        """Choose a profile or folder and bring it into view; an empty key chooses nothing."""
        index = self.found.mapFromSource(self.model.index_of(key))
        if not index.isValid() and key:
            self.search.clear()
            index = self.found.mapFromSource(self.model.index_of(key))
        self.view.setCurrentIndex(index)
        if not index.isValid():
            self.view.clearSelection()
            self.chosen.emit("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep Enter in the search field from the default button of the dialog."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            event.accept()
        else:
            super().keyPressEvent(event)

    def first_profile(self) -> QModelIndex:
        """Return where the first profile is that is shown."""
        return self._first_profile(QModelIndex())

    def focus(self) -> None:
        """Put the focus into the tree."""
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    # Slots

    @Slot(str)
    def _on_searched(self, text: str) -> None:
        key = self.current_key()
        if text.strip() and not self.found.filterRegularExpression().pattern():
            self._closed = self._closed_folders()
        self.found.setFilterFixedString(text.strip())
        # What is found must be seen, and what was left out comes back closed.
        self.view.expandAll()
        if not text.strip():
            for folder in self._closed:
                self._collapse(folder)
        if (
            key
            and self.current_key() != key
            and self.found.mapFromSource(self.model.index_of(key)).isValid()
        ):
            self.choose(key)
        self._show_emptiness()

    @Slot(int)
    def _on_stepped(self, by: int) -> None:
        self.model.step(self.found.mapToSource(self.view.currentIndex()), by)

    @Slot()
    def _on_about_to_move(self) -> None:
        # A row that moves to another folder goes and comes again; meanwhile another would be chosen.
        self._kept = self.current_key()
        self._known = set(self.model.folders())
        self._is_moving = True

    @Slot()
    def _on_moved(self) -> None:
        for folder in self.model.folders():
            if folder not in self._known:
                self.view.expand(self._place_of(folder))
        index = self.found.mapFromSource(self.model.index_of(self._kept))
        if self.current_key() != self._kept and (index.isValid() or not self._kept):
            self.view.setCurrentIndex(index)
        self._is_moving = False

    @Slot(QModelIndex)
    def _on_current_changed(self, current: QModelIndex) -> None:
        if not self._is_moving:
            self.chosen.emit(current.data(KEY_ROLE) or "")

    @Slot()
    def _on_opened(self) -> None:
        index = self.view.currentIndex()
        if index.data(PROFILE_ROLE) is not None:
            self.opened.emit()
        elif index.isValid():
            self.view.setExpanded(index, not self.view.isExpanded(index))

    @Slot()
    def _on_rename(self) -> None:
        index = self.view.currentIndex()
        if index.data(PROFILE_ROLE) is None and index.isValid():
            self.view.edit(index)
        else:
            self.rename_requested.emit()

    @Slot()
    def _on_search_submitted(self) -> None:
        first = self._first_profile(QModelIndex())
        if first.isValid():
            self.view.setCurrentIndex(first)
            self.focus()

    # Private

    def _first_profile(self, parent: QModelIndex) -> QModelIndex:
        for row in range(self.found.rowCount(parent)):
            index = self.found.index(row, 0, parent)
            if index.data(PROFILE_ROLE) is None:
                index = self._first_profile(index)
            if index.isValid():
                return index
        return QModelIndex()

    def _closed_folders(self) -> list[str]:
        places = {folder: self._place_of(folder) for folder in self.model.folders()}
        return [folder for folder, index in places.items() if not self.view.isExpanded(index)]

    def _collapse(self, folder: str) -> None:
        self.view.collapse(self._place_of(folder))

    def _place_of(self, folder: str) -> QModelIndex:
        return self.found.mapFromSource(self.model.index_of_folder(folder))

    def _show_emptiness(self) -> None:
        is_empty = self.found.rowCount() == 0
        self.empty.set_sentence(_NOT_FOUND if self.search.text().strip() else _NONE)
        self._stack.setCurrentWidget(self.empty if is_empty else self.view)

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self.found)
        view.setItemDelegate(ProfileDelegate(view))
        view.setAccessibleName("Connections")
        view.setHeaderHidden(True)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setIndentation(16)
        view.setUniformRowHeights(True)
        view.setExpandsOnDoubleClick(True)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        view.setDragEnabled(True)
        view.setDropIndicatorShown(True)
        view.setDragDropOverwriteMode(False)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._on_searched)
        self.search.returnPressed.connect(self._on_search_submitted)
        down = QShortcut(QKeySequence(Qt.Key.Key_Down), self.search)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(self._on_search_submitted)
        self.view.opened.connect(self._on_opened)
        self.view.doubleClicked.connect(self._on_double_clicked)
        self.view.delete_requested.connect(self.delete_requested)
        self.view.rename_requested.connect(self._on_rename)
        self.view.stepped.connect(self._on_stepped)
        self.model.about_to_move.connect(self._on_about_to_move)
        self.model.moved.connect(self._on_moved)
        self.view.selectionModel().currentChanged.connect(self._on_current_changed)

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        if index.data(PROFILE_ROLE) is not None:
            self.opened.emit()

    def _lay_out(self) -> None:
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 0)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self._stack, 1)
        self._show_emptiness()


class ProfileSearch(QSortFilterProxyModel):
    """Keeps the profiles in which a text stands, with their folders, and all of a folder called so."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFilterRole(SEARCH_ROLE)
        self.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setRecursiveFilteringEnabled(True)
        self.setAutoAcceptChildRows(True)
