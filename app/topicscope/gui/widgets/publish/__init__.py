"""The form that a message is published with."""

from __future__ import annotations
