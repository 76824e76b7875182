"""Messages that can be published again and again: texts with variables, made ready, kept and filled in."""

from __future__ import annotations
