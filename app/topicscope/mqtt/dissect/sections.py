"""Section numbers: the dissector speaks MQTT 5.0, and this table knows where the older texts say it."""

from __future__ import annotations

from topicscope.mqtt.control_packets import ProtocolVersion

_IN_3_1_1 = {
    "1.5.3": "1.5.2",
    "1.5.4": "1.5.3",
    "1.5.6": "",
    "2.1.1": "2.2",
    "2.1.2": "2.2.1",
    "2.1.3": "2.2.2",
    "2.1.4": "2.2.3",
    "2.2": "2.3",
    "2.2.1": "2.3.1",
    "2.3": "2.4",
    "3.1.3.3": "3.1.3.2",
    "3.1.3.4": "3.1.3.3",
    "3.1.3.5": "3.1.3.4",
    "3.1.3.6": "3.1.3.5",
    "3.2.2.1.1": "3.2.2.2",
    "3.2.2.2": "3.2.2.3",
}
_IN_3_1 = {"1.5.2": "", "1.5.4": "2.5", "1.5.6": "", "2.2.1": "2.4"}


def section_in(section: str, version: ProtocolVersion) -> str:
    """Return the number that a section of MQTT 5.0 has in the text of `version`.

    MQTT 3.1 has one section per Control Packet and one for the fixed header.
    """
    if version is ProtocolVersion.MQTT_5:
        return section
    if version is ProtocolVersion.MQTT_3_1_1:
        return _IN_3_1_1.get(section, section)
    return _IN_3_1.get(section, ".".join(section.split(".")[:2]))
