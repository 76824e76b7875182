"""Templates, and what was published before."""

from __future__ import annotations
