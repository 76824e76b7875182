"""Filters and colours that are kept."""

from __future__ import annotations
