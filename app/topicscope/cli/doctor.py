"""``topicscope doctor``: each step of reaching a broker, how it went, and what to do where it failed."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import textwrap
import threading
from typing import TYPE_CHECKING

import msgspec

from topicscope.cli.connecting import add_connection_options, target
from topicscope.cli.exit_codes import DONE, FAILED
from topicscope.connection.offers import with_offer
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topicscope.connection.doctor import Step
    from topicscope.connection.offers import Offer
    from topicscope.profiles.profile import Profile

_WIDEST = 100
_NARROWEST = 60
_MARKS = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "–"}
_ASCII_MARKS = {"ok": "+", "warning": "!", "failed": "x", "skipped": "-"}
_ASCII = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "–": "-", "→": "->", "·": "-", "•": "*"}
)
_TITLE_WIDTH = 20
_TIME_WIDTH = 9


def doctor(arguments: Sequence[str]) -> int:
    """Examine one broker: exit code 0 when no step failed, 1 when one did."""
    options = _parser().parse_args(arguments[1:])
    broker = target(options.url, options)
    from topicscope.connection.doctor import all_well, document, examine

    page = _Page(broker.profile)
    if not options.json:
        page.write(f"Topicscope doctor: {broker.profile.url}\n")
    # An examination that is ended from outside still closes its connections in good order.
    before = signal.signal(signal.SIGTERM, _as_ctrl_c)
    try:
        told = _ignore if options.json else page.show
        steps = examine(broker.profile, broker.secrets, told, threading.Event(), options.probe)
    finally:
        signal.signal(signal.SIGTERM, before)
    if options.json:
        print(msgspec.json.encode(document(broker.profile.url, steps)).decode())
    else:
        page.write(f"\n{_verdict(steps)}")
    return DONE if all_well(steps) else FAILED


class _Page:
    """Steps as a table on standard output; in ASCII where that is not UTF-8."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
        self._is_utf8 = encoding in ("utf8", "utf8sig", "cp65001")
        columns = shutil.get_terminal_size((_WIDEST, 24)).columns
        self._width = max(_NARROWEST, min(_WIDEST, columns))

    def show(self, step: Step) -> None:
        """Write one step: mark, title, time and text; below it the remedy, and details of what failed."""
        marks = _MARKS if self._is_utf8 else _ASCII_MARKS
        took = "" if step.status == "skipped" or not step.elapsed_s else _time_text(step.elapsed_s)
        head = f"{marks[step.status]} {step.title:<{_TITLE_WIDTH}}{took:>{_TIME_WIDTH}}  "
        self._paragraph(head, step.text)
        if step.remedy:
            self._paragraph(" " * len(head) + "→ ", step.remedy)
        if step.status in ("failed", "warning"):
            for name, value in step.details:
                self._detail(f"{'':{len(head)}}{name}: ", value)
        if step.offer is not None and (option := _option(self._profile, step.offer)):
            self.write(f"    {option}")

    def write(self, text: str) -> None:
        """Write a line; what the encoding cannot say is written as near as it can."""
        if not self._is_utf8:
            text = text.translate(_ASCII).encode("ascii", "backslashreplace").decode()
        print(text, flush=True)

    def _detail(self, head: str, value: str) -> None:
        room = self._width - len(head)
        if ":" in value and " " not in value and len(value) > room:
            # A fingerprint breaks between its pairs of digits.
            size = max(3, room - room % 3)
            value = " ".join(value[at : at + size] for at in range(0, len(value), size))
        self._paragraph(head, value)

    def _paragraph(self, head: str, text: str) -> None:
        lines = textwrap.wrap(
            escape(text),
            self._width,
            initial_indent=head,
            subsequent_indent=" " * len(head),
            break_on_hyphens=False,
        )
        self.write("\n".join(lines) or head.rstrip())


def _option(profile: Profile, offer: Offer) -> str:
    """Say which option does what a step offers, or as what address to try it; nothing where neither does."""
    if offer.kind == "pin":
        return f"To trust it: --pin {offer.value}"
    if offer.kind == "use_name":
        return f"To verify it: --server-name {escape(offer.value)}"
    url = with_offer(profile, offer).url
    return f"To try it: {escape(url)}" if url != profile.url else ""


def _verdict(steps: Sequence[Step]) -> str:
    failed = next((step for step in steps if step.status == "failed"), None)
    if failed is not None:
        return f"Not reached: {failed.title} failed."
    warnings = sum(step.status == "warning" for step in steps)
    if warnings:
        return f"It works, with {warnings} {'warning' if warnings == 1 else 'warnings'}."
    return "All is well."


def _time_text(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _ignore(_step: Step) -> None:
    """Say nothing before the document is whole."""


def _as_ctrl_c(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="topicscope doctor",
        description="Go the way to a broker step by step, and say where it ends and why. "
        "Nothing is published, unless --probe asks for it.",
        epilog="Exit codes: 0 no step failed, 1 a step failed, 2 wrong usage.",
    )
    parser.add_argument("url", metavar="URL", help="for example mqtts://broker.example:8883")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--probe",
        action="store_true",
        help="find out what this client may do; at most three small messages go to a topic "
        "under topicscope/probe/ that nobody else uses, and none is left behind",
    )
    add_connection_options(parser)
    return parser
