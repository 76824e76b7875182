"""What can be done with a topic, and what topics are called."""

from __future__ import annotations
