"""Topicscope: a debugger for MQTT, used like Wireshark."""

from __future__ import annotations

__version__ = "0.1.0"
