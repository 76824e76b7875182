"""Subscriptions as rows."""

from __future__ import annotations
