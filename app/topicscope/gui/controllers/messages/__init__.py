"""Filtering, finding, exporting and travelling in time."""

from __future__ import annotations
