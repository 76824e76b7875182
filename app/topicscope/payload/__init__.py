"""What a payload says: one decoder per file."""

from __future__ import annotations

from topicscope.payload.detect import detect
from topicscope.payload.hex import hex_view
from topicscope.payload.json import Pretty, json_view
from topicscope.payload.text import preview, safe_topic

__all__ = ["Pretty", "detect", "hex_view", "json_view", "preview", "safe_topic"]
