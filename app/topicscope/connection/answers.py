"""What becomes of a PUBLISH, in words: what the answer says, and what its version of MQTT cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topicscope.connection.refusals import said
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.reason_codes import reason_name

if TYPE_CHECKING:
    from topicscope.connection.session import SessionPacket

_SENT = {
    0: (
        "Written to the network. With QoS 0 nothing comes back: when the broker refuses it, nobody is told."
    ),
    1: "Written to the network; waits for PUBACK.",
    2: "Written to the network; waits for PUBREC and PUBCOMP.",
}


def sent_text(qos: int) -> str:
    """Say what is still to come for a PUBLISH that has left."""
    return _SENT[qos]


def answer_text(packet: SessionPacket, version: ProtocolVersion) -> str:
    """Say what a PUBACK, PUBREC or PUBCOMP means (sections 3.4.2.1, 3.5.2.1, 3.7.2.1)."""
    if version < ProtocolVersion.MQTT_5:
        return (
            f"{packet.kind.name} came. {version.label} has no Reason Codes: a broker that refuses a message"
            " answers in the same way, or cuts the connection."
        )
    name = reason_name(packet.kind, packet.code)
    text = f"{name} (0x{packet.code:02X})" if packet.code else name
    more = said(packet.properties)
    return f"{text}.{more}" if more else text
