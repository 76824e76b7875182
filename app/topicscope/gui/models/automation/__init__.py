"""Rows of schedules, responders and exchanges."""

from __future__ import annotations
