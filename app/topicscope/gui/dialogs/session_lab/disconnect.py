"""DISCONNECT by hand: which Reason Code and properties it bears (MQTT 5.0 section 3.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from topicscope.connection.lab import CLIENT_REASON_CODES, DISCONNECT_WITH_WILL, farewell_packet
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.fields.form_row import FormRow, field_row
from topicscope.gui.widgets.fields.number_field import OptionalNumber
from topicscope.gui.widgets.fields.pair_table import PairTable
from topicscope.gui.widgets.labels import WrappedLabel
from topicscope.gui.widgets.style import set_tone
from topicscope.mqtt.control_packets import ControlPacketType
from topicscope.mqtt.properties import BY_KEY, USER_PROPERTY
from topicscope.mqtt.reason_codes import reason_name

if TYPE_CHECKING:
    from topicscope.mqtt.properties import PropertyList
    from topicscope.profiles.profile import Profile

WIDTH: Final = 624
LONGEST_REASON: Final = 2000
_ERRORS: Final = 0x80
_EXPIRY: Final = BY_KEY["session_expiry_interval"].identifier
_REASON_STRING: Final = BY_KEY["reason_string"].identifier


class DisconnectDialog(QDialog):
    """Reason Code, session expiry, Reason String and User Properties, checked as they are typed."""

    agreed = Signal(int, object, str)
    """Reason Code, properties, and the name of the code."""

    def __init__(self, profile: Profile | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("disconnect-with")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Disconnect with a reason")
        self._profile = profile
        self.code = QComboBox(self)
        for code in CLIENT_REASON_CODES:
            self.code.addItem(
                f"0x{code:02X}  {reason_name(ControlPacketType.DISCONNECT, code)}", code
            )
        self.code.setCurrentIndex(CLIENT_REASON_CODES.index(DISCONNECT_WITH_WILL))
        self.expiry = OptionalNumber("as it is", self)
        self.reason = QLineEdit(self)
        self.reason.setMaxLength(LONGEST_REASON)
        self.reason.setPlaceholderText("none")
        self.pairs = PairTable(("Name", "Value"), ("name", "value"), parent=self)
        self.code_row = FormRow("&Reason Code", self.code)
        self.expiry_row = FormRow(
            "Session e&xpiry",
            field_row(self.expiry, stretch=(0,)),
            "Seconds for which the broker keeps the session from now on; 0 ends it.",
            self.expiry,
        )
        self.reason_row = FormRow("Reason &String", self.reason)
        self.pairs_row = FormRow("User Properties", self.pairs)
        self._problem = WrappedLabel(0, self)
        set_tone(self._problem, "error")
        self.yes_button = push_button("Disconnect", "unplug", kind="primary", parent=self)
        self.no_button = push_button("Cancel", parent=self)
        self.yes_button.setDefault(True)
        self._lay_out()
        self.code.currentIndexChanged.connect(self._renew)
        self.expiry.textChanged.connect(self._renew)
        self.reason.textChanged.connect(self._renew)
        self.pairs.changed.connect(self._renew)
        self.yes_button.clicked.connect(self._on_yes)
        self.no_button.clicked.connect(self.reject)
        self._renew()

    def properties(self) -> PropertyList:
        """Return the properties as they are typed."""
        found: PropertyList = []
        expiry = self.expiry.value()
        if expiry is not None:
            found.append((_EXPIRY, expiry))
        if self.reason.text():
            found.append((_REASON_STRING, self.reason.text()))
        found += [(USER_PROPERTY, pair) for pair in self.pairs.pairs()]
        return found

    # Slots

    @Slot()
    def _renew(self) -> None:
        code = self.code.currentData()
        self.code_row.set_hint(self._effect(code))
        problem = ""
        try:
            farewell_packet(code, self.properties(), self._profile)
        except ValueError as error:
            problem = str(error)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.yes_button.setEnabled(not problem)

    @Slot()
    def _on_yes(self) -> None:
        code, properties = self.code.currentData(), self.properties()
        name = self.code.currentText()
        self.accept()
        self.agreed.emit(code, properties, name)

    # Private

    def _effect(self, code: int) -> str:
        if code == 0:
            return "The broker forgets the Will Message: this is how a client leaves in good order."
        fires = "The broker publishes the Will Message"
        if self._profile is not None and self._profile.will is None:
            return f"{fires}, if there were one: this connection has none."
        return f"{fires}, after its Will Delay Interval." + (
            " The client says that something went wrong." if code >= _ERRORS else ""
        )

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.no_button)
        buttons.addWidget(self.yes_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        for row in (self.code_row, self.expiry_row, self.reason_row, self.pairs_row):
            row.setFixedWidth(WIDTH)
            column.addWidget(row)
        column.addWidget(self._problem)
        column.addLayout(buttons)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
