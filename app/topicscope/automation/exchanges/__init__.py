"""Requests and their responses."""

from __future__ import annotations
