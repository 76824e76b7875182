"""Trying what a broker keeps of a session."""

from __future__ import annotations
