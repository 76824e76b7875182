"""The first page: three doors, and a way in for who comes from another tool."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFont, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from topicscope.gui.icons import app_icon, icon
from topicscope.gui.theme import ui_font
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.card import CardFrame
from topicscope.gui.widgets.fields.url_field import UrlField
from topicscope.gui.widgets.labels import label

DOOR_WIDTH = 272
LOGO_PIXELS = 48
IMPORT_WORDS = "Import from MQTT Explorer · MQTTX · MQTT.fx · mqtt-spy · Mosquitto…"


class WelcomePage(QWidget):
    """Try the demo, connect to a broker, or open a capture; below, what other tools know."""

    demo_requested = Signal()
    connect_requested = Signal(object, object)
    """A Profile made of the URL, and the password that stood in it or None."""
    form_requested = Signal()
    open_requested = Signal()
    import_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.url_field = UrlField()
        self.demo_button = push_button("Try the demo", "play", kind="primary")
        self.connect_button = push_button("Connect", "plug")
        self.form_button = push_button("Fill in the form…", kind="link")
        self.open_button = push_button("Open a capture…", "folder-open")
        self.import_button = push_button(IMPORT_WORDS, "download", kind="link", role="accent")
        self._lay_out()
        self.import_button.clicked.connect(self.import_requested)
        self.demo_button.clicked.connect(self.demo_requested)
        self.open_button.clicked.connect(self.open_requested)
        self.form_button.clicked.connect(self.form_requested)
        self.connect_button.clicked.connect(self.url_field.submit)
        self.url_field.submitted.connect(self._on_url_submitted)

    def showEvent(self, event: QShowEvent) -> None:
        """Let Enter open the first door."""
        super().showEvent(event)
        if not event.spontaneous():
            self.demo_button.setFocus()

    @Slot(object, object)
    def _on_url_submitted(self, profile: object, password: object) -> None:
        self.connect_requested.emit(profile, password)

    def _lay_out(self) -> None:
        doors = QHBoxLayout()
        doors.setSpacing(16)
        doors.addStretch(1)
        for door in (self._demo_door(), self._broker_door(), self._capture_door()):
            doors.addWidget(door)
        doors.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(_logo(), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(_centred(_headline("Topicscope", 22)))
        column.addWidget(_centred(label("A debugger for MQTT, used like Wireshark.", "dim")))
        column.addSpacing(16)
        column.addLayout(doors)
        column.addSpacing(8)
        column.addWidget(self.import_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def _demo_door(self) -> CardFrame:
        sentence = (
            "A broker inside Topicscope and a simulated plant of about 200 topics: a production "
            "line, a building, a smart home. Nothing leaves this computer."
        )
        return _door("factory", "Try the demo", sentence, [self.demo_button])

    def _broker_door(self) -> CardFrame:
        return _door(
            "plug",
            "Connect to a broker",
            "Paste its address: mqtt, mqtts, ws or wss.",
            [self.connect_button, self.form_button],
            self.url_field,
        )

    def _capture_door(self) -> CardFrame:
        sentence = (
            "A recording that Topicscope or Wireshark can read (.pcapng): every Control Packet "
            "with its time, to look through as if it were live."
        )
        return _door("folder-open", "Open a capture", sentence, [self.open_button])


def _door(
    icon_name: str,
    title: str,
    sentence: str,
    buttons: list[QPushButton],
    field: QWidget | None = None,
) -> CardFrame:
    door = CardFrame()
    door.setFixedWidth(DOOR_WIDTH)
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(16, 16, 16, 12)
    column.setSpacing(8)
    column.addWidget(_Picture(icon_name))
    column.addWidget(_headline(title, 15))
    words = label(sentence, "dim")
    words.setWordWrap(True)
    words.setAlignment(Qt.AlignmentFlag.AlignTop)
    column.addWidget(words)
    if field is not None:
        column.addWidget(field)
    column.addStretch(1)
    row = QHBoxLayout()
    row.setSpacing(8)
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    column.addLayout(row)
    door.add(inside, 1)
    return door


class _Picture(QLabel):
    """An icon of 24 pixels in the accent colour."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        """Tint the icon anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show()

    def _show(self) -> None:
        self.setPixmap(icon(self._name, "accent").pixmap(24, 24))


def _logo() -> QLabel:
    logo = QLabel()
    logo.setPixmap(app_icon().pixmap(LOGO_PIXELS, LOGO_PIXELS))
    return logo


def _headline(text: str, pixels: int) -> QLabel:
    made = label(text)
    made.setFont(ui_font(QFont.Weight.DemiBold, pixels))
    return made


def _centred(made: QLabel) -> QLabel:
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return made
