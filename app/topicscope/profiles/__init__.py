"""How to reach a broker: the profile, its URL, and the store of profiles."""

from __future__ import annotations
