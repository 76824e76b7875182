"""A Mosquitto that refuses $SYS in SUBACK: only its dynamic security plugin does, the file of acl_file never."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

_ROLES = {
    "defaultACLAccess": {
        "publishClientSend": True,
        "publishClientReceive": True,
        "subscribe": True,
        "unsubscribe": True,
    },
    "clients": [],
    "groups": [{"groupname": "all", "roles": [{"rolename": "no-sys"}]}],
    "roles": [
        {
            "rolename": "no-sys",
            "acls": [{"acltype": "subscribePattern", "topic": "$SYS/#", "allow": False}],
        }
    ],
    "anonymousGroup": "all",
}
_PLUGINS = (
    "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so",
    "/usr/lib/aarch64-linux-gnu/mosquitto_dynamic_security.so",
)


def refusing_sys(folder: Path) -> str:
    """Return lines of its configuration; skip the test where the plugin is not installed."""
    plugin = next((p for p in _PLUGINS if Path(p).exists()), None)
    if plugin is None:
        pytest.skip("Mosquitto's dynamic security plugin is not installed")
    roles = folder / "roles.json"
    roles.write_text(json.dumps(_ROLES))
    return f"plugin {plugin}\nplugin_opt_config_file {roles}"
