"""Values over time, each in a dialog of its own."""

from __future__ import annotations
