"""Templates as the window uses them: publish one by a click, fill it in, keep one, edit, import, give variables."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from topicscope.gui.models.publish.message import Draft
from topicscope.gui.tasks import in_worker_for, spawn
from topicscope.gui.text import count_of
from topicscope.payload.text import safe_topic
from topicscope.profiles.files import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from topicscope.automation.templates.template import MessageTemplate
    from topicscope.gui.connection.publishing import Publishing
    from topicscope.gui.dialogs.caution import Caution
    from topicscope.gui.dialogs.publish.template_library import TemplateLibraryDialog
    from topicscope.gui.panes.publish import PublishPane

_FILES = "Messages of MQTT.fx or MQTTX (*.xml *.json *.db *.sqlite);;All files (*)"


class PaneCommands(QObject):
    """What all have who carry out commands about publishing."""

    told = Signal(str, str)
    """Tone and a sentence."""
    pane_wanted = Signal()
    """The Publish pane has something new in its fields."""

    def __init__(
        self, publishing: Publishing, pane: PublishPane, caution: Caution, window: QWidget
    ) -> None:
        super().__init__(window)
        self._publishing = publishing
        self._library = publishing.library
        self._pane = pane
        self._caution = caution
        self._window = window

    def guard(self, title: str, then: Callable[[], object]) -> None:
        """Publish at once; on a broker that others rely on only when somebody says so."""
        self._caution.guard(
            title,
            f"This is a {self._caution.kind} broker: others act on what you publish.",
            "Publish it",
            "Do not publish",
            then,
        )


class TemplateCommands(PaneCommands):
    """Opens the dialogs of templates, and carries out what is asked for in them and in the bar of buttons."""

    def __init__(
        self, publishing: Publishing, pane: PublishPane, caution: Caution, window: QWidget
    ) -> None:
        super().__init__(publishing, pane, caution, window)
        self._dialog: TemplateLibraryDialog | None = None
        pane.bar.publish_requested.connect(self.publish)
        pane.bar.fill_requested.connect(self.fill)
        pane.bar.remove_requested.connect(self._on_button_removed)
        pane.bar.order_changed.connect(self._on_order_changed)
        publishing.bridge.state_changed.connect(self._on_state_changed)

    # Methods

    def open_file(self, path: Path) -> None:
        """Put the message of a file into the fields; what is wrong with the file is told."""
        spawn(self._open_file(path), "open message")

    async def import_file(self, path: Path) -> None:
        """Take the messages of a file as templates, and tell what came of it."""
        from topicscope.automation.templates.importers import import_templates
        from topicscope.profiles.importers.imported import ImportFailed

        try:
            found = await in_worker_for(self, import_templates, path)
        except (ImportFailed, OSError) as error:
            self.told.emit("error", str(error))
            return
        self._library.add(found.templates)
        words = f"{count_of(len(found.templates), 'message')} imported from {found.tool}; see Templates."
        left_out = [*found.problems, *found.notes]
        self.told.emit("warning" if found.problems else "good", " ".join([words, *left_out[:3]]))

    # Slots

    @Slot()
    def show(self) -> None:
        """Show the templates."""
        from topicscope.gui.dialogs.publish.template_library import TemplateLibraryDialog

        if self._dialog is None:
            dialog = self._dialog = TemplateLibraryDialog(self._library, self._window)
            dialog.publish_requested.connect(self.publish)
            dialog.fill_requested.connect(self.fill)
            dialog.edit_requested.connect(self._edit_template)
            dialog.import_requested.connect(self.import_templates)
            dialog.variables_requested.connect(self.show_variables)
            dialog.destroyed.connect(self._on_dialog_closed)
            dialog.set_off(self._publishing.reason_against(1))
        self._library.reload()
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    @Slot()
    def show_variables(self) -> None:
        """Show what can be filled in, and let variables be given."""
        from topicscope.gui.dialogs.publish.template_variables import TemplateVariablesDialog

        parent = self._dialog or self._window
        name = self._publishing.profile_name
        dialog = TemplateVariablesDialog(self._library.settings, name, parent)
        dialog.saved.connect(self._on_variables)
        dialog.open()

    @Slot()
    def save(self) -> None:
        """Keep what is in the fields as a template."""
        self._open_editor(self._pane.fields.draft().stored(), None)

    @Slot(object)
    def publish(self, template: MessageTemplate) -> None:
        """Publish a template at once; on a broker that others rely on only when somebody says so."""
        draft = Draft(template)
        topic = safe_topic(template.topic.encode(errors="replace"))
        self.guard(
            f"Publish “{template.name}” to {topic}?", partial(self._publishing.publish, draft)
        )

    @Slot(object)
    def fill(self, template: MessageTemplate) -> None:
        """Put a template into the fields."""
        self._pane.fields.fill_template(template)
        self.pane_wanted.emit()

    @Slot()
    def import_templates(self) -> None:
        """Ask for a file of MQTT.fx or MQTTX, and take its messages."""
        parent = self._dialog or self._window
        dialog = QFileDialog(parent, "Import messages", "", _FILES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._on_file_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def _open_file(self, path: Path) -> None:
        from topicscope.automation.templates.files import read_template

        try:
            template = await in_worker_for(self, read_template, path)
        except StoreError as error:
            self.told.emit("error", str(error))
            return
        self.fill(template)

    @Slot(str)
    def _on_file_chosen(self, name: str) -> None:
        spawn(self.import_file(Path(name)), "import templates")

    @Slot(object)
    def _on_state_changed(self, _state: object) -> None:
        if self._dialog is not None:
            self._dialog.set_off(self._publishing.reason_against(1))

    @Slot()
    def _on_dialog_closed(self) -> None:
        self._dialog = None

    @Slot(list)
    def _on_order_changed(self, paths: list[str]) -> None:
        self._library.change_settings(bar=tuple(paths))

    @Slot(object)
    def _on_button_removed(self, template: MessageTemplate) -> None:
        self._library.save(msgspec.structs.replace(template, in_bar=False), template)

    @Slot(object, object)
    def _on_variables(
        self, pairs: tuple[tuple[str, str], ...], environment: tuple[str, ...]
    ) -> None:
        variables = dict(self._library.settings.variables)
        if name := self._publishing.profile_name:
            variables[name] = pairs
        self._library.change_settings(variables=variables, environment=environment)

    # Private

    def _edit_template(self, template: MessageTemplate) -> None:
        self._open_editor(template, template)

    def _open_editor(self, template: MessageTemplate, before: MessageTemplate | None) -> None:
        from topicscope.gui.dialogs.publish.template_edit import TemplateEditDialog

        own = before.path if before else ""
        taken = [one.path for one in self._library.templates if one.path != own]
        folders = {one.folder for one in self._library.templates}
        dialog = TemplateEditDialog(template, taken, folders, self._dialog or self._window)
        dialog.saved.connect(partial(self._on_saved, before))
        dialog.open()

    def _on_saved(self, before: MessageTemplate | None, template: MessageTemplate) -> None:
        self._library.save(template, before)
