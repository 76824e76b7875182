"""What charts show of a capture."""

from __future__ import annotations
