"""Why a connection does not come about, step by step."""

from __future__ import annotations
