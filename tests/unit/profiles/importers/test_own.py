from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topicscope.profiles.importers.imported import ImportFailed
from topicscope.profiles.importers.importing import import_bytes
from topicscope.profiles.importers.own import export_profiles
from topicscope.profiles.profile import Profile, Proxy, Will
from topicscope.profiles.secrets import take_secrets

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
pairs = st.lists(st.tuples(texts, texts), max_size=3).map(tuple)
wills = st.builds(Will, topic=texts, payload=texts, correlation_data=texts, user_properties=pairs)
profiles = (
    st.from_type(Profile).map(lambda profile: profile)
    if False
    else st.builds(
        Profile,
        **{
            field.name: (
                pairs
                if field.name in {"headers", "user_properties"}
                else st.lists(texts, max_size=3).map(tuple)
                if field.name in {"alpn", "subscriptions"}
                else texts
                if field.type is str
                else st.none() | wills
                if field.name == "will"
                else st.none() | st.builds(Proxy, host=texts, username=texts)
                if field.name == "proxy"
                else st.from_type(field.type)
            )
            for field in msgspec.structs.fields(Profile)
            if field.name != "version"
        },
    )
)


@settings(max_examples=200)
@given(profiles)
def test_that_every_field_but_the_identifier_comes_back(profile: Profile) -> None:
    (one,) = import_bytes(export_profiles([profile])).profiles
    expected = msgspec.structs.replace(take_secrets(profile)[0], identifier="")
    assert one.profile == expected
    assert one.secrets == {}


def test_that_no_secret_stands_in_an_export() -> None:
    profile = Profile(
        name="p",
        transport="websocket",
        path="/mqtt?token=canary-16",
        headers=(("Authorization", "Bearer canary-17"), ("X-Plant", "one")),
    )
    text = export_profiles([profile])
    assert b"canary" not in text
    assert b"X-Plant" in text


def test_that_profiles_of_one_name_get_names_of_their_own() -> None:
    found = import_bytes(export_profiles([Profile(name="p"), Profile(name="p", host="h")])).profiles
    assert [one.profile.name for one in found] == ["p", "p (2)"]


def test_that_a_program_which_a_shared_file_brings_is_to_be_looked_at() -> None:
    profile = Profile(name="p", secret_source="command", secret_reference="rm -rf ~")
    (one,) = import_bytes(export_profiles([profile])).profiles
    assert one.check == ("At each connect this program is run: rm -rf ~",)


def test_that_a_broken_profile_hides_no_other_and_is_told_with_its_place() -> None:
    stored = json.loads(export_profiles([Profile(name="one"), Profile(name="two")]))
    stored["profiles"][0]["port"] = "many"
    stored["profiles"].append(7)
    found = import_bytes(json.dumps(stored).encode())
    assert [one.profile.name for one in found.profiles] == ["two"]
    assert found.problems == (
        "profiles[0].port: a whole number was expected, not text.",
        "profiles[2]: is no profile.",
    )


def test_that_what_a_later_topicscope_adds_is_named() -> None:
    stored = json.loads(export_profiles([Profile(name="one")]))
    stored["profiles"][0]["colour_of_the_sky"] = "blue"
    (one,) = import_bytes(json.dumps(stored).encode()).profiles
    assert one.ignored == ("“colour_of_the_sky”",)


def test_that_a_later_form_is_refused_with_both_numbers() -> None:
    with pytest.raises(ImportFailed, match=r"newer Topicscope .form 9, this one reads up to 1"):
        import_bytes(b'{"topicscope_profiles": 9, "profiles": []}')


def test_that_a_single_file_of_the_profile_store_is_read() -> None:
    text = msgspec.json.encode(Profile(name="p", identifier="0123456789abcdef"))
    (one,) = import_bytes(text).profiles
    assert one.profile == Profile(name="p")
