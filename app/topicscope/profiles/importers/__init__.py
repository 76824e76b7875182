"""Profiles out of the files of other tools: a module per tool, and what is common to them.

Every file is taken for hostile: sizes, depths and lengths are bounded, nothing in a file is run,
and whatever is wrong with it becomes an `ImportFailed` or a sentence, never another exception.
"""

from __future__ import annotations
