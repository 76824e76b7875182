"""The window: views of the capture, and the panes that act on the connection."""

from __future__ import annotations
