"""What can be done with a node of the topic tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu

from topicscope.capture.topic_index import ROOT
from topicscope.gui.models.topic_tree import MORE
from topicscope.gui.widgets.message_view_actions import add_action
from topicscope.gui.widgets.message_view_clipboard import copy_topic
from topicscope.mqtt.topics import topic_filter_problem, topic_name_problem

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTreeView

    from topicscope.gui.models.topic_tree import TopicTreeModel
    from topicscope.gui.widgets.topic_view_branches import Branches


def filter_of(path: bytes, *, is_branch: bool) -> str | None:
    """Return the Topic Filter of a node, and of all below a branch; None where no filter can say it."""
    try:
        text = path.decode()
    except UnicodeDecodeError:
        return None
    if "+" in text or "#" in text:
        return None
    text = f"{text}/#" if is_branch else text
    return None if topic_filter_problem(text) else text


class TopicActions(QObject):
    """Acts on the current node of a tree."""

    filter_requested = Signal(str)
    """A Topic Filter that sees only what somebody wants to see."""
    subscribe_requested = Signal(str)
    publish_requested = Signal(object)
    """A Topic Name, in bytes, that somebody wants to publish to."""

    def __init__(self, view: QTreeView, model: TopicTreeModel, branches: Branches) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._branches = branches

    def current_node(self) -> int:
        """Return the current node; the root when there is none, or it is a row "… more"."""
        node = self._model.node(self._view.currentIndex())
        return ROOT if node & MORE else node

    def menu(self) -> QMenu:
        """Return a menu of what can be done with the current node; it deletes itself when closed."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        node = self.current_node()
        branch = node != ROOT and self._model.has_nodes_below(node)
        sayable = self._filter() is not None
        name = "this branch" if branch else "this topic"
        publishable = node != ROOT and topic_name_problem(self._model.topics.path(node)) is None
        add_action(menu, "Copy topic", "copy", self.copy_topic, enabled=node != ROOT)
        add_action(menu, f"Show only {name}", "list-filter", self.request_filter, enabled=sayable)
        add_action(menu, f"Subscribe to {name}", "rss", self.request_subscribe, enabled=sayable)
        add_action(menu, "Publish to this topic", "send", self.request_publish, enabled=publishable)
        menu.addSeparator()
        add_action(menu, "Expand all below", "chevrons-down", self.expand_below, enabled=branch)
        add_action(menu, "Collapse all", "", self._view.collapseAll)
        return menu

    @Slot()
    def copy_topic(self) -> None:
        """Copy the Topic Name down to the current node."""
        node = self.current_node()
        if node != ROOT:
            copy_topic(self._model.topics.path(node))

    @Slot()
    def request_filter(self) -> None:
        """Ask to see only the current node and what is below."""
        if (text := self._filter()) is not None:
            self.filter_requested.emit(text)

    @Slot()
    def request_subscribe(self) -> None:
        """Ask to subscribe to the current node and what is below."""
        if (text := self._filter()) is not None:
            self.subscribe_requested.emit(text)

    @Slot()
    def request_publish(self) -> None:
        """Ask to publish to the topic of the current node."""
        node = self.current_node()
        if node != ROOT:
            self.publish_requested.emit(self._model.topics.path(node))

    @Slot()
    def expand_below(self) -> None:
        """Open the current node and all below it, as far as rows allow."""
        node = self.current_node()
        if node != ROOT:
            self._branches.open_below(node)

    def _filter(self) -> str | None:
        node = self.current_node()
        if node == ROOT:
            return None
        path = self._model.topics.path(node)
        # In a search the branch is still the whole branch: a filter cannot say less.
        return filter_of(path, is_branch=self._model.topics.has_children(node))
