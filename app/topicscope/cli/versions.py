"""The versions that a bug report needs, found without importing what they are of."""

from __future__ import annotations

import argparse
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from topicscope import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGES = {
    "PySide6": "PySide6-Essentials",
    "qasync": "qasync",
    "paho-mqtt": "paho-mqtt",
    "numpy": "numpy",
    "msgspec": "msgspec",
}


def versions() -> dict[str, str]:
    """Return names and versions in the order in which they are printed."""
    import ssl

    found = {"Topicscope": __version__, "Python": platform.python_version()}
    found |= {name: _installed(package) for name, package in _PACKAGES.items()}
    found["OpenSSL"] = ssl.OPENSSL_VERSION.removeprefix("OpenSSL ")
    found["Platform"] = platform.platform()
    return found


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


class PrintVersions(argparse.Action):
    """``--version``: print the versions and end; with ``--json`` beside it as one document."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the versions and end")

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,  # noqa: ANN401 - argparse's word
        option_string: str | None = None,
    ) -> None:
        """Print and end."""
        found = versions()
        if "--json" in sys.argv:
            import json

            print(json.dumps(found))
        else:
            print("\n".join(f"{name} {text}" for name, text in found.items()))
        parser.exit()
