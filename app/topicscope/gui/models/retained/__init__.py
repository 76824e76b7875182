"""Retained messages as rows."""

from __future__ import annotations
