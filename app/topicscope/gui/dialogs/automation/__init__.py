"""Forms for schedules, responders and requests."""

from __future__ import annotations
