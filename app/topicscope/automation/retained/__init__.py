"""What a broker keeps retained: read, kept in files, cleared, copied."""

from __future__ import annotations
