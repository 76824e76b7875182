"""Every field of a profile through the form, into its file, out of it, through export and import, and into the form."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtTest import QTest

from topicscope.gui.dialogs.profile_form.tabs import ProfileFormTabs
from topicscope.profiles.importers.importing import import_file
from topicscope.profiles.importers.own import export_profiles
from topicscope.profiles.presets import PRESETS, Preset, fill_in
from topicscope.profiles.problems import profile_problem
from topicscope.profiles.profile import Profile, Proxy, Will
from topicscope.profiles.store import ProfileStore

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.helpers.window import Desk

WORDS = st.text("abz019-_ äß€/", min_size=1, max_size=12).map(str.strip).filter(bool)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True)
PAIRS = st.lists(st.tuples(NAMES, WORDS), max_size=3).map(tuple)
BIG = st.none() | st.integers(1, 4_294_967_295)
WILLS = st.builds(
    Will,
    topic=NAMES,
    payload=st.text("ab \n{}", max_size=20),
    qos=st.sampled_from((0, 1, 2)),
    retain=st.booleans(),
    delay_interval=st.integers(0, 4_294_967_295),
    payload_format_indicator=st.booleans(),
    message_expiry_interval=st.none() | st.integers(0, 4_294_967_295),
    content_type=st.just("") | NAMES,
    response_topic=st.just("") | NAMES,
    correlation_data=st.binary(max_size=4).map(bytes.hex),
    user_properties=PAIRS,
)
PROXIES = st.builds(
    Proxy,
    kind=st.sampled_from(("socks5", "http")),
    host=NAMES,
    port=st.integers(1, 65_535),
    username=st.just("") | NAMES,
)
ADDRESSES = st.one_of(
    st.fixed_dictionaries({"transport": st.just("tcp")}),
    st.fixed_dictionaries(
        {
            "transport": st.just("websocket"),
            "path": NAMES.map("/{}".format),
            "headers": PAIRS,
            "sub_protocol": NAMES,
        }
    ),
)
TRUST = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {
            "tls": st.just(True),
            "server_name": st.just("") | NAMES,
            "alpn": st.lists(NAMES, max_size=2).map(tuple),
            "tls_key_log_file": st.just("") | NAMES.map("/tmp/keys of {}".format),
            "certificate_file": st.just("/tmp/me.pem"),
            "key_file": st.just("") | st.just("/tmp/me.key"),
            "ca_file": st.just("") | NAMES.map("/tmp/{}".format),
        }
    ),
    st.fixed_dictionaries({"tls": st.just(True), "insecure": st.just(True)}),
    st.fixed_dictionaries(
        {
            "tls": st.just(True),
            "pinned_certificate": st.binary(min_size=32, max_size=32).map(bytes.hex),
        }
    ),
)
LOGINS = st.one_of(
    st.fixed_dictionaries({"login": st.just("password"), "username": st.just("") | WORDS}),
    st.fixed_dictionaries(
        {"login": st.just("token_as_user_name"), "placeholder_password": st.just("") | NAMES}
    ),
    st.fixed_dictionaries({"login": st.just("token_as_password"), "username": NAMES}),
    st.fixed_dictionaries({"login": st.just("api_key")}),
)
SOURCES = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"secret_source": st.just("command"), "secret_reference": NAMES}),
    st.fixed_dictionaries({"secret_source": st.just("file"), "secret_reference": NAMES}),
    st.fixed_dictionaries({"secret_source": st.just("environment"), "secret_reference": NAMES}),
)
COMMON = st.fixed_dictionaries(
    {
        "name": WORDS,
        "folder": st.just("") | NAMES | st.tuples(NAMES, NAMES).map("/".join),
        "colour": st.sampled_from(
            ("", "blue", "amber", "violet", "green", "red", "teal", "pink", "grey")
        ),
        "kind": st.sampled_from(("development", "public", "production")),
        "host": NAMES,
        "port": st.integers(1, 65_535),
        "proxy": st.none() | PROXIES,
        "connect_timeout": st.integers(1, 300),
        "client_identifier": st.just("") | NAMES,
        "keep_alive": st.integers(0, 65_535),
        "clean_start": st.booleans(),
        "subscriptions": st.lists(NAMES.map("{}/#".format), max_size=3, unique=True).map(tuple),
    }
)
V5 = st.one_of(
    st.fixed_dictionaries({"protocol_version": st.just(4)}),
    st.fixed_dictionaries(
        {
            "session_expiry_interval": st.none() | st.integers(0, 4_294_967_295),
            "receive_maximum": st.none() | st.integers(1, 65_535),
            "maximum_packet_size": BIG,
            "topic_alias_maximum": st.none() | st.integers(0, 65_535),
            "request_response_information": st.booleans(),
            "request_problem_information": st.booleans(),
            "user_properties": PAIRS,
        }
    ),
)
LAST = st.one_of(
    st.fixed_dictionaries({"read_only": st.booleans()}), st.fixed_dictionaries({"will": WILLS})
)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Return a profile that has no problem."""
    fields: dict[str, Any] = {"identifier": "0123456789abcdef"}
    for part in (COMMON, ADDRESSES, TRUST, LOGINS, SOURCES, V5, LAST):
        fields |= draw(part)
    will = fields.get("will")
    if will is not None and fields.get("protocol_version") == 4:
        fields["will"] = Will(
            topic=will.topic, payload=will.payload, qos=will.qos, retain=will.retain
        )
    return Profile(**fields)


