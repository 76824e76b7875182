"""Topics as a tree, and as they rank."""

from __future__ import annotations
