"""Exit codes of all commands, and the exception that carries one."""

from __future__ import annotations

DONE = 0
FAILED = 1
"""The thing asked about failed."""
USAGE = 2
"""Wrong usage, or bad input."""
NO_CONNECTION = 3


class CommandFailed(Exception):  # noqa: N818 - the end of a command, not always an error in it
    """A command cannot go on; the text is a sentence for people."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
