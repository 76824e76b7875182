"""The table of messages and packets."""

from __future__ import annotations
