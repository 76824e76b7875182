"""The Will Message: what the broker publishes for us when the connection breaks (section 3.1.2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import msgspec
from PySide6.QtWidgets import QCheckBox, QPlainTextEdit

from topicscope.gui.dialogs.profile_form.page import (
    ONLY_5,
    ProfilePage,
    choice,
    choose,
    line_field,
    mono_field,
)
from topicscope.gui.theme import mono_font
from topicscope.gui.widgets.fields.form_row import field_row
from topicscope.gui.widgets.fields.number_field import OptionalNumber
from topicscope.gui.widgets.fields.pair_table import PairTable
from topicscope.profiles.profile import Will

if TYPE_CHECKING:
    from typing import Literal

    from topicscope.gui.widgets.fields.form_row import FormRow
    from topicscope.profiles.profile import Profile

_QOS: Final = (("0: at most once", 0), ("1: at least once", 1), ("2: exactly once", 2))
_HEADING: Final = "Properties of the Will Message"
_READ_ONLY: Final = "A read-only connection publishes nothing, not even a Will Message."
_HINT: Final = "The broker publishes it when the connection ends without a goodbye."


class WillPage(ProfilePage):
    """The Will Message and its properties."""

    title = "Will"

    def build(self) -> None:
        """Make the rows."""
        self.given = QCheckBox("Leave a Will Message with the broker")
        self.topic = mono_field("plant/line1/viewer/status")
        self.payload = QPlainTextEdit()
        self.payload.setFont(mono_font())
        self.payload.setFixedHeight(76)
        self.payload.setTabChangesFocus(True)
        self.payload.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.qos = choice(*_QOS)
        self.retain = QCheckBox("Retain")
        self._given_row = self.add_row("&Will Message", self.given, says="Will", hint=_HINT)
        self._of_will = [
            self.add_row("&Topic Name", self.topic, says="Will topic"),
            self.add_row("Pa&yload", self.payload, says="Will payload"),
            self.add_row("&QoS", field_row(self.qos, self.retain, stretch=(0, 1)), buddy=self.qos),
        ]
        self._heading = self.add_heading(_HEADING)
        self._of_5 = self._build_properties()
        self.watch(self.given, self.topic, self.payload, self.qos, self.retain)

    def show_profile(self, profile: Profile) -> None:
        """Show the fields of a profile."""
        self.given.setChecked(profile.will is not None)
        will = profile.will or Will(topic="")
        self.topic.setText(will.topic)
        self.payload.setPlainText(will.payload)
        choose(self.qos, will.qos)
        self.retain.setChecked(will.retain)
        self.delay.set_value(will.delay_interval or None)
        self.is_text.setChecked(will.payload_format_indicator)
        self.expiry.set_value(will.message_expiry_interval)
        self.content_type.setText(will.content_type)
        self.response_topic.setText(will.response_topic)
        self.correlation_data.setText(will.correlation_data)
        self.user_properties.set_pairs(will.user_properties)

    def applied(self, profile: Profile) -> Profile:
        """Return the profile with the Will Message of this page, or without one."""
        will = self._will(five=profile.protocol_version == 5) if self.given.isChecked() else None
        return msgspec.structs.replace(profile, will=will)

    def adapt(self, profile: Profile) -> None:
        """Show the fields of a Will Message that is wanted, and switch off what the version does not have."""
        given, five = self.given.isChecked(), profile.protocol_version == 5
        # One that is there already can still be taken away.
        self._given_row.set_off(_READ_ONLY if profile.read_only and not given else "")
        for row in self._of_will:
            row.setVisible(given)
        self._heading.setVisible(given)
        for row in self._of_5:
            row.setVisible(given)
            row.set_enabled(five)
        self._heading.setText(_HEADING if five else f"{_HEADING}: {ONLY_5}")

    def _will(self, *, five: bool) -> Will:
        will = Will(
            topic=self.topic.text().strip(),
            payload=self.payload.toPlainText(),
            qos=cast("Literal[0, 1, 2]", self.qos.currentData()),
            retain=self.retain.isChecked(),
        )
        if not five:
            return will
        return msgspec.structs.replace(
            will,
            delay_interval=self.delay.value() or 0,
            payload_format_indicator=self.is_text.isChecked(),
            message_expiry_interval=self.expiry.value(),
            content_type=self.content_type.text(),
            response_topic=self.response_topic.text().strip(),
            correlation_data="".join(self.correlation_data.text().split()),
            user_properties=self.user_properties.pairs(),
        )

    def _build_properties(self) -> list[FormRow]:
        self.delay, self.expiry = OptionalNumber("At once"), OptionalNumber("Never")
        self.is_text = QCheckBox("The payload is UTF-8 text")
        self.content_type = line_field("application/json")
        self.response_topic = mono_field("None")
        self.correlation_data = mono_field("None; hexadecimal, such as 0a1b2c")
        self.user_properties = PairTable(("User Property", "Value"), ("name", "value"))
        self.watch(self.delay, self.expiry, self.is_text, self.content_type, self.response_topic)
        self.watch(self.correlation_data, self.user_properties)
        delay, expiry = field_row(self.delay, stretch=()), field_row(self.expiry, stretch=())
        return [
            self.add_row(
                "Will &Delay", delay, says="Will delay interval", buddy=self.delay,
                hint="Seconds that the broker waits whether we come back.",
            ),
            self.add_row(
                "Message e&xpiry", expiry, says="Will message expiry interval", buddy=self.expiry,
                hint="Seconds after which the message is dropped where it still waits.",
            ),
            self.add_row("Payload format", self.is_text, says="Will payload format indicator"),
            self.add_row("Content T&ype", self.content_type, says="Will content type"),
            self.add_row("Response Topic", self.response_topic, says="Will response topic"),
            self.add_row("Correlation Data", self.correlation_data, says="Will correlation data"),
            self.add_row("User Properties", self.user_properties, says="Will user properties"),
        ]  # fmt: skip
