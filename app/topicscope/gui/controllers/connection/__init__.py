"""From a chosen profile to a connection, with all that is asked on the way."""

from __future__ import annotations
