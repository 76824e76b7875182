"""Tests of the importers."""

from __future__ import annotations
