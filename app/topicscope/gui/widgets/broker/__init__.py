"""What the figures of a broker are shown with."""

from __future__ import annotations
