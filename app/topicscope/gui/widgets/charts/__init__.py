"""Charts of values over time."""

from __future__ import annotations
