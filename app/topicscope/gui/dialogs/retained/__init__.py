"""The retained messages of a broker."""

from __future__ import annotations
