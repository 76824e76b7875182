"""What acts by itself: templates, schedules, responders, retained messages."""

from __future__ import annotations
