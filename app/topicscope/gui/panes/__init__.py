"""The panes of the window; they never import each other."""

from __future__ import annotations
