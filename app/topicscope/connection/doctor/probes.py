"""What a client may do here, found out without touching anybody's messages.

Rights to subscribe come from SUBACK, in a session of its own under a random Client Identifier; each
subscription is ended at once. The only messages that are published have a topic that nobody else
uses, under ``topicscope/probe/``, and none is left behind.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from topicscope.connection.doctor.report import PROBES
from topicscope.connection.outcomes import ConnectionEnded
from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.encode import encode_publish, encode_subscribe, encode_unsubscribe
from topicscope.mqtt.packets import Subscription
from topicscope.mqtt.reason_codes import is_error, reason_name

if TYPE_CHECKING:
    from topicscope.connection.doctor.conversation import Conversation
    from topicscope.connection.doctor.report import Report
    from topicscope.connection.doctor.step import Status
    from topicscope.connection.doctor.way import Way
    from topicscope.connection.server_told import ServerTold
    from topicscope.connection.session import SessionPacket
    from topicscope.profiles.profile import Profile

_P = ControlPacketType
_LEAVE_RETAINED = 2
"""Retain Handling: no retained messages, please (section 3.8.3.1)."""

_ANSWER_S = 5.0
_MESSAGE = b"Topicscope probe"

_FILTERS = {
    "probe-all": ("#", 0, "Subscribing to “#” (all topics)"),
    "probe-sys": ("$SYS/#", 0, "Subscribing to “$SYS/#” (what the broker says of itself)"),
}


class Probes:
    """Ask one thing after the other over an open conversation."""

    def __init__(
        self,
        report: Report,
        way: Way,
        conversation: Conversation,
        version: ProtocolVersion,
        told: ServerTold,
    ) -> None:
        self._report = report
        self._way = way
        self._conversation = conversation
        self._version = version
        self._told = told
        self._identifier = 0
        self._topic = f"topicscope/probe/{secrets.token_hex(8)}"

    def run(self) -> None:
        """Go through all of them; raises ConnectionEnded when the server ends the connection."""
        self._report.begin()
        for key, (topic_filter, qos, words) in _FILTERS.items():
            self._subscribe(key, topic_filter, qos, words)
        self._shared()
        self._subscribe_with_qos_2()
        if reason := why_not_publish(self._way.profile):
            self._report.add("probe-publish", "skipped", reason)
            self._report.add("probe-retain", "skipped", reason)
            return
        self._publish()
        self._retain()

    # --- subscribing ---

    def _subscribe(self, key: str, topic_filter: str, qos: int, words: str) -> None:
        if "#" in topic_filter and not self._told.wildcard_subscription_available:
            self._report.add(key, "warning", "Not sent: the broker takes no wildcards.")
            return
        code = self._ask(topic_filter, qos)
        name = reason_name(_P.SUBACK, code, self._version)
        if is_error(code, _P.SUBACK, self._version):
            self._report.add(
                key,
                "warning",
                f"{words} is refused: {name} (0x{code:02X}).",
                "Subscribe to the topics that you need, or ask for the right to it.",
            )
        else:
            text = f"{words} is allowed; unsubscribed again."
            if key == "probe-all":
                text += " A broker may still leave out what this login may not read."
            self._report.add(key, "ok", text)

    def _shared(self) -> None:
        key = "probe-shared"
        if self._version != ProtocolVersion.MQTT_5:
            self._report.add(key, "skipped", f"{self._version.label} has no shared subscriptions.")
        elif not self._told.shared_subscription_available:
            self._report.add(key, "warning", "Not sent: the broker has no shared subscriptions.")
        else:
            # In a group and on a topic of our own: a share takes messages away from the others.
            group = secrets.token_hex(4)
            topic_filter = f"$share/topicscope-{group}/{self._topic}"
            self._subscribe(key, topic_filter, 0, "A shared subscription, on a topic of our own,")

    def _subscribe_with_qos_2(self) -> None:
        code = self._ask(self._topic, 2)
        key = "probe-qos"
        if is_error(code, _P.SUBACK, self._version):
            name = reason_name(_P.SUBACK, code, self._version)
            self._report.add(
                key, "warning", f"Subscribing to {self._topic} is refused: {name} (0x{code:02X})."
            )
        elif code < 2:
            self._report.add(key, "warning", f"The broker grants QoS {code} in place of 2.")
        else:
            self._report.add(key, "ok", "The broker grants QoS 2.")

    def _ask(self, topic_filter: str, qos: int) -> int:
        """Subscribe, unsubscribe, and return the Reason Code of the SUBACK."""
        asked = Subscription(topic_filter, qos=qos, retain_handling=_LEAVE_RETAINED)
        identifier = self._next_identifier()
        packet = encode_subscribe(identifier, [asked], version=self._version)
        answer = self._exchange(packet, identifier, _P.SUBACK)
        code = answer.codes[0] if answer.codes else 0x80
        identifier = self._next_identifier()
        packet = encode_unsubscribe(identifier, [topic_filter], version=self._version)
        self._exchange(packet, identifier, _P.UNSUBACK)
        return code

    # --- publishing ---

    def _publish(self) -> None:
        if self._told.maximum_qos == 0:
            self._report.add(
                "probe-publish",
                "skipped",
                "The broker takes QoS 0 only, which it never answers: nothing was sent.",
            )
            return
        code = self._send(_MESSAGE, retain=False)
        sent = f"one message of {len(_MESSAGE)} bytes with QoS 1 to {self._topic}"
        self._tell_publish("probe-publish", code, "Publishing is allowed", sent)

    def _retain(self) -> None:
        key = "probe-retain"
        if not self._told.retain_available:
            self._report.add(key, "warning", "Not sent: the broker keeps no retained messages.")
            return
        if self._told.maximum_qos == 0:
            self._report.add(key, "skipped", "Not sent: with QoS 0 nobody could tell.")
            return
        code = self._send(_MESSAGE, retain=True)
        if not is_error(code, _P.PUBACK, self._version) and not self._clear():
            self._report.add(
                key,
                "warning",
                f"A message was sent to {self._topic} with retain, and could not be cleared.",
                "Publish an empty message with retain to this topic to clear it.",
            )
            return
        sent = f"one message of {len(_MESSAGE)} bytes with QoS 1 and retain to {self._topic}"
        words = "Retained messages are taken"
        self._tell_publish(key, code, words, f"{sent}, and an empty one to clear it")

    def _clear(self) -> bool:
        try:
            return not is_error(self._send(b"", retain=True), _P.PUBACK, self._version)
        except ConnectionEnded:
            return False

    def _send(self, payload: bytes, *, retain: bool) -> int:
        identifier = self._next_identifier()
        packet = encode_publish(
            self._topic,
            payload,
            qos=1,
            retain=retain,
            packet_identifier=identifier,
            version=self._version,
        )
        return self._exchange(packet, identifier, _P.PUBACK).code

    def _tell_publish(self, key: str, code: int, words: str, sent: str) -> None:
        status: Status = "ok"
        text, remedy = f"{words}. Sent: {sent}.", ""
        if is_error(code, _P.PUBACK, self._version):
            name = reason_name(_P.PUBACK, code, self._version)
            status, text = "warning", f"It is refused: {name} (0x{code:02X}). Sent: {sent}."
            remedy = "Publishing to other topics may be allowed; whoever runs the broker knows."
        elif self._version != ProtocolVersion.MQTT_5:
            text += " Before MQTT 5 a broker may drop a message without a word."
        self._report.add(key, status, text, remedy)

    # --- both ---

    def _exchange(self, packet: bytes, identifier: int, kind: ControlPacketType) -> SessionPacket:
        patience = self._way.patience().at_most(_ANSWER_S)
        self._conversation.say(packet, patience)
        while True:
            answer = self._conversation.hear(kind, patience=patience)
            if answer.packet_identifier == identifier:
                return answer

    def _next_identifier(self) -> int:
        self._identifier += 1
        return self._identifier


def why_not_publish(profile: Profile) -> str:
    """Say why no message may be published to this broker, or nothing."""
    if profile.read_only:
        return "Nothing is published over a read-only profile."
    if profile.kind == "production":
        return "Nothing is published to a production broker."
    return ""


def end_probes(report: Report, error: ConnectionEnded) -> None:
    """Tell that the server ended the connection over the probe that was next."""
    known = {step.key for step in report.steps}
    report.add(
        next((key for key in PROBES if key not in known), PROBES[-1]),
        "warning",
        f"The connection ended over this: {error.outcome.text}",
        "The broker does not allow it, or answers it by cutting the connection.",
    )
