"""A bar of buttons, one for each template that has one: a click publishes it, dragging changes the order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QSizePolicy, QWidget

from topicscope.gui.icons import icon
from topicscope.gui.text import plain_tooltip
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.filter.menus import colour_icon
from topicscope.gui.widgets.messages.actions import add_action
from topicscope.gui.widgets.style import set_kind
from topicscope.payload.text import escape, safe_topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QResizeEvent

    from topicscope.automation.templates.template import MessageTemplate

WIDEST: Final = 140
_GAP: Final = 4
_SHOWN_CHARACTERS: Final = 200


class TemplateBar(QWidget):
    """Shows as many buttons as there is room for, the others in a menu at the end."""

    publish_requested = Signal(object)
    """A `MessageTemplate`: to be published at once."""
    fill_requested = Signal(object)
    """A `MessageTemplate`: to be put into the fields."""
    remove_requested = Signal(object)
    """A `MessageTemplate` that shall have no button any more."""
    order_changed = Signal(list)
    """Paths of the templates in their new order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("template-bar")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._buttons: list[_BarButton] = []
        self._reason = ""
        self.more_button = push_button("»", parent=self)
        set_kind(self.more_button, "small")
        self.more_button.setAccessibleName("More templates")
        self.more_button.clicked.connect(self._on_more)
        self.more_button.hide()

    # Methods

    def set_templates(self, templates: Sequence[MessageTemplate]) -> None:
        """Show buttons for these."""
        if [button.template for button in self._buttons] == list(templates):
            return
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = [self._make(template) for template in templates]
        self._judge()
        self.updateGeometry()
        self._arrange()

    def set_off(self, reason: str) -> None:
        """Switch the buttons off and say why; with an empty reason, on."""
        if reason != self._reason:
            self._reason = reason
            self._judge()

    def templates(self) -> list[MessageTemplate]:
        """Return what has a button, in order."""
        return [button.template for button in self._buttons]

    def menu_of(self, button: QPushButton) -> QMenu:
        """Return the menu of a button; it deletes itself when closed."""
        assert isinstance(button, _BarButton)
        place = self._buttons.index(button)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        template = button.template
        add_action(
            menu,
            "Publish",
            "send",
            partial(self.publish_requested.emit, template),
            enabled=not self._reason,
        )
        add_action(menu, "Fill in, to edit", "pencil", partial(self.fill_requested.emit, template))
        menu.addSeparator()
        last = len(self._buttons) - 1
        add_action(menu, "Move left", "", partial(self._move, place, place - 1), enabled=place > 0)
        add_action(
            menu, "Move right", "", partial(self._move, place, place + 1), enabled=place < last
        )
        menu.addSeparator()
        add_action(
            menu, "Remove the button", "trash-2", partial(self.remove_requested.emit, template)
        )
        return menu

    # Slots

    @Slot()
    def _on_more(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in self._buttons:
            if button.isHidden():
                entry = menu.addAction(escape(button.template.name).replace("&", "&&"))
                entry.setEnabled(not self._reason)
                entry.triggered.connect(partial(self._publish, button))
        menu.popup(self.more_button.mapToGlobal(QPoint(0, self.more_button.height())))

    # Qt overrides

    def sizeHint(self) -> QSize:
        """Ask for room for all buttons."""
        width = sum(button.width_wanted() + _GAP for button in self._buttons)
        return QSize(max(0, width - _GAP), self.more_button.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Be content with room for the menu of all."""
        width = self.more_button.sizeHint().width() if self._buttons else 0
        return QSize(width, self.more_button.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what fits now."""
        super().resizeEvent(event)
        self._arrange()

    # Private

    def _make(self, template: MessageTemplate) -> _BarButton:
        button = _BarButton(template, self)
        button.clicked.connect(partial(self._publish, button))
        button.menu_requested.connect(partial(self._show_menu, button))
        button.dragged.connect(partial(self._on_dragged, button))
        button.dropped.connect(self._tell_order)
        return button

    def _publish(self, button: _BarButton, _checked: bool = False) -> None:
        self.publish_requested.emit(button.template)

    def _show_menu(self, button: _BarButton, place: QPoint) -> None:
        self.menu_of(button).popup(place)

    def _on_dragged(self, button: _BarButton, place: QPoint) -> None:
        x = self.mapFromGlobal(place).x()
        shown = [one for one in self._buttons if not one.isHidden()]
        over = next((one for one in shown if one.x() <= x < one.x() + one.width()), None)
        if over is None or over is button:
            return
        # Only past its middle, or the two would change places for ever.
        is_right = over.x() > button.x()
        middle = over.x() + over.width() // 2
        if (x > middle) == is_right:
            here = self._buttons.index(over)
            self._buttons.remove(button)
            self._buttons.insert(here, button)
            self._arrange()

    def _move(self, place: int, to: int) -> None:
        self._buttons.insert(to, self._buttons.pop(place))
        self._arrange()
        self._tell_order()

    @Slot()
    def _tell_order(self) -> None:
        self.order_changed.emit([button.template.path for button in self._buttons])

    def _judge(self) -> None:
        for button in self._buttons:
            button.setEnabled(not self._reason)
            button.setToolTip(plain_tooltip(self._reason or _words(button.template)))

    def _arrange(self) -> None:
        widths = [button.width_wanted() for button in self._buttons]
        room = self.width()
        if sum(widths) + _GAP * (len(widths) - 1) > room:
            room -= self.more_button.sizeHint().width() + _GAP
        x, is_full = 0, False
        for button, width in zip(self._buttons, widths, strict=True):
            is_full = is_full or x + width > room
            button.setVisible(not is_full)
            if not is_full:
                height = button.sizeHint().height()
                button.setGeometry(x, (self.height() - height) // 2, width, height)
                x += width + _GAP
        size = self.more_button.sizeHint()
        self.more_button.setGeometry(
            x, (self.height() - size.height()) // 2, size.width(), size.height()
        )
        self.more_button.setVisible(is_full)


class _BarButton(QPushButton):
    """A button that can be dragged along its bar."""

    dragged = Signal(QPoint)
    """Where the pointer is on the screen."""
    dropped = Signal()
    menu_requested = Signal(QPoint)

    def __init__(self, template: MessageTemplate, parent: QWidget) -> None:
        super().__init__(parent)
        self.template = template
        self._from: QPoint | None = None
        self._is_dragged = False
        self.setAutoDefault(False)
        set_kind(self, "small")
        self.setAccessibleName(f"Publish {template.name}")
        self.setIcon(colour_icon(template.colour, 10) if template.colour else icon("send", "dim"))
        self.setIconSize(QSize(16, 12))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._show_name()

    def width_wanted(self) -> int:
        """Return how wide the button is when it is to be seen."""
        return min(self.sizeHint().width(), WIDEST)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu."""
        self.menu_requested.emit(event.globalPos())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag would begin."""
        self._from = event.position().toPoint()
        self._is_dragged = False
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along with the pointer."""
        super().mouseMoveEvent(event)
        if self._from is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        way = (event.position().toPoint() - self._from).manhattanLength()
        if self._is_dragged or way >= QApplication.startDragDistance():
            self._is_dragged = True
            self.setDown(False)
            self.dragged.emit(event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; else it was a click."""
        self._from = None
        if self._is_dragged:
            self._is_dragged = False
            self.setDown(False)
            event.accept()
            self.dropped.emit()
            return
        super().mouseReleaseEvent(event)

    def _show_name(self) -> None:
        name = escape(self.template.name)
        cut = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, WIDEST - 44)
        self.setText(" " + cut.replace("&", "&&"))


def _words(template: MessageTemplate) -> str:
    lines = [
        template.path,
        f"{safe_topic(template.topic.encode(errors='replace'))} · QoS {template.qos}"
        + (" · retained" if template.retain else ""),
        template.payload[:_SHOWN_CHARACTERS] + ("…" if len(template.payload) > 200 else ""),
        template.note,
    ]
    return "\n".join(line for line in lines if line) + "\n\nA click publishes it."
