"""The MQTT standards as tables and pure functions: no input or output, no clock, no state but a parser's."""

from __future__ import annotations
