from __future__ import annotations

from tests.unit.profiles.test_jwt import make
from topicscope.profiles.profile import Profile


def test_that_the_label_is_the_name_or_else_the_url() -> None:
    assert Profile(name="lab").label == "lab"
    assert Profile().label == "mqtt://localhost:1883"


def test_that_a_url_shows_no_query_and_no_token() -> None:
    path = f"/api/{make({'sub': 'me'})}/mqtt?token=abc"
    profile = Profile(transport="websocket", host="twin", port=80, path=path)
    assert profile.url == "ws://twin:80/api/…/mqtt"
