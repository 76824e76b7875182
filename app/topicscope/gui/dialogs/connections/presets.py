"""The page on which a new connection begins: an empty form, or a preset for a kind of broker."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from topicscope.gui.icons import icon
from topicscope.gui.theme import colour, ui_font
from topicscope.gui.widgets.buttons import ICON_SIZE, push_button
from topicscope.gui.widgets.card import CardFrame, line
from topicscope.gui.widgets.fields.guarded_field import GuardedField
from topicscope.gui.widgets.labels import WrappedLabel, mono_label, strong_label
from topicscope.payload.text import escape
from topicscope.profiles.presets import PRESETS, Preset
from topicscope.profiles.profile import Profile
from topicscope.profiles.secrets import has_token
from topicscope.profiles.url import UrlError, parse_url

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

ROW_HEIGHT: Final = 26
_PRESET_ROLE: Final = int(Qt.ItemDataRole.UserRole)
EMPTY: Final = Preset(
    key="",
    name="Any broker",
    group="",
    note="An empty form. An address fills in host, port, transport and login: paste it here or above the form.",
    profile=Profile(),
    asks=("host",),
)
_NOTHING_FOUND: Final = (
    "It is no address of a broker, either. “Any broker” begins with an empty form."
)
FIELD_WORDS: Final = {
    "host": "host",
    "port": "port",
    "tls": "TLS",
    "username": "user name",
    "secret": "secret",
    "client_identifier": "Client Identifier",
    "certificate_file": "client certificate",
    "key_file": "private key",
    "subscriptions": "Topic Filters",
}


class _SearchLine(GuardedField):
    """A search field whose arrow keys go to the list below it; an address in it may hold a secret."""

    def __init__(self, rows: QListWidget, parent: QWidget | None = None) -> None:
        super().__init__("address", has_token, parent)
        self._rows = rows

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand the arrow keys on."""
        if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self._rows.keyPressEvent(event)
        else:
            super().keyPressEvent(event)


class PresetChooser(QWidget):
    """Kinds of brokers in groups, and where the values of the chosen one are found."""

    preset_chosen = Signal(object, str)
    """A Preset to begin with, and an address as it was typed, or an empty text."""
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Kinds of brokers")
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setIconSize(ICON_SIZE)
        self.list.setSpacing(1)
        self.search = _SearchLine(self.list, self)
        self.search.setPlaceholderText(
            "What do you connect to? Mosquitto, HiveMQ, AWS… or paste an address"
        )
        self.search.setAccessibleName("Search brokers")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        self._name = strong_label()
        self._address = mono_label(tone="dim")
        self._note = WrappedLabel(0, self)
        self._asks = WrappedLabel(0, self)
        self.begin_button = push_button("Begin with this", kind="primary")
        self.cancel_button = push_button("Back")
        self._lay_out()
        self._connect()
        self._fill("")

    def begin(self) -> None:
        """Forget what was searched, and wait for another search."""
        self.search.clear()
        self._fill("")
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_can_go_back(self, can: bool) -> None:
        """Tell whether there is anything to go back to."""
        self.cancel_button.setVisible(can)

    def current(self) -> Preset | None:
        """Return the preset that is chosen."""
        item = self.list.currentItem()
        preset = item.data(_PRESET_ROLE) if item is not None else None
        return preset if isinstance(preset, Preset) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Begin with the chosen preset on Enter."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._on_begin()
            event.accept()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_begin(self) -> None:
        preset = self.current()
        if preset is None:
            return
        if preset.profile == EMPTY.profile or preset.key:
            self.preset_chosen.emit(preset, "")
        else:
            self.preset_chosen.emit(EMPTY, self.search.text())

    @Slot()
    def _on_current_changed(self) -> None:
        preset = self.current() or EMPTY
        known = preset is not EMPTY and preset.profile.host
        asks = ", ".join(FIELD_WORDS.get(field, field) for field in preset.asks)
        self._name.setText(preset.name)
        self._address.setText(preset.profile.url if known else "")
        self._note.setText(preset.note)
        self._asks.setText(f"To fill in: {asks}." if asks else "Nothing needs to be filled in.")
        for part in (self._address, self._note):
            part.setVisible(bool(part.text()))

    @Slot(str)
    def _fill(self, wanted: str) -> None:
        self.list.clear()
        group = ""
        for preset in _found(wanted):
            if preset.group != group:
                group = preset.group
                self._add_heading(group)
            item = QListWidgetItem(preset.name, self.list)
            item.setIcon(icon("plus" if not preset.key else "server", "dim"))
            item.setData(_PRESET_ROLE, preset)
            item.setSizeHint(QSize(0, ROW_HEIGHT))
        first = next(
            (row for row in range(self.list.count()) if self.list.item(row).data(_PRESET_ROLE)), -1
        )
        self.list.setCurrentRow(first)
        self._on_current_changed()

    def _add_heading(self, group: str) -> None:
        heading = QListWidgetItem(group, self.list)
        heading.setFlags(Qt.ItemFlag.NoItemFlags)
        heading.setFont(ui_font(ui_font().Weight.DemiBold, 11))
        heading.setForeground(colour("dim"))
        heading.setSizeHint(QSize(0, ROW_HEIGHT + 4))

    def _connect(self) -> None:
        self.search.textChanged.connect(self._fill)
        self.list.currentItemChanged.connect(self._on_current_changed)
        self.list.itemDoubleClicked.connect(self._on_begin)
        self.begin_button.clicked.connect(self._on_begin)
        self.cancel_button.clicked.connect(self.cancelled)

    def _lay_out(self) -> None:
        card, words = CardFrame("New connection"), QWidget()
        top = QWidget()
        search = QHBoxLayout(top)
        search.setContentsMargins(8, 8, 8, 4)
        search.addWidget(self.search)
        column = QVBoxLayout(words)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(6)
        for part in (self._name, self._address, self._note, self._asks):
            column.addWidget(part)
        column.addStretch(1)
        words.setFixedHeight(148)
        card.add(top)
        card.add(_with_margins(self.list), 1)
        card.add(line())
        card.add(words)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.begin_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(card, 1)
        whole.addLayout(buttons)


def _found(wanted: str) -> list[Preset]:
    """Return the presets that are called like this; what is called like none may be an address.

    There is always something to begin with.
    """
    words = wanted.casefold().split()
    found = [
        preset
        for preset in (EMPTY, *PRESETS)
        if all(word in f"{preset.name} {preset.group} {preset.key}".casefold() for word in words)
    ]
    if found and "://" not in wanted:
        return found
    try:
        address, _ = parse_url(wanted)
    except UrlError:
        return found or [EMPTY]
    name = f"Broker at {escape(address.host or address.path)}"
    return [replace(EMPTY, name=name, note="", profile=address, asks=()), *found]


def _with_margins(inside: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(8, 4, 8, 4)
    row.addWidget(inside)
    return holder
