"""Words for people on standard error; standard output belongs to what was asked for."""

from __future__ import annotations

import sys

from topicscope.payload.text import escape


class Progress:
    """One line that is written over and over, where standard error is a terminal."""

    def __init__(self) -> None:
        self._shown = 0
        self._is_terminal = sys.stderr.isatty()

    def show(self, text: str) -> None:
        """Put a text in place of the one before."""
        if self._is_terminal:
            print(f"\r{text:<{self._shown}}", end="", file=sys.stderr, flush=True)
            self._shown = len(text)

    def say(self, text: str) -> None:
        """Put a line above the progress."""
        self.clear()
        say(text)

    def clear(self) -> None:
        """Remove the line."""
        if self._shown:
            print(f"\r{'':<{self._shown}}\r", end="", file=sys.stderr, flush=True)
            self._shown = 0


def say(text: str) -> None:
    """Write a line on standard error; what may come from the network is made harmless."""
    print("\n".join(escape(line) for line in text.split("\n")), file=sys.stderr, flush=True)


def in_bytes(count: int) -> str:
    """Write a number of bytes for people: ``3.1 MB``."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError


def counted(count: int, noun: str) -> str:
    """Write a number with its noun: ``1 message``, ``1,204 messages``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
