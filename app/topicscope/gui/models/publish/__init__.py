"""Messages to publish, and what became of them."""

from __future__ import annotations
