"""Fields that check what is typed into them."""

from __future__ import annotations
