"""The library of profiles, and what a connection asks."""

from __future__ import annotations
