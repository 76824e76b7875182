"""The list of subscriptions, and the row that adds to it."""

from __future__ import annotations
