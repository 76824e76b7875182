from __future__ import annotations

import base64
import json
import string
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.profiles.profile import Profile, Proxy
from topicscope.profiles.secrets import path_without_tokens, take_secrets, with_secrets
from topicscope.profiles.store import ProfileStore

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canary-4711"


def token(subject: str = CANARY) -> str:
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": subject}]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*coded, b"c2lnbmF0dXJl"]).decode()


WEBSOCKET = Profile(name="cloud", transport="websocket", host="broker")
FULL = msgspec.structs.replace(
    WEBSOCKET,
    path=f"/mqtt?token={CANARY}&room=7",
    headers=(
        ("X-Room", "7"),
        ("Authorization", f"Bearer {CANARY}"),
        ("Cookie", f"a={CANARY}"),
        ("Cookie", f"b={CANARY}"),
        ("X-Who", f"Bearer {token()}"),
    ),
)


def test_that_headers_and_tokens_in_the_path_are_taken_and_put_back() -> None:
    clean, taken = take_secrets(FULL)
    assert clean.path == "/mqtt?room=7"
    assert clean.headers == (
        ("X-Room", "7"),
        ("Authorization", ""),
        ("Cookie", ""),
        ("Cookie", ""),
        ("X-Who", ""),
    )
    assert taken == {
        "path": f"/mqtt?token={CANARY}&room=7",
        "header Authorization": f"Bearer {CANARY}",
        "header Cookie": f"a={CANARY}",
        "header Cookie 2": f"b={CANARY}",
        "header X-Who": f"Bearer {token()}",
    }
    assert with_secrets(clean, taken) == FULL
    assert take_secrets(clean) == (clean, {})


def test_that_a_secret_header_of_no_known_value_is_not_sent() -> None:
    clean, _ = take_secrets(FULL)
    assert with_secrets(clean, {}).headers == (("X-Room", "7"), ("X-Who", ""))


def test_that_a_header_that_a_file_does_not_name_comes_back_too() -> None:
    restored = with_secrets(WEBSOCKET, {"header Cookie": "a", "header Cookie 2": "b"})
    assert restored.headers == (("Cookie", "a"), ("Cookie", "b"))


def test_that_a_path_which_was_changed_since_is_not_replaced() -> None:
    clean, taken = take_secrets(FULL)
    changed = msgspec.structs.replace(clean, path="/other")
    assert with_secrets(changed, taken).path == "/other"


def test_that_a_value_typed_in_now_wins_over_the_one_that_was_kept() -> None:
    typed = msgspec.structs.replace(WEBSOCKET, headers=(("Authorization", "new"),))
    assert with_secrets(typed, {"header Authorization": "old"}).headers == typed.headers


@pytest.mark.parametrize(
    ("password", "login"),
    [(None, "token_as_user_name"), ("-", "token_as_user_name"), (token(), "api_key")],
)
def test_that_a_token_as_user_name_becomes_the_secret(password: str | None, login: str) -> None:
    profile = Profile(username=token(), client_identifier="me")
    clean, taken = take_secrets(profile, password)
    assert clean == Profile(client_identifier="me", login=login)
    assert taken == {"secret": token()}


def test_that_a_password_is_a_secret_and_a_user_name_is_none() -> None:
    profile = Profile(username="anna", path="/mqtt?token=x")
    assert take_secrets(profile, "hush") == (profile, {"secret": "hush"})


@pytest.mark.parametrize(
    ("path", "without"),
    [
        ("/mqtt", None),
        ("/mqtt?", None),
        ("/mqtt?room=7&empty=", None),
        ("/mqtt?token=x", "/mqtt"),
        ("/a?X-Amz-Signature=x&b=%2F", "/a?b=%2F"),
        ("/a?access_token=x&api-key=y&key=z&jwt=q&passwd=p", "/a"),
        (f"/a?who={token()}", "/a"),
        ("/a?keyboard=de&monkey=1&design=flat", None),
        ("/a?sig=x&%74oken=y&b=2", "/a?b=2"),
        (f"/mqtt/{token()}", "/mqtt"),
        (f"/{token()}/mqtt?room=7", "/mqtt?room=7"),
    ],
)
def test_that_secrets_in_a_query_are_told_by_their_names_or_looks(
    path: str, without: str | None
) -> None:
    assert path_without_tokens(path) == without


AUTHORIZER = "me?x-amz-customauthorizer-name=gate"


@pytest.mark.parametrize(
    "behind",
    [
        f"&token={CANARY}",
        f"&x-amz-customauthorizer-signature={CANARY}%2B1",
        f"&room={token()}",
    ],
)
def test_that_what_a_custom_authorizer_reads_behind_the_user_name_is_a_secret(behind: str) -> None:
    profile = Profile(username=AUTHORIZER + behind)
    clean, taken = take_secrets(profile, "hush")
    assert clean.username == AUTHORIZER
    assert taken == {"secret": "hush", "username": profile.username}
    assert with_secrets(clean, taken) == profile
    changed = msgspec.structs.replace(clean, username="other")
    assert with_secrets(changed, taken).username == "other"


@pytest.mark.parametrize("name", [AUTHORIZER, "hub/device/?api-version=2021-04-12", "who?"])
def test_that_a_user_name_with_a_harmless_query_stays(name: str) -> None:
    assert take_secrets(Profile(username=name)) == (Profile(username=name), {})


PAIRS = st.lists(
    st.tuples(
        st.sampled_from(["Authorization", "X-Room", "Cookie", "x-token"]),
        st.text(st.sampled_from(string.ascii_letters + " =;"), min_size=1, max_size=8),
    ),
    max_size=6,
)


@given(st.text(max_size=40), PAIRS, st.sampled_from(["tcp", "websocket", "unix"]), st.text())
def test_that_what_is_taken_can_be_put_back(
    path: str, headers: list[tuple[str, str]], transport: Any, username: str
) -> None:
    profile = Profile(path=path, headers=tuple(headers), transport=transport, username=username)
    clean, taken = take_secrets(profile)
    assert with_secrets(clean, taken) == profile
    assert take_secrets(clean) == (clean, {})


def test_that_no_secret_reaches_a_file(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    full = msgspec.structs.replace(
        FULL,
        username=token(),
        placeholder_password=token(),
        proxy=Proxy(host="proxy", username="anna"),
    )
    stored = store.save(full)
    store.save(msgspec.structs.replace(full, identifier=stored.identifier, port=2))
    store.duplicate(full)
    store.move(["cloud"], "folder")
    store.save(msgspec.structs.replace(full, identifier=stored.identifier, name="works"))
    assert len(list(tmp_path.iterdir())) > 3
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert CANARY.encode() not in content
        assert token().encode() not in content


def test_that_a_secret_written_into_a_file_by_hand_does_not_live_on_in_its_backup(
    tmp_path: Path,
) -> None:
    store = ProfileStore(tmp_path)
    stored = store.save(WEBSOCKET)
    store.save(msgspec.structs.replace(stored, port=2))
    (path,) = tmp_path.glob("*.json")
    path.write_bytes(
        msgspec.json.encode(msgspec.structs.replace(FULL, identifier=stored.identifier))
    )
    (by_hand,) = store.list().profiles
    store.save(by_hand)
    assert all(CANARY.encode() not in one.read_bytes() for one in tmp_path.iterdir())
