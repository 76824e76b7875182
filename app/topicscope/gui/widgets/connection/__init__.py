"""What the state of a connection is shown with."""

from __future__ import annotations
