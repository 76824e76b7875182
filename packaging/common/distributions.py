"""Which Python packages are shipped: those that Topicscope needs here, and those that they need."""

from __future__ import annotations

import inspect
import re
from importlib import metadata

from packaging.requirements import Requirement


def shipped(root: str = "topicscope") -> dict[str, metadata.Distribution]:
    """Return the packages by their normalised names, in the order of the alphabet, `root` among them."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [root]
    while waiting:
        name = normalised(waiting.pop())
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        waiting += [one.name for one in requirements(found[name])]
    return dict(sorted(found.items()))


def requirements(distribution: metadata.Distribution) -> list[Requirement]:
    """Return what a package needs on this system, extras left out."""
    wanted = map(Requirement, distribution.requires or [])
    return [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]


def top_modules(distribution: metadata.Distribution) -> list[str]:
    """Return the importable names of an installed package, also those of modules in machine code."""
    found = set()
    for file in distribution.files or ():
        name = inspect.getmodulename(file.name) if len(file.parts) == 1 else file.parts[0]
        if name and name.isidentifier() and not name.startswith("__"):
            found.add(name)
    return sorted(found)


def normalised(name: str) -> str:
    """Write a name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