@pytest.fixture
def form(qtbot: QtBot) -> ProfileFormTabs:
    made = ProfileFormTabs()
    qtbot.addWidget(made)
    return made


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(profile=profiles())
def test_that_every_field_survives_form_file_export_and_import(
    form: ProfileFormTabs, tmp_path: Path, profile: Profile
) -> None:
    assert not profile_problem(profile)
    form.show_profile(profile, {})
    assert form.problem() == ""
    assert form.profile() == profile
    store = ProfileStore(tmp_path / "profiles")
    for old in store.list().profiles:
        store.delete(old.name)
    stored = store.save(form.parted()[0])
    assert msgspec.structs.replace(stored, position=profile.position) == profile
    (found,) = ProfileStore(tmp_path / "profiles").list().profiles
    assert found == stored
    path = tmp_path / "export.json"
    path.write_bytes(export_profiles([found]))
    (imported,) = import_file(path).profiles
    again = msgspec.structs.replace(imported.profile, identifier=profile.identifier)
    form.show_profile(again, imported.secrets)
    assert msgspec.structs.replace(form.profile(), position=profile.position) == profile


# --- presets ---

SAMPLES: dict[str, Any] = {
    "host": "broker.example.com",
    "port": 8443,
    "tls": True,
    "username": "ada",
    "client_identifier": "thing-1",
    "certificate_file": "/keys/thing.pem",
    "key_file": "/keys/thing.key",
    "subscriptions": ("sensors/#",),
}
AWS = "a1b2c3d4e5f6g7-ats.iot.eu-west-1.amazonaws.com"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_that_each_preset_is_saved_without_a_complaint_once_it_is_filled_in(
    desk: Desk, preset: Preset
) -> None:
    desk.click("Fill in the form…")
    desk.type("Search brokers", preset.name)
    desk.wait(partial(desk.says, preset.note), "the note")
    desk.click("Begin with this")
    dialog: Any = desk.modal()
    assert desk.says(preset.note), "the note stays beside the form"
    values = {name: SAMPLES[name] for name in preset.asks if name != "secret"}
    if preset.profile.login == "aws_sigv4":
        values["host"] = AWS
    wanted = fill_in(dialog.form.profile(), values)
    for page in dialog.form.pages:
        page.show_profile(wanted)
        page.changed.emit()
    if "secret" in preset.asks:
        desk.show_tab("Login")
        dialog.form.login.secret.setFocus()
        QTest.keyClicks(dialog.form.login.secret, "c2VjcmV0")
    assert dialog.form.problem() == ""
    desk.click("Save")
    desk.wait(lambda: desk.services.store.list().profiles, "the profile")
    stored = desk.services.store.list().profiles[0]
    assert msgspec.structs.replace(stored, identifier=wanted.identifier) == wanted
    desk.wait(lambda: "secret" not in preset.asks or desk.key_store.entries, "the secret")
    desk.keys("Escape", dialog)
    desk.settle()
