"""The licences of everything that is shipped: read from the records of the packages and from ``resources/licences``."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NamedTuple

import topicscope
from topicscope.paths import resource_dir

if TYPE_CHECKING:
    from importlib.metadata import Distribution
    from pathlib import Path

_OWN = frozenset(("topicscope", "pyside6-essentials", "shiboken6"))
"""Told by files of ours."""

_USUAL_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_ONLY_FROZEN = "system.txt"


class Licence(NamedTuple):
    """A part that is shipped; `files` are patterns of where it lies in a packaged application."""

    name: str
    expression: str
    text: str
    files: str = "*"


def shipped_licences() -> list[Licence]:
    """Return the licences, ours first, then by name; reads some dozen files."""
    resources = resource_dir()
    parts = [
        _read(path) for path in sorted((resources / "licences").glob("*.txt")) if _concerns(path)
    ]
    parts += [_package(one) for one in _packages()]
    for name, expression, file in (
        ("Inter", "OFL-1.1", "fonts/Inter-OFL.txt"),
        ("JetBrains Mono", "OFL-1.1", "fonts/JetBrainsMono-OFL.txt"),
        ("Lucide icons", "ISC AND MIT", "icons/LICENSE.txt"),
    ):
        folder = file.partition("/")[0]
        pattern = f"*resources/{folder}/{name.replace(' ', '').removesuffix('icons')}*"
        text = (resources / file).read_text(encoding="utf-8")
        parts.append(Licence(name, expression, text, pattern))
    return [_ours(), *sorted(parts, key=lambda part: part.name.lower())]


def _concerns(path: Path) -> bool:
    return path.name != _ONLY_FROZEN or bool(getattr(sys, "frozen", False))


def _read(path: Path) -> Licence:
    """Read a file of ours: lines ``Key: value``, an empty one, and the text."""
    head, _, text = path.read_text(encoding="utf-8").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Licence(fields["Name"], fields["License"], text.strip("\n"), fields["Files"])


def _ours() -> Licence:
    from importlib import metadata

    text = ""
    try:
        text = _text(metadata.distribution("topicscope"))
    except metadata.PackageNotFoundError:
        file = resource_dir().parent / "LICENSE"
        if file.is_file():
            text = file.read_text(encoding="utf-8")
    version = topicscope.__version__
    return Licence("Topicscope", "Apache-2.0", text or f"Topicscope {version}: Apache License 2.0")


def _packages() -> list[Distribution]:
    """Return the packages that Topicscope needs, and those that they need."""
    from importlib import metadata

    found: dict[str, Distribution] = {}
    waiting, seen = ["topicscope"], set[str]()
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            one = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found[name] = one
        waiting += [
            match[0]
            for line in one.requires or ()
            if "extra ==" not in line and (match := _NAME.match(line))
        ]
    return [one for name, one in sorted(found.items()) if name not in _OWN]


def _package(one: Distribution) -> Licence:
    name = one.metadata["Name"]
    folder = re.sub(r"[-.]+", "_", name)
    return Licence(name, _expression(one), _text(one) or _expression(one), f"*{folder}*")


def _expression(one: Distribution) -> str:
    fields = one.metadata
    said: str = next(
        iter(fields.get_all("License-Expression") or fields.get_all("License") or [""])
    )
    if said and said != "UNKNOWN" and "\n" not in said and len(said) < 60:
        return said
    classifiers = fields.get_all("Classifier") or []
    names = [text.rsplit(" :: ", 1)[1] for text in classifiers if text.startswith("License ::")]
    return ", ".join(names) or "see its text"


def _text(one: Distribution) -> str:
    names = one.metadata.get_all("License-File") or list(_USUAL_FILES)
    found = [one.read_text(f"licenses/{name}") or one.read_text(name) for name in names]
    return "\n\n".join(text.strip("\n") for text in found if text)
