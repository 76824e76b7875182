"""Publishing by hand and from templates."""

from __future__ import annotations
