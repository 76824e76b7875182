"""Profiles, and what was found out of them."""

from __future__ import annotations
