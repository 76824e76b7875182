"""Templates as a tree: the templates of a folder, and the folders in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from topicscope.gui.icons import icon
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex

    from topicscope.automation.templates.template import MessageTemplate

TEMPLATE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
"""The `MessageTemplate` of a row, None for a folder."""
FOLDER_ROLE: Final = TEMPLATE_ROLE + 1
"""The folder of a row that is one."""
SEARCH_ROLE: Final = TEMPLATE_ROLE + 2


class TemplateTreeModel(QStandardItemModel):
    """Two columns: name, and topic."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(0, 2, parent)
        self.setHorizontalHeaderLabels(["Template", "Topic"])

    def set_templates(self, templates: Iterable[MessageTemplate]) -> None:
        """Show these."""
        self.removeRows(0, self.rowCount())
        folders: dict[str, QStandardItem] = {"": self.invisibleRootItem()}
        ordered = sorted(templates, key=_place)
        for template in ordered:
            self._folder(template.folder, folders).appendRow(_row(template))

    def _folder(self, path: str, folders: dict[str, QStandardItem]) -> QStandardItem:
        if path not in folders:
            above, _, name = path.rpartition("/")
            item = QStandardItem(icon("folder", "dim"), _one_line(name))
            item.setEditable(False)
            item.setData(path, FOLDER_ROLE)
            item.setData(path, SEARCH_ROLE)
            topic = QStandardItem()
            topic.setEditable(False)
            self._folder(above, folders).appendRow([item, topic])
            folders[path] = item
        return folders[path]


class TemplateSearch(QSortFilterProxyModel):
    """Shows the templates that have all words in name, folder, topic, payload or note, with their folders."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self.setRecursiveFilteringEnabled(True)

    def search(self, text: str) -> None:
        """Show only what has these words."""
        self._words = text.casefold().split()
        self.invalidate()

    def filterAcceptsRow(  # noqa: N802
        self, row: int, parent: QModelIndex | QPersistentModelIndex
    ) -> bool:
        """Say whether a row has the words; a folder is shown for what is in it."""
        if not self._words:
            return True
        index = self.sourceModel().index(row, 0, parent)
        if index.data(TEMPLATE_ROLE) is None:
            return False
        text = str(index.data(SEARCH_ROLE))
        return all(word in text for word in self._words)


def _row(template: MessageTemplate) -> list[QStandardItem]:
    name = QStandardItem(
        icon(
            "star" if template.in_bar else "message-square", "accent" if template.in_bar else "dim"
        ),
        _one_line(template.name),
    )
    topic = QStandardItem(_one_line(template.topic))
    texts = (template.path, template.topic, template.payload[:10_000], template.note)
    for item in (name, topic):
        item.setEditable(False)
        item.setData(template, TEMPLATE_ROLE)
        item.setData("\n".join(texts).casefold(), SEARCH_ROLE)
    return [name, topic]


def _place(template: MessageTemplate) -> tuple[list[str], str]:
    return template.folder.casefold().split("/"), template.name.casefold()


def _one_line(text: str) -> str:
    return safe_topic(text.encode(errors="replace"))
