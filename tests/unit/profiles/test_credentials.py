from __future__ import annotations

from typing import Any

import pytest

from tests.unit.profiles.test_jwt import make
from topicscope.profiles.credentials import Credentials, CredentialsError, make_credentials
from topicscope.profiles.profile import Profile
from topicscope.profiles.secrets import take_secrets

NOW = 1795255200.0
DEVICE_KEY = "dG9waWNzY29wZS10ZXN0LWRldmljZS1rZXktMDAwMDE="
AWS = "a1b2c3d4e5f6g7-ats.iot.eu-west-1.amazonaws.com"


def made(secret: str | None = None, /, **fields: Any) -> Credentials:
    secrets = {} if secret is None else {"secret": secret}
    return make_credentials(Profile(**fields), secrets, NOW)


def refused(secret: str | None = None, /, **fields: Any) -> str:
    with pytest.raises(CredentialsError) as caught:
        made(secret, **fields)
    return str(caught.value)


def test_that_nobody_logs_in_without_name_and_secret() -> None:
    credentials = made()
    assert (credentials.username, credentials.password) == (None, None)
    assert credentials.expires_at is None
    assert credentials.remarks == ()


def test_that_name_and_password_go_as_they_are() -> None:
    credentials = made(" pass word ", username="ada")
    assert (credentials.username, credentials.password) == ("ada", b" pass word ")


def test_that_a_password_alone_has_an_empty_user_name_beside_it() -> None:
    assert made("secret").username == ""


def test_that_a_token_goes_as_user_name_with_a_placeholder() -> None:
    token = make({"exp": NOW + 600})
    credentials = made(f"Bearer {token}\n", login="token_as_user_name")
    assert (credentials.username, credentials.password) == (token, b"-")
    assert credentials.expires_at == NOW + 600
    assert made(token, login="token_as_user_name", placeholder_password="any").password == b"any"


def test_that_a_token_goes_as_password() -> None:
    token = make({"exp": NOW + 600})
    credentials = made(token, login="token_as_password", username="device")
    assert (credentials.username, credentials.password) == ("device", token.encode())
    assert made("opaque", login="token_as_password").username == ""


def test_that_an_api_key_goes_as_both() -> None:
    credentials = made("85a2b1c3.5uQ1hZ0rT7", login="api_key")
    assert credentials.username == "85a2b1c3.5uQ1hZ0rT7"
    assert credentials.password == b"85a2b1c3.5uQ1hZ0rT7"


@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("token_as_user_name", "The token is missing."),
        ("token_as_password", "The token is missing."),
        ("api_key", "The API key is missing."),
        ("azure_sas", "The device key is missing."),
        ("aws_sigv4", "The secret access key is missing."),
    ],
)
def test_that_a_missing_secret_is_called_by_its_name(login: str, words: str) -> None:
    assert refused(login=login) == words
    assert refused(" ", login=login) == words


@pytest.mark.parametrize(
    "login", ["password", "token_as_password", "token_as_user_name", "api_key"]
)
def test_that_an_expired_token_is_said_before_anybody_tries_it(login: str) -> None:
    words = refused(make({"exp": NOW - 3 * 3600}), login=login)
    assert words.startswith("The token expired 3 h ago (")
    assert words.endswith("): give a new one.")


def test_that_an_expired_token_in_the_user_name_is_said_too() -> None:
    assert "expired 2 min ago" in refused("x", username=make({"exp": NOW - 120}))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("command", "the token command printed an old one"),
        ("file", "the token file holds an old one"),
        ("environment", "the environment variable holds an old one"),
    ],
)
def test_that_the_source_of_an_old_token_is_named(source: str, words: str) -> None:
    old = make({"exp": NOW - 3600})
    assert refused(old, login="token_as_user_name", secret_source=source).endswith(f": {words}.")


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"path": "/mqtt?room=7&jwt={}"}, "in the WebSocket path"),
        ({"path": "/mqtt/{}"}, "in the WebSocket path"),
        ({"headers": (("Authorization", "Bearer {}"),)}, "in the header Authorization"),
        ({"headers": (("Cookie", "a=1; session={}"),)}, "in the header Cookie"),
        ({"username": "me?x-amz-customauthorizer-name=A&token={}"}, "behind the user name"),
    ],
)
def test_that_a_token_anywhere_in_the_request_is_looked_at(
    fields: dict[str, Any], where: str
) -> None:
    def profile(expires_at: float) -> Profile:
        token = make({"exp": expires_at})
        filled: dict[str, Any] = {
            name: value.format(token)
            if isinstance(value, str)
            else tuple((header, text.format(token)) for header, text in value)
            for name, value in fields.items()
        }
        return Profile(transport="websocket", **filled)

    clean, secrets = take_secrets(profile(NOW - 3600))
    with pytest.raises(CredentialsError) as caught:
        make_credentials(clean, secrets, NOW)
    assert str(caught.value).startswith(f"The token {where} expired 60 min ago (")
    assert str(caught.value).endswith("): give a new one.")
    clean, secrets = take_secrets(profile(NOW + 600))
    assert make_credentials(clean, secrets, NOW).expires_at == NOW + 600


