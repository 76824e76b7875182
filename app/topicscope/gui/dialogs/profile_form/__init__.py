"""The form of one profile, a page per subject."""

from __future__ import annotations
