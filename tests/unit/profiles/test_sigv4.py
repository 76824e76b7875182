"""The signatures were made with botocore's SigV4QueryAuth, its clock held at NOW."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topicscope.profiles.sigv4 import presigned_path, region_of

NOW = 1795255200.0  # 2026-11-21 10:00:00 UTC
KEYS = {"access_key": "AKIDEXAMPLE", "secret_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
HOST = "a1b2c3d4e5f6g7-ats.iot.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("host", "path", "signature"),
    [
        (HOST, "/mqtt", "7455107b54f364800a4756e234dd50639e654c693fba0ebbe0eaf20996105c12"),
        (
            "a1b2c3d4e5f6g7.ats.iot.cn-north-1.amazonaws.com.cn",
            "/mqtt",
            "c8e0cd70bb217cb651c6b87a64e3e257080128f285e42975d22dc045ac4ccdbd",
        ),
        (
            "a1b2c3d4e5f6g7-ats.iot.us-east-1.amazonaws.com:8443",
            "/mqtt",
            "0c29e6388d98b2fd33e6a8da447b3f675ceb37aa6f5594aaa5965df9034df193",
        ),
        (
            HOST,
            "/my%20mqtt?name=a%20b",
            "d63700847f47e012fcc19f6ee802f377efe5f9530637e08c271bf45afd981199",
        ),
    ],
)
def test_that_the_signature_is_the_one_of_awss_own_library(
    host: str, path: str, signature: str
) -> None:
    region = region_of(host.partition(":")[0])
    assert region is not None
    signed = presigned_path(path, host=host, region=region, now=NOW, **KEYS)
    assert signed.startswith(path.partition("?")[0] + "?X-Amz-Algorithm=AWS4-HMAC-SHA256&")
    assert f"%2F20261121%2F{region}%2Fiotdevicegateway%2Faws4_request" in signed
    assert signed.endswith(f"&X-Amz-Signature={signature}")


def test_that_the_session_token_is_appended_and_not_signed() -> None:
    plain = presigned_path("/mqtt", host=HOST, region="eu-west-1", now=NOW, **KEYS)
    signed = presigned_path(
        "/mqtt", host=HOST, region="eu-west-1", now=NOW, session_token="a+/b==", **KEYS
    )
    assert signed == plain + "&X-Amz-Security-Token=a%2B%2Fb%3D%3D"


@pytest.mark.parametrize(
    ("host", "region"),
    [
        (HOST, "eu-west-1"),
        (HOST.upper(), "eu-west-1"),
        ("data.iot-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("vpce-0a1b-2c3d.data.iot.us-east-1.vpce.amazonaws.com", "us-east-1"),
        ("iot.example.com", None),
        ("a1.iot.eu-west-1.amazonaws.com.example.com", None),
        ("", None),
    ],
)
def test_that_the_region_is_read_from_the_endpoint(host: str, region: str | None) -> None:
    assert region_of(host) == region


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_that_any_session_token_gives_a_path_of_printable_ascii(token: str) -> None:
    signed = presigned_path(
        "/mqtt", host=HOST, region="eu-west-1", now=NOW, session_token=token, **KEYS
    )
    assert signed.isascii()
    assert signed.isprintable()
    assert " " not in signed
