"""What is wrong with a display filter: a sentence, the place, and what may stand there."""

from __future__ import annotations


class FilterError(ValueError):
    """A text that is not a display filter.

    Attributes:
        message: a sentence for people.
        position: where it goes wrong, in characters from 0; the length of the text where something is missing.
        expected: what may stand there, in words.

    """

    def __init__(self, message: str, position: int, expected: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.expected = expected
