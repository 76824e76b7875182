"""The dissector: the bytes of one Control Packet as a tree of fields, for people and as JSON.

`dissect` shows what the bytes say and what is wrong with them, in the words and with the sections
of the standard, and never raises: broken packets are what a debugger is opened for. Each packet
type has its file; `reader.PacketReader` walks the bytes and collects the fields.
"""

from __future__ import annotations

from topicscope.mqtt.dissect.as_json import field_to_json
from topicscope.mqtt.dissect.field import Field, find_problems, leaves, mask_secrets
from topicscope.mqtt.dissect.packet import dissect
from topicscope.mqtt.dissect.summary import summary

__all__ = [
    "Field",
    "dissect",
    "field_to_json",
    "find_problems",
    "leaves",
    "mask_secrets",
    "summary",
]
