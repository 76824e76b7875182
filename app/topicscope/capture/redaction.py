"""Keeping secrets out of what is stored: passwords and tokens never enter the capture, so they leave it by no door."""

from __future__ import annotations

from dataclasses import replace

from topicscope.mqtt.control_packets import ControlPacketType, ProtocolVersion
from topicscope.mqtt.dissect import dissect, mask_secrets
from topicscope.mqtt.dissect.field import walk
from topicscope.mqtt.framing import MalformedPacket, NeedData, read_variable_byte_integer

MAY_HOLD_SECRETS = (ControlPacketType.CONNECT, ControlPacketType.CONNACK, ControlPacketType.AUTH)
"""Packets with a Password, a token as User Name, or Authentication Data."""

_BRIDGE_BIT = 0x80


def without_secrets(
    packet: bytes, version: ProtocolVersion, *, hides_user_name: bool = False
) -> bytes:
    """Return a packet with Password and Authentication Data overwritten by as many ``*``.

    So is a User Name that is a token, or a key that is the Password too; with `hides_user_name` any.
    In a packet that is broken, what cannot be read is overwritten too: it might be the password.
    """
    root = dissect(packet, version)
    masked = mask_secrets(packet, root)
    if hides_user_name:
        for field in walk(root):
            if field.key == "user_name":
                # Behind its length.
                for text in field.children[1:]:
                    masked = mask_secrets(masked, replace(text, secret=True))
    return masked


def version_of_connect(packet: bytes) -> ProtocolVersion | None:
    """Return the Protocol Version of a CONNECT (section 3.1.2.2); None where it is not known to us."""
    try:
        _, begin = read_variable_byte_integer(packet, 1)
        at = begin + 2 + int.from_bytes(packet[begin : begin + 2])
        return ProtocolVersion(packet[at] & ~_BRIDGE_BIT)
    except (NeedData, MalformedPacket, IndexError, ValueError):
        return None
