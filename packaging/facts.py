"""What every package says of Topicscope: its names, its version, and what it opens. Standard library only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
NAME: Final = "Topicscope"
COMMAND: Final = "topicscope"
APP_ID: Final = "org.topicscope.Topicscope"
SUMMARY: Final = "A debugger for MQTT, used like Wireshark"
PUBLISHER: Final = "The Topicscope developers"
COPYRIGHT: Final = "Apache License 2.0; Qt is used under the LGPL"

CAPTURE_SUFFIXES: Final = ("pcapng", "pcap", "cap")
"""Files that the window opens. Other programs own them: Topicscope offers itself and takes nothing over."""

URL_SCHEMES: Final = ("mqtt", "mqtts")
"""Addresses that a browser or a mail may hand over; ws and http belong to browsers."""


def version() -> str:
    """Return the version, read from the one place where it is written; raises `ValueError`."""
    text = (ROOT / "app" / "topicscope" / "__init__.py").read_text(encoding="utf-8")
    if match := re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE):
        return match[1]
    raise ValueError("app/topicscope/__init__.py says no version")


def four_numbers(text: str) -> tuple[int, int, int, int]:
    """Return a version as the four numbers that Windows wants: ``1.2.0rc1`` is (1, 2, 0, 0)."""
    if not (match := re.match(r"\d+(\.\d+){0,3}", text)):
        raise ValueError(f"{text!r} is no version")
    numbers = [int(part) for part in match[0].split(".")] + [0, 0, 0]
    return numbers[0], numbers[1], numbers[2], numbers[3]
