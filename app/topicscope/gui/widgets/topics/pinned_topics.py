"""Pinned topics: a few rows above the tree that stay in sight wherever the tree is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QMenu, QWidget

from topicscope.gui.icons import icon_pixmap
from topicscope.gui.models.topics.columns import AGE
from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import ROW_HEIGHT, colour, notifier
from topicscope.gui.widgets.messages.actions import add_action
from topicscope.gui.widgets.messages.painting import PADDING, TextPainter, paint_focus
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPaintEvent

    from topicscope.gui.models.topics.tree import TopicTreeModel

MOST_ROWS = 6
"""More pinned topics than these are scrolled to."""
_PIN = 12
_LEFT = 8
_SHARE_OF_TOPIC = 0.6
_AGE_CHARACTERS = 13
_LEAST_VALUE = 36

Index = QModelIndex | QPersistentModelIndex
_ROOT_INDEX = QModelIndex()


class PinnedModel(QAbstractListModel):
    """The Topic Names that are pinned, in the order in which that was done; they outlive a capture."""

    def __init__(self, tree: TopicTreeModel) -> None:
        super().__init__(tree)
        self._tree = tree
        self.paths: list[bytes] = []

    def toggle(self, path: bytes) -> bool:
        """Pin a Topic Name, or let it go; tell whether it is pinned now."""
        if path in self.paths:
            row = self.paths.index(path)
            self.beginRemoveRows(_ROOT_INDEX, row, row)
            del self.paths[row]
            self.endRemoveRows()
            return False
        row = len(self.paths)
        self.beginInsertRows(_ROOT_INDEX, row, row)
        self.paths.append(path)
        self.endInsertRows()
        return True

    def node(self, row: int) -> int:
        """Return the node of a pinned topic in this capture; -1 where it has none."""
        return self._tree.topics.find(self.paths[row])

    def value(self, row: int) -> tuple[str, bool]:
        """Return what is said of a pinned topic, and whether that is a value rather than its absence."""
        node = self.node(row)
        if node < 0:
            return "not seen", False
        value = self._tree.texts.value(node)
        return (value.text, not value.absent) if value is not None else ("", False)

    def silence(self, row: int) -> str:
        """Return for how long a pinned topic has missed its rhythm, empty when it has not."""
        node, texts = self.node(row), self._tree.texts
        if node < 0 or texts.then is not None or not texts.facts.is_silent(node):
            return ""
        return texts.cell(node, AGE)

    # Qt overrides

    def rowCount(self, parent: Index = _ROOT_INDEX) -> int:
        """Return how many topics are pinned."""
        return 0 if parent.isValid() else len(self.paths)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return the Topic Name, and all of a row for screen readers."""
        if not index.isValid():
            return None
        row = index.row()
        name = safe_topic(self.paths[row])
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return " ".join(filter(None, (name, self.value(row)[0], self.silence(row))))
        if role == Qt.ItemDataRole.ToolTipRole:
            node = self.node(row)
            return plain_tooltip(name if node < 0 else self._tree.texts.explanation(node))
        return None


class PinnedTopics(QListView):
    """The pinned topics with their last values; hidden while there are none."""

    reveal_requested = Signal(object)
    """A Topic Name, in bytes, that should be shown in the tree."""
    filter_requested = Signal(object)
    """A Topic Name, in bytes: only what is on it and below should be shown."""
    unpin_requested = Signal(object)

    def __init__(self, model: PinnedModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._painter = TextPainter()
        self.setModel(model)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Pinned topics")
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._on_clicked)
        model.rowsInserted.connect(self._resize)
        model.rowsRemoved.connect(self._resize)
        notifier().theme_changed.connect(self._on_theme_changed)
        self._resize()

    # Methods

    def menu(self) -> QMenu:
        """Return a menu of what can be done with the current topic; it deletes itself when closed."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        add_action(menu, "Show in the tree", "list-tree", self._request_reveal)
        add_action(menu, "Show only this", "list-filter", self._request_filter)
        add_action(menu, "Unpin", "pin", self._request_unpin)
        return menu

    # Slots

    @Slot(QModelIndex)
    def _on_clicked(self, _index: QModelIndex) -> None:
        self._request_reveal()

    @Slot()
    def _request_reveal(self) -> None:
        if (path := self._current()) is not None:
            self.reveal_requested.emit(path)

    @Slot()
    def _request_filter(self) -> None:
        if (path := self._current()) is not None:
            self.filter_requested.emit(path)

    @Slot()
    def _request_unpin(self) -> None:
        if (path := self._current()) is not None:
            self.unpin_requested.emit(path)

    @Slot()
    def _resize(self) -> None:
        rows = min(MOST_ROWS, self._model.rowCount())
        self.setFixedHeight(rows * ROW_HEIGHT)
        self.setVisible(bool(rows))

    @Slot()
    def _on_theme_changed(self) -> None:
        self._painter = TextPainter()
        self.viewport().update()

    # Qt overrides

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in sight, without delegate or style."""
        painter = QPainter(self.viewport())
        painter.setFont(self._painter.font)
        first = self.verticalScrollBar().value() // ROW_HEIGHT
        top = first * ROW_HEIGHT - self.verticalScrollBar().value()
        for row in range(first, self._model.rowCount()):
            if top > event.rect().bottom():
                break
            self._paint_row(painter, row, top)
            top += ROW_HEIGHT

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show only the topic on Enter, let it go on Delete."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._request_filter()
        elif event.key() == Qt.Key.Key_Delete:
            self._request_unpin()
        elif event.key() == Qt.Key.Key_Space:
            self._request_reveal()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the topic."""
        if self._current() is not None:
            self.menu().popup(event.globalPos())

    # Private

    def _current(self) -> bytes | None:
        index = self.currentIndex()
        return self._model.paths[index.row()] if index.isValid() else None

    def _paint_row(self, painter: QPainter, row: int, top: int) -> None:
        width, draw = self.viewport().width(), self._painter.draw
        index = self._model.index(row)
        if self.selectionModel().isSelected(index):
            painter.fillRect(0, top, width, ROW_HEIGHT, colour("selection"))
        if self.hasFocus() and index == self.currentIndex():
            paint_focus(painter, top, width, colour("accent"))
        pin = icon_pixmap("pin", "accent", _PIN, painter.device().devicePixelRatio())
        painter.drawPixmap(_LEFT, top + (ROW_HEIGHT - _PIN) // 2, pin)
        begin = _LEFT + _PIN
        names = round((width - begin) * _SHARE_OF_TOPIC)
        painter.setPen(colour("text"))
        draw(painter, begin, top, names, str(index.data()), middle=True)
        end = width
        if silence := self._model.silence(row):
            wide = round(min(len(silence), _AGE_CHARACTERS) * self._painter.advance) + 2 * PADDING
            painter.setPen(colour("warning"))
            draw(painter, end - wide, top, wide, silence, right=True)
            end -= wide
        text, present = self._model.value(row)
        if end - begin - names < _LEAST_VALUE:
            return
        painter.setPen(colour("dim" if present else "faint"))
        draw(painter, begin + names, top, end - begin - names, text, right=True)
