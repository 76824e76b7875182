"""What the connection doctor found, in words: the verdict, and all of it as text for somebody else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from topicscope import __version__
from topicscope.gui.text import count_of, format_elapsed
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.connection.doctor import Step

_MARKS: Final = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "–"}
_TITLE_WIDTH: Final = 20
_TIME_WIDTH: Final = 9
LEAST_S: Final = 5e-5
"""What was found out along the way has no time of its own."""
_INDENT: Final = " " * 4


def verdict(steps: Sequence[Step]) -> tuple[str, str]:
    """Return tone and sentence on an examination that went to its end."""
    failed = next((step for step in steps if step.status == "failed"), None)
    if failed is not None:
        return "error", f"The broker was not reached: {failed.title} failed."
    warnings = sum(step.status == "warning" for step in steps)
    if warnings:
        return "warning", f"It works, with {count_of(warnings, 'warning')}."
    return "good", "All is well."


def took(step: Step) -> str:
    """Return how long a step has taken, or nothing where it was not tried."""
    if step.status == "skipped" or step.elapsed_s < LEAST_S:
        return ""
    return format_elapsed(step.elapsed_s)


def report_text(url: str, steps: Sequence[Step], *, complete: bool = True) -> str:
    """Return all steps as plain text; what comes from the network has no invisible characters in it."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    lines = [f"Topicscope {__version__}, connection doctor, {now}", escape(url), ""]
    for step in steps:
        lines += _lines(step)
    lines += ["", verdict(steps)[1] if complete else "Stopped before the end."]
    return "\n".join(lines) + "\n"


def _lines(step: Step) -> list[str]:
    head = f"{_MARKS[step.status]} {step.title:<{_TITLE_WIDTH}}{took(step):>{_TIME_WIDTH}}  "
    lines = [(head + escape(step.text)).rstrip()]
    if step.remedy:
        lines.append(f"{_INDENT}→ {escape(step.remedy)}")
    lines += [f"{_INDENT}{escape(name)}: {escape(value)}" for name, value in step.details]
    return lines
