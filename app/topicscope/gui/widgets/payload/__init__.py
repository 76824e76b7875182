"""What payloads are shown and written with."""

from __future__ import annotations
