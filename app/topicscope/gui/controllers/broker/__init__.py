"""Watching what a broker says of itself."""

from __future__ import annotations
