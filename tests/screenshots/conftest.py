"""The desk that the stories are played at."""

from __future__ import annotations

from tests.gui.conftest import desk

__all__ = ["desk"]
