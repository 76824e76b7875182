from __future__ import annotations

from typing import Any

import pytest

from topicscope.profiles.profile import Profile


def test_that_a_fresh_profile_has_no_problem() -> None:
    assert Profile().problem() is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"host": ""}, "Host"),
        ({"host": "my broker"}, "Host"),
        ({"host": "mqtt://broker"}, "Host"),
        ({"port": 0}, "Port"),
        ({"port": 65_536}, "Port"),
        ({"transport": "websocket", "path": "mqtt"}, "Path"),
        ({"transport": "websocket", "path": "/a b"}, "Path"),
        ({"transport": "unix", "path": ""}, "Path"),
        ({"transport": "unix", "path": "/a", "tls": True}, "TLS"),
        ({"client_identifier": "x" * 65_536}, "Client Identifier"),
        ({"client_identifier": "x" * 24, "protocol_version": 3}, "Client Identifier"),
        ({"client_identifier": "a\0b"}, "Client Identifier"),
        ({"username": "\ud800"}, "User name"),
        ({"keep_alive": 65_536}, "Keep alive"),
        ({"keep_alive": -1}, "Keep alive"),
        ({"key_file": "client.key"}, "Key"),
        ({"alpn": ("",)}, "ALPN"),
        ({"headers": (("Bad Name", "x"),)}, "Headers"),
        ({"headers": (("Name", "x\r\nInjected: y"),)}, "Headers"),
        ({"subscriptions": ("a/#/b",)}, "Subscriptions"),
    ],
)
def test_that_a_problem_names_its_field(changes: dict[str, Any], field: str) -> None:
    problem = Profile(**changes).problem()
    assert problem is not None
    assert problem.startswith(f"{field}: ")
    assert problem.endswith(".")


def test_that_the_label_is_the_name_or_else_the_url() -> None:
    assert Profile(name="lab").label == "lab"
    assert Profile().label == "mqtt://localhost:1883"
