"""Two states of the topics side by side."""

from __future__ import annotations
