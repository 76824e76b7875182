"""Tests of what acts by itself."""

from __future__ import annotations
