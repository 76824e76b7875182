"""The connection from the side of the window: everything that arrives crosses to the GUI thread here."""

from __future__ import annotations
