from __future__ import annotations

from topicscope.profiles.profile import Profile


def test_that_the_label_is_the_name_or_else_the_url() -> None:
    assert Profile(name="lab").label == "lab"
    assert Profile().label == "mqtt://localhost:1883"