def test_that_headers_and_path_do_not_count_where_there_is_no_websocket() -> None:
    old = make({"exp": NOW - 3600})
    fields: Any = {"path": f"/mqtt?jwt={old}", "headers": (("Authorization", old),)}
    assert made(**fields).expires_at is None


def test_that_the_token_that_ends_first_is_the_one_that_counts() -> None:
    path = f"/mqtt?jwt={make({'exp': NOW + 60})}"
    both = made(make({"exp": NOW + 600}), login="token_as_user_name", path=path)
    assert both.expires_at == NOW + 600
    both = made(
        make({"exp": NOW + 600}), login="token_as_user_name", path=path, transport="websocket"
    )
    assert both.expires_at == NOW + 60


def test_that_a_clock_may_be_a_minute_wrong() -> None:
    credentials = made(make({"exp": NOW - 59}), login="token_as_user_name")
    assert credentials.expires_at == NOW - 59
    assert len(credentials.remarks) == 1
    assert "expired 59 s ago" in credentials.remarks[0]
    assert made(make({"nbf": NOW + 59}), login="token_as_user_name").remarks == ()
    early = made(make({"nbf": NOW + 600}), login="token_as_user_name")
    assert "clock" in early.remarks[0]


def test_that_azure_gets_a_signature_that_expires_and_its_own_user_name() -> None:
    credentials = made(
        f"HostName=contoso.azure-devices.net;DeviceId=d1;SharedAccessKey={DEVICE_KEY}",
        login="azure_sas",
        host="contoso.azure-devices.net",
        client_identifier="d1",
    )
    assert credentials.username == "contoso.azure-devices.net/d1/?api-version=2021-04-12"
    assert credentials.password is not None
    assert credentials.password.startswith(b"SharedAccessSignature sr=contoso.azure-devices.net%2F")
    assert credentials.expires_at == NOW + 24 * 3600
    assert DEVICE_KEY.encode() not in credentials.password


def test_that_a_sas_token_that_is_ready_goes_as_it_is_unless_it_has_expired() -> None:
    fields = {"login": "azure_sas", "host": "h", "client_identifier": "d", "username": "own"}
    ready = f"SharedAccessSignature sr=h&sig=x&se={int(NOW) + 60}"
    credentials = made(ready, **fields)
    assert (credentials.username, credentials.password) == ("own", ready.encode())
    assert credentials.expires_at == NOW + 60
    assert "expired" in refused(f"SharedAccessSignature sr=h&sig=x&se={int(NOW) - 90}", **fields)


def test_that_azure_needs_device_and_key() -> None:
    assert "device ID" in refused(DEVICE_KEY, login="azure_sas")
    words = refused("canary!", login="azure_sas", client_identifier="d")
    assert "not base64" in words
    assert "canary" not in words


def test_that_aws_gets_a_signed_path_and_nothing_in_connect() -> None:
    fields: dict[str, Any] = {"transport": "websocket", "tls": True, "port": 443, "host": AWS}
    profile = Profile(login="aws_sigv4", username="AKIDEXAMPLE", **fields)
    key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    credentials = make_credentials(profile, {"secret": key, "session_token": "tmp/1"}, NOW)
    assert (credentials.username, credentials.password) == (None, None)
    assert (
        "7455107b54f364800a4756e234dd50639e654c693fba0ebbe0eaf20996105c12"
        "&X-Amz-Security-Token=tmp%2F1" in credentials.path
    )
    assert key not in credentials.path


def test_that_aws_says_what_is_missing() -> None:
    fields: dict[str, Any] = {"login": "aws_sigv4", "transport": "websocket", "tls": True}
    assert "region" in refused("k", username="AKID", host="iot.example.com", **fields)
    assert "access key ID" in refused("k", host=AWS, **fields)
    assert "WebSocket" in refused("k", login="aws_sigv4", username="AKID", host=AWS)


def test_that_secret_headers_and_path_are_put_back() -> None:
    profile = Profile(
        transport="websocket", headers=(("X-Plain", "1"), ("Authorization", "")), path="/mqtt"
    )
    secrets = {
        "header Authorization": "Bearer abc",
        "path": "/mqtt?token=abc",
        "passphrase": "pp",
        "proxy_password": "px",
    }
    credentials = make_credentials(profile, secrets, NOW)
    assert credentials.headers == (("X-Plain", "1"), ("Authorization", "Bearer abc"))
    assert credentials.path == "/mqtt?token=abc"
    assert (credentials.passphrase, credentials.proxy_password) == ("pp", "px")


def test_that_what_mqtt_cannot_carry_is_said() -> None:
    assert "70,000 bytes" in refused("x" * 70_000, login="token_as_user_name")
    assert "NUL" in refused("a\0b", login="token_as_user_name")


def test_that_no_secret_shows_in_a_traceback() -> None:
    secrets = dict.fromkeys(
        ("secret", "passphrase", "proxy_password", "header X", "path"), "canary"
    )
    assert "canary" not in repr(make_credentials(Profile(username="u"), secrets, NOW))
