"""What a broker says of itself, as rows and series."""

from __future__ import annotations
