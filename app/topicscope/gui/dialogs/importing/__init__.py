"""Profiles from the files of other programs."""

from __future__ import annotations
