"""Reusable widgets that know nothing of MQTT connections."""

from __future__ import annotations
