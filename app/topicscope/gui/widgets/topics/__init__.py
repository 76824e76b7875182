"""The topic tree and the top talkers."""

from __future__ import annotations
