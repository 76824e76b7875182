"""What surrounds the Publish pane: the history, publishing again what was seen or sent, and help."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from topicscope.automation.templates.publish_properties import properties_from_json
from topicscope.gui.controllers.publish.template_commands import PaneCommands, TemplateCommands
from topicscope.gui.dialogs.help import HelpDialog
from topicscope.gui.icons import icon
from topicscope.gui.models.publish.message import Message
from topicscope.mqtt.properties import BY_KEY, SUBSCRIPTION_IDENTIFIER
from topicscope.mqtt.topics import topic_name_problem
from topicscope.payload.text import safe_topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QMenu, QWidget

    from topicscope.automation.publish_history import PublishedMessage
    from topicscope.capture.record import Record
    from topicscope.gui.connection.publishing import Publishing
    from topicscope.gui.dialogs.caution import Caution
    from topicscope.gui.dialogs.publish.history import PublishHistoryDialog
    from topicscope.gui.models.publish.results import PublishResult
    from topicscope.gui.panes.publish import PublishPane
    from topicscope.gui.widgets.messages.view import MessageView

_LEFT_OUT = {SUBSCRIPTION_IDENTIFIER, BY_KEY["topic_alias"].identifier}
"""What belongs to the connection over which a message came, not to the message."""


class PublishCommands(PaneCommands):
    """Opens the history, and publishes again or edits what was chosen in it, in the table, in the pane's list.

    Attributes:
        templates: what is done with templates.

    """

    def __init__(
        self, publishing: Publishing, pane: PublishPane, caution: Caution, window: QWidget
    ) -> None:
        super().__init__(publishing, pane, caution, window)
        self._history: PublishHistoryDialog | None = None
        self.templates = TemplateCommands(publishing, pane, caution, window)
        pane.set_caution(caution)
        self._add_buttons()
        view = pane.results_view
        view.drop_requested.connect(publishing.drop)
        view.resend_requested.connect(self._on_result_again)
        view.edit_requested.connect(self._on_result_edited)
        self.templates.told.connect(self.told)
        self.templates.pane_wanted.connect(self.pane_wanted)
        self._library.told.connect(self.told)
        publishing.bridge.state_changed.connect(self._on_state_changed)
        self._library.acquire()

    # Methods

    def offer_in(self, views: Iterable[MessageView]) -> None:
        """Offer in the menus of tables to publish a message again, and to edit it first."""
        for view in views:
            view.actions_of_row.menu_opening.connect(partial(self._add_to_menu, view))

    def publish_again(self, message: Message) -> None:
        """Publish a message as it was; on a broker that others rely on only when somebody says so."""
        send = partial(self._publishing.send, message)
        if message.retain and not message.payload:
            self._pane.guard_clearing(message.topic, send)
            return
        topic = safe_topic(message.topic.encode(errors="replace"))
        self.guard(f"Publish to {topic} again?", send)

    def edit(self, message: Message) -> None:
        """Put a message into the fields."""
        self._pane.fields.fill_message(message)
        self.pane_wanted.emit()

    def close(self) -> None:
        """Complete the files."""
        self._library.release()

    # Slots

    @Slot()
    def show_help(self) -> None:
        """Show how messages are published."""
        HelpDialog("publishing", self._window).show()

    @Slot()
    def show_history(self) -> None:
        """Show what was published."""
        from topicscope.gui.dialogs.publish.history import PublishHistoryDialog

        if self._history is None:
            dialog = self._history = PublishHistoryDialog(self._library.published, self._window)
            dialog.resend_requested.connect(self._on_entry_again)
            dialog.edit_requested.connect(self._on_entry_edited)
            dialog.template_requested.connect(self._on_entry_kept)
            dialog.destroyed.connect(self._on_history_closed)
            dialog.set_off(self._publishing.reason_against(1))
        self._history.show()
        self._history.raise_()
        self._history.activateWindow()

    @Slot(object)
    def _on_state_changed(self, _state: object) -> None:
        if self._history is not None:
            self._history.set_off(self._publishing.reason_against(1))

    @Slot()
    def _on_history_closed(self) -> None:
        self._history = None

    @Slot(object)
    def _on_result_again(self, result: PublishResult) -> None:
        self.publish_again(result.message)

    @Slot(object)
    def _on_result_edited(self, result: PublishResult) -> None:
        self.edit(result.message)

    @Slot(object)
    def _on_entry_again(self, entry: PublishedMessage) -> None:
        self._with_entry(entry, self.publish_again)

    @Slot(object)
    def _on_entry_edited(self, entry: PublishedMessage) -> None:
        self._with_entry(entry, self.edit)

    @Slot(object)
    def _on_entry_kept(self, entry: PublishedMessage) -> None:
        self._with_entry(entry, self._keep)

    # Private

    def _add_buttons(self) -> None:
        for name, words, slot in (
            ("save", "Save as template…", self.templates.save),
            ("folder", "Templates…", self.templates.show),
            ("history", "Published messages…", self.show_history),
            ("circle-question-mark", "Help on publishing", self.show_help),
        ):
            self._pane.header.add_button(name, words).clicked.connect(slot)

    def _add_to_menu(self, view: MessageView, menu: QMenu) -> None:
        record = view.actions_of_row.current_record()
        usable = (
            record is not None
            and bool(record.topic)
            and record.qos < 3
            and topic_name_problem(record.topic) is None
        )
        before = next((one for one in menu.actions() if one.isSeparator()), None)
        for text, name, act, is_on in (
            ("Publish again", "", self.publish_again, not self._publishing.reason_against(1)),
            ("Edit and publish", "pencil", self.edit, True),
        ):
            action = menu.addAction(text)
            if name:
                action.setIcon(icon(name))
            action.setEnabled(usable and is_on)
            if record is not None:
                action.triggered.connect(partial(_act_on, act, record))
            if before is not None:
                menu.insertAction(before, action)

    def _with_entry(self, entry: PublishedMessage, act: Callable[[Message], object]) -> None:
        try:
            properties = properties_from_json(entry.properties)
        except ValueError as error:
            self.told.emit("warning", f"It cannot be published again: {error}.")
            return
        payload = entry.payload or b""
        act(Message(entry.topic, payload, entry.qos, entry.retain, properties))

    def _keep(self, message: Message) -> None:
        self._pane.fields.fill_message(message)
        self.templates.save()


def _act_on(act: Callable[[Message], object], record: Record, _checked: bool = False) -> None:
    properties = [pair for pair in record.properties if pair[0] not in _LEFT_OUT]
    topic = record.topic.decode()
    act(Message(topic, record.payload, record.qos, record.retain, properties))
