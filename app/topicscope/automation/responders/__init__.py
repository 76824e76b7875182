"""What answers a message: the rule, the guard against loops, and the thread."""

from __future__ import annotations
