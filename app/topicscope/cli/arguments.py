"""What several commands take as an argument."""

from __future__ import annotations

import argparse

LONGEST_S = 1e6


def seconds(text: str) -> float:
    """Read a time in seconds, which may be 0. Raises argparse.ArgumentTypeError."""
    try:
        read = float(text)
    except ValueError:
        read = -1.0
    if not 0 <= read < LONGEST_S:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds")
    return read


def some_seconds(text: str) -> float:
    """Read a time in seconds, more than 0. Raises argparse.ArgumentTypeError."""
    if not (read := seconds(text)):
        raise argparse.ArgumentTypeError(f"“{text}” is not a time that anything could happen in")
    return read
