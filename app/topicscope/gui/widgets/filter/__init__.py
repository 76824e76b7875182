"""The line that a display filter is written in, with its proposals and menus."""

from __future__ import annotations
