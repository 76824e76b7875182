"""Where the other tools keep their connections on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def known_places() -> list[tuple[str, Path]]:
    """Return tool and file for each that is here; asks the file system."""
    return [(tool, path) for tool, path in _candidates() if _is_file(path)]


def _candidates() -> Iterator[tuple[str, Path]]:
    home = Path.home()
    for folder in _application_folders(home):
        yield "MQTT Explorer", folder / "MQTT-Explorer" / "settings.json"
        yield "MQTTX", folder / "MQTTX" / "MQTTX.db"
        yield "MQTT.fx", folder / "MQTT-FX" / "mqttfx-config.xml"
    if sys.platform == "darwin":
        container = home / "Library/Containers/de.t7n.apps.mqtt-explorer/Data/Library"
        yield "MQTT Explorer", container / "Application Support/MQTT-Explorer/settings.json"
    yield "MQTT.fx", home / "MQTT-FX" / "mqttfx-config.xml"
    yield "mqtt-spy", home / "mqtt-spy" / "mqtt-spy-configuration.xml"
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    for program in ("mosquitto_sub", "mosquitto_pub", "mosquitto_rr"):
        yield "Mosquitto", config / program


def _application_folders(home: Path) -> list[Path]:
    """Return where applications keep what is theirs on this system."""
    if sys.platform == "win32":
        names = (os.environ.get("APPDATA"), os.environ.get("LOCALAPPDATA"))
        return [Path(name) for name in names if name]
    if sys.platform == "darwin":
        return [home / "Library/Application Support"]
    return [Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
