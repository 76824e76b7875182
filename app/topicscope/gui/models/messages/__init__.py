"""Rows of messages and packets, and what is inside of one."""

from __future__ import annotations
