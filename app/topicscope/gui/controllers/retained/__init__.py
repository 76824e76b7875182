"""Listing, clearing, copying and keeping retained messages."""

from __future__ import annotations
