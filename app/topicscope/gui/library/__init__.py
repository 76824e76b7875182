"""What a person keeps in files: filters, names, templates, schedules."""

from __future__ import annotations
