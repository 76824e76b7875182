"""What is published at its time: when, from where, how often, and how late it was."""

from __future__ import annotations
