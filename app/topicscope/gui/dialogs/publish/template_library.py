"""The templates in their folders: look for one, publish it, fill it in, edit, delete, import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.dialogs.question import Question
from topicscope.gui.models.publish.template_tree import (
    TEMPLATE_ROLE,
    TemplateSearch,
    TemplateTreeModel,
)
from topicscope.gui.text import plain_tooltip
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.buttons import icon_button, push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.empty_state import EmptyState
from topicscope.gui.widgets.labels import ElidedLabel, label, strong_label
from topicscope.gui.widgets.mono_view import MonoView
from topicscope.payload.text import escape, escape_lines, safe_topic

if TYPE_CHECKING:
    from topicscope.automation.templates.template import MessageTemplate
    from topicscope.gui.library.publishing import PublishLibrary

SIZE: Final = (860, 560)
_NOTHING = (
    "No templates yet. Write a message in the Publish pane and save it as a template,"
    " or import those of MQTT.fx or MQTTX."
)
_LONGEST_SHOWN = 20_000


class TemplateLibraryDialog(QDialog):
    """A tree with a search field, and the template that is chosen; it stays open beside the window."""

    publish_requested = Signal(object)
    """A `MessageTemplate`."""
    fill_requested = Signal(object)
    """A `MessageTemplate`: to be put into the fields."""
    edit_requested = Signal(object)
    """A `MessageTemplate`: name, folder and button."""
    import_requested = Signal()
    variables_requested = Signal()

    def __init__(self, library: PublishLibrary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("template-library")
        self.setWindowTitle("Templates — Topicscope")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*SIZE)
        self._library = library
        self._reason = ""
        self.model = TemplateTreeModel(self)
        self.search = TemplateSearch(self)
        self.search.setSourceModel(self.model)
        self.search_edit = QLineEdit(self)
        self.search_edit.setPlaceholderText("Search name, topic, payload")
        self.search_edit.setAccessibleName("Search templates")
        self.search_edit.setClearButtonEnabled(True)
        self.tree = QTreeView(self)
        self.details = _Details(self)
        self.empty = EmptyState("folder", _NOTHING, "Import…", self)
        self._stack = QStackedWidget(self)
        self.folder_button = icon_button("folder-open", "Open the folder of the files", parent=self)
        self.import_button = push_button("Import…", "download", parent=self)
        self.variables_button = push_button("Variables…", parent=self)
        self.delete_button = push_button("Delete", "trash-2", parent=self)
        self.edit_button = push_button("Edit…", "pencil", parent=self)
        self.fill_button = push_button("Fill in", parent=self)
        self.publish_button = push_button("Publish", "send", kind="primary", parent=self)
        self._set_up_tree()
        self._lay_out()
        self._connect()
        self._renew()

    # Methods

    def set_off(self, reason: str) -> None:
        """Switch publishing off and say why; with an empty reason, on."""
        self._reason = reason
        self._on_selected()

    def chosen(self) -> MessageTemplate | None:
        """Return the template that is chosen."""
        index = self.tree.currentIndex()
        return index.siblingAtColumn(0).data(TEMPLATE_ROLE) if index.isValid() else None

    # Slots

    @Slot()
    def _renew(self) -> None:
        before = self.chosen()
        self.model.set_templates(self._library.templates)
        self.tree.expandAll()
        self._stack.setCurrentIndex(0 if self._library.templates else 1)
        self._choose(before.path if before else "")

    @Slot(str)
    def _on_searched(self, text: str) -> None:
        self.search.search(text)
        self.tree.expandAll()
        self._choose("")

    @Slot()
    def _on_selected(self) -> None:
        template = self.chosen()
        self.details.show_template(template)
        self.publish_button.setEnabled(template is not None and not self._reason)
        self.publish_button.setToolTip(plain_tooltip(self._reason))
        for button in (self.fill_button, self.edit_button, self.delete_button):
            button.setEnabled(template is not None)

    @Slot()
    def _on_publish(self) -> None:
        if (template := self.chosen()) is not None and not self._reason:
            self.publish_requested.emit(template)

    @Slot()
    def _on_fill(self) -> None:
        if (template := self.chosen()) is not None:
            self.fill_requested.emit(template)

    @Slot()
    def _on_edit(self) -> None:
        if (template := self.chosen()) is not None:
            self.edit_requested.emit(template)

    @Slot()
    def _on_delete(self) -> None:
        template = self.chosen()
        if template is None:
            return
        question = Question(
            f"Delete “{escape(template.name)}”?",
            "Its file is deleted; what was published with it stays in the history.",
            "Delete it",
            "Keep it",
            self,
        )
        question.accepted.connect(self._delete_chosen)
        question.open()

    @Slot()
    def _delete_chosen(self) -> None:
        if (template := self.chosen()) is not None:
            self._library.delete(template.path)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        if index.siblingAtColumn(0).data(TEMPLATE_ROLE) is not None:
            self._on_fill()

    @Slot()
    def _on_folder(self) -> None:
        self._library.folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._library.folder)))

    # Private

    def _choose(self, path: str) -> None:
        """Choose the template of a path, or the first."""
        first = found = QModelIndex()
        waiting = [self.search.index(row, 0) for row in range(self.search.rowCount())]
        while waiting and not found.isValid():
            index = waiting.pop(0)
            template = index.data(TEMPLATE_ROLE)
            if template is None:
                children = range(self.search.rowCount(index))
                waiting[:0] = [self.search.index(row, 0, index) for row in children]
            elif template.path == path:
                found = index
            elif not first.isValid():
                first = index
        self.tree.setCurrentIndex(found if found.isValid() else first)
        self._on_selected()

    def _set_up_tree(self) -> None:
        tree = self.tree
        tree.setModel(self.search)
        tree.setAccessibleName("Templates")
        tree.setFrameShape(QFrame.Shape.NoFrame)
        tree.setUniformRowHeights(True)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.header().hide()
        tree.setColumnHidden(1, True)

    def _connect(self) -> None:
        library = self._library
        library.templates_changed.connect(self._renew)
        self.search_edit.textChanged.connect(self._on_searched)
        self.tree.selectionModel().currentChanged.connect(self._on_selected)
        self.tree.activated.connect(self._on_activated)
        self.import_button.clicked.connect(self.import_requested)
        self.empty.action_triggered.connect(self.import_requested)
        self.variables_button.clicked.connect(self.variables_requested)
        self.folder_button.clicked.connect(self._on_folder)
        self.publish_button.clicked.connect(self._on_publish)
        self.fill_button.clicked.connect(self._on_fill)
        self.edit_button.clicked.connect(self._on_edit)
        self.delete_button.clicked.connect(self._on_delete)

    def _lay_out(self) -> None:
        left = CardFrame(parent=self)
        left.add(self.tree, 1)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setHandleWidth(8)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(self.details)
        split.setSizes([300, 520])
        self._stack.addWidget(split)
        card = CardFrame(parent=self)
        card.add(self.empty, 1)
        self._stack.addWidget(card)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.search_edit, 1)
        top.addWidget(self.variables_button)
        top.addWidget(self.import_button)
        top.addWidget(self.folder_button)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.delete_button)
        foot.addWidget(self.edit_button)
        foot.addStretch(1)
        foot.addWidget(self.fill_button)
        foot.addWidget(self.publish_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(top)
        column.addWidget(self._stack, 1)
        column.addLayout(foot)


class _Details(CardFrame):
    """The template that is chosen, to be read."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent=parent)
        self._name = strong_label()
        self._topic = ElidedLabel()
        self._topic.setFont(mono_font())
        self._facts = label("", "dim")
        self._payload = MonoView()
        self._payload.setAccessibleName("Payload of the template")
        self._payload.set_wrapped(wrapped=True)
        head = QWidget(self)
        column = QVBoxLayout(head)
        column.setContentsMargins(12, 10, 12, 4)
        column.setSpacing(4)
        column.addWidget(self._name)
        column.addWidget(self._topic)
        column.addWidget(self._facts)
        self._facts.setWordWrap(True)
        self.add(head)
        self.add(self._payload, 1)

    def show_template(self, template: MessageTemplate | None) -> None:
        """Show a template, or nothing."""
        if template is None:
            for one in (self._name, self._topic, self._facts):
                one.setText("")
            self._payload.setPlainText("")
            return
        self._name.setText(escape(template.name))
        self._topic.setText(safe_topic(template.topic.encode(errors="replace")))
        facts = [f"QoS {template.qos}", template.format]
        facts += ["retained"] if template.retain else []
        facts += [key.replace("_", " ") for key in template.properties]
        facts += [escape(template.note)] if template.note else []
        self._facts.setText(" · ".join(facts))
        self._payload.setPlainText(escape_lines(template.payload[:_LONGEST_SHOWN]))
