"""The tokens were made with the Python sample of Microsoft's documentation, and with openssl."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.profiles.azure import (
    KeyFormatError,
    expiry_of,
    is_sas_token,
    key_of,
    resource_uri,
    sas_token,
    user_name,
)

KEY = "dG9waWNzY29wZS10ZXN0LWRldmljZS1rZXktMDAwMDE="
HOST = "contoso.azure-devices.net"


@pytest.mark.parametrize(
    ("uri", "policy", "token"),
    [
        (
            resource_uri(HOST, "thermostat-1"),
            "",
            (
                "SharedAccessSignature sr=contoso.azure-devices.net%2Fdevices%2Fthermostat-1"
                "&sig=bOMdheFBNnHyR5jP4NN23WWM81FtkD4Ty%2FuGktWwc4g%3D&se=1795258800"
            ),
        ),
        (
            resource_uri(HOST, "d/m"),
            "",
            (
                "SharedAccessSignature sr=contoso.azure-devices.net%2Fdevices%2Fd%2Fmodules%2Fm"
                "&sig=8GvLpiRaTR95Pmj3NbPazgfHneluNXxeRx4MclA7fEc%3D&se=1795258800"
            ),
        ),
        (
            HOST,
            "iothubowner",
            (
                "SharedAccessSignature sr=contoso.azure-devices.net"
                "&sig=URfFDPEXvtD6vjlDowKt4TiShR0%2BuA5Ep6wWzPU4YB4%3D&se=1795258800&skn=iothubowner"
            ),
        ),
    ],
)
def test_that_a_sas_token_is_the_one_of_microsofts_sample(
    uri: str, policy: str, token: str
) -> None:
    assert sas_token(uri, KEY, 1795258800, policy) == token
    assert is_sas_token(token)
    assert expiry_of(token) == 1795258800


def test_that_the_user_name_has_the_form_of_the_documentation() -> None:
    # learn.microsoft.com: contoso.azure-devices.net/MyDevice01/?api-version=2021-04-12
    assert user_name(HOST, "MyDevice01") == f"{HOST}/MyDevice01/?api-version=2021-04-12"
    assert user_name(HOST, "d/m") == f"{HOST}/d/m/?api-version=2021-04-12"


def test_that_the_key_is_found_in_a_connection_string() -> None:
    text = f"HostName={HOST};DeviceId=thermostat-1;SharedAccessKey={KEY}"
    assert key_of(text) == KEY
    assert key_of(f" {KEY}\n") == KEY


@pytest.mark.parametrize("key", ["no base64!", "ä", "abc"])
def test_that_a_key_that_is_not_base64_is_said_without_quoting_it(key: str) -> None:
    with pytest.raises(KeyFormatError, match=r"The device key is not base64\.") as caught:
        sas_token(HOST, key, 1)
    assert key not in str(caught.value)


@given(st.text())
def test_that_any_text_is_read_without_an_error(text: str) -> None:
    expiry_of(text)
    key_of(text)
