"""What schedules and responders are shown and written with."""

from __future__ import annotations
