"""Qt item models: thin adapters over the capture and its friends."""

from __future__ import annotations
