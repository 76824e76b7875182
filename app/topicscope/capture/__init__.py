"""What was seen: every Control Packet that crossed the connection, and the views on it."""

from __future__ import annotations
