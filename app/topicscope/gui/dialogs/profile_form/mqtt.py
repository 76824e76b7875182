"""What CONNECT says of us: version, Client Identifier, session, limits (MQTT 5.0 section 3.1)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, Literal, cast

import msgspec
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox

from topicscope.gui.dialogs.profile_form.page import ONLY_5, ProfilePage, choice, choose, mono_field
from topicscope.gui.widgets.buttons import push_button
from topicscope.gui.widgets.fields.form_row import field_row
from topicscope.gui.widgets.fields.number_field import OptionalNumber, number_field
from topicscope.gui.widgets.fields.pair_table import PairTable
from topicscope.mqtt.control_packets import ProtocolVersion

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from topicscope.profiles.profile import Profile

_HEADING: Final = "Properties of CONNECT"
_NOTHING: Final = "Not sent"
_EXPIRY_HINT: Final = (
    "Seconds that the broker keeps the session after the end; nothing counts as 0."
)
_RECEIVE_HINT: Final = "Messages with QoS 1 and 2 that may be under way to us at once."


class MqttPage(ProfilePage):
    """The fields and properties of CONNECT."""

    title = "MQTT"

    def build(self) -> None:
        """Make the rows."""
        self.version = choice(
            *((version.label, int(version)) for version in reversed(ProtocolVersion))
        )
        self.client_identifier = mono_field("A new one each time: topicscope- and eight digits")
        self.fix_button = push_button("Make one")
        self.fix_button.setToolTip("Fill in one that stays the same from now on")
        self.keep_alive = number_field(0, 65_535, " s")
        self.clean_start = QCheckBox("Begin without what the broker kept for us")
        self.add_row("&Version", self.version)
        self.add_row(
            "Client &Identifier",
            field_row(self.client_identifier, self.fix_button),
            says="Client Identifier",
            buddy=self.client_identifier,
        )
        self.add_row(
            "Kee&p alive", field_row(self.keep_alive, stretch=()), says="Keep alive",
            hint="0: never ask whether the connection still stands.", buddy=self.keep_alive,
        )  # fmt: skip
        self._clean_row = self.add_row("Clean &Start", self.clean_start)
        self._build_properties()
        self.watch(self.version, self.client_identifier, self.keep_alive, self.clean_start)
        self.fix_button.clicked.connect(self._make_identifier)

    def show_profile(self, profile: Profile) -> None:
        """Show the fields of a profile."""
        choose(self.version, profile.protocol_version)
        self.client_identifier.setText(profile.client_identifier)
        self.keep_alive.setValue(profile.keep_alive)
        self.clean_start.setChecked(profile.clean_start)
        self.expiry.set_value(profile.session_expiry_interval)
        self.receive_maximum.set_value(profile.receive_maximum)
        self.packet_size.set_value(profile.maximum_packet_size)
        self.alias_maximum.set_value(profile.topic_alias_maximum)
        self.response_information.setChecked(profile.request_response_information)
        self.problem_information.setChecked(profile.request_problem_information)
        self.user_properties.set_pairs(profile.user_properties)

    def applied(self, profile: Profile) -> Profile:
        """Return the profile with the fields of this page in it; what MQTT 5 alone has is left out before it."""
        version = cast("Literal[3, 4, 5]", int(self.version.currentData()))
        five = version == 5
        return msgspec.structs.replace(
            profile,
            protocol_version=version,
            client_identifier=self.client_identifier.text(),
            keep_alive=self.keep_alive.value(),
            clean_start=self.clean_start.isChecked(),
            session_expiry_interval=self.expiry.value() if five else None,
            receive_maximum=self.receive_maximum.value() if five else None,
            maximum_packet_size=self.packet_size.value() if five else None,
            topic_alias_maximum=self.alias_maximum.value() if five else None,
            request_response_information=five and self.response_information.isChecked(),
            request_problem_information=not five or self.problem_information.isChecked(),
            user_properties=self.user_properties.pairs() if five else (),
        )

    def adapt(self, profile: Profile) -> None:
        """Switch off what the version does not have."""
        five = profile.protocol_version == 5
        for row in self._properties:
            row.set_enabled(five)
        self._heading.setText(_HEADING if five else f"{_HEADING}: {ONLY_5}")
        self._clean_row.set_name("Clean &Start" if five else "Clean &Session")

    @Slot()
    def _make_identifier(self) -> None:
        self.client_identifier.setText(f"topicscope-{secrets.token_hex(4)}")
        self.client_identifier.setFocus()

    def _build_properties(self) -> None:
        self.expiry, self.receive_maximum = OptionalNumber(_NOTHING), OptionalNumber(_NOTHING)
        self.packet_size, self.alias_maximum = OptionalNumber(_NOTHING), OptionalNumber(_NOTHING)
        self.response_information = QCheckBox("Ask for a topic to get responses on")
        self.problem_information = QCheckBox("Ask for reasons in words")
        self.user_properties = PairTable(("User Property", "Value"), ("name", "value"))
        numbers = (
            ("Session e&xpiry", self.expiry, _EXPIRY_HINT),
            ("&Receive Maximum", self.receive_maximum, _RECEIVE_HINT),
            ("Ma&ximum Packet Size", self.packet_size, "Bytes; the broker drops what is larger."),
            ("&Topic Alias Maximum", self.alias_maximum, "How many aliases the broker may use."),
        )
        self._heading = self.add_heading(_HEADING)
        rows = [
            self.add_row(
                name,
                field_row(number, stretch=()),
                says=name.replace("&", "").capitalize(),
                hint=hint,
                buddy=number,
            )
            for name, number, hint in numbers
        ]
        checks: tuple[tuple[str, str, QWidget], ...] = (
            ("Response Information", "Request response information", self.response_information),
            ("Problem Information", "Request problem information", self.problem_information),
            ("User Properties", "User properties", self.user_properties),
        )
        rows += [self.add_row(name, field, says=says) for name, says, field in checks]
        self._properties = rows
        self.watch(self.expiry, self.receive_maximum, self.packet_size, self.alias_maximum)
        self.watch(self.response_information, self.problem_information, self.user_properties)
