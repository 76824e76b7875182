"""The command line: one file per command; all but `window` run without Qt."""

from __future__ import annotations
