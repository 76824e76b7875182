"""What macOS is told of the application, and the script that signs it and packs it into a disk image."""

from __future__ import annotations

import os
import plistlib
import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.packaging.scripts import PACKAGING, load, run, tool

if TYPE_CHECKING:
    from pathlib import Path

FAKE_TOOL = '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\n'


posix = pytest.mark.skipif(sys.platform == "win32", reason="the script is for a Unix shell")


def test_that_the_property_list_says_what_macos_needs_to_start_it_well() -> None:
    plist = load("macos/info_plist.py").info_plist("1.2.3rc1")
    assert plist["CFBundleName"] == "Topicscope"
    assert plist["CFBundleVersion"] == "1.2.3"
    assert re.fullmatch(r"\d+\.\d+", plist["LSMinimumSystemVersion"])
    assert plist["NSHighResolutionCapable"] is True
    assert plist["NSRequiresAquaSystemAppearance"] is False, "would forbid the dark theme"
    assert "NSLocalNetworkUsageDescription" in plist, "macOS 15 asks before a broker is reached"


def test_that_the_property_list_names_version_documents_and_addresses() -> None:
    script = load("macos/info_plist.py")
    plist = plistlib.loads(plistlib.dumps(script.info_plist("1.2.3rc1")))
    assert plist["CFBundleIdentifier"] == "org.topicscope.Topicscope"
    assert plist["CFBundleShortVersionString"] == "1.2.3"
    (documents,) = plist["CFBundleDocumentTypes"]
    assert documents["LSHandlerRank"] == "Alternate"
    declared = {
        one["UTTypeIdentifier"]: one["UTTypeTagSpecification"]
        for one in plist["UTImportedTypeDeclarations"]
    }
    assert set(documents["LSItemContentTypes"]) == set(declared)
    suffixes = [
        suffix for tags in declared.values() for suffix in tags["public.filename-extension"]
    ]
    facts = load("facts.py")
    assert sorted(suffixes) == sorted(facts.CAPTURE_SUFFIXES)
    assert plist["CFBundleURLTypes"][0]["CFBundleURLSchemes"] == list(facts.URL_SCHEMES)


def test_that_the_entitlements_are_a_property_list_that_asks_for_no_more_than_needed() -> None:
    entitlements = plistlib.loads((PACKAGING / "macos/entitlements.plist").read_bytes())
    assert set(entitlements) == {
        "com.apple.security.cs.allow-unsigned-executable-memory",
        "com.apple.security.cs.disable-library-validation",
    }


def _calls(tmp_path: Path, **variables: str) -> list[str]:
    """Run the script with tools of Apple's that only write down how they are called."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("codesign", "ditto", "hdiutil", "xcrun", "spctl"):
        (tools / name).write_text(FAKE_TOOL)
        (tools / name).chmod(0o755)
    contents = tmp_path / "Topicscope.app/Contents"
    (contents / "MacOS").mkdir(parents=True)
    (contents / "MacOS/topicscope").write_text("")
    (contents / "MacOS/topicscope").chmod(0o755)
    (contents / "Frameworks").mkdir()
    (contents / "Frameworks/lib one.dylib").write_text("")
    environment = {
        **os.environ,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
        **variables,
    }
    run(
        tool("sh"),
        PACKAGING / "macos/package.sh",
        tmp_path / "Topicscope.app",
        tmp_path / "T.dmg",
        env=environment,
    )
    return (tmp_path / "calls").read_text().replace(str(tmp_path), "").splitlines()


@posix
def test_that_the_bundle_is_signed_from_the_inside_out_and_not_sent_to_apple_unless_asked(
    tmp_path: Path,
) -> None:
    calls = _calls(tmp_path)
    signed = [call.rpartition(" /")[2] for call in calls if "--sign -" in call]
    assert signed == [
        "Topicscope.app/Contents/Frameworks/lib one.dylib",
        "Topicscope.app/Contents/MacOS/topicscope",
        "Topicscope.app",
    ]
    assert any(call.startswith("hdiutil create") for call in calls)
    assert not any("notarytool" in call for call in calls)


@posix
def test_that_with_certificate_and_account_the_image_is_signed_notarised_and_stapled(
    tmp_path: Path,
) -> None:
    calls = _calls(
        tmp_path, SIGNING_IDENTITY="Developer ID", NOTARY_PROFILE="us", NOTARY_KEYCHAIN="/k"
    )
    assert all("--timestamp" in call for call in calls if "--sign" in call)
    end = [call.split(" /")[0] for call in calls if "T.dmg" in call]
    assert end[-4:] == [
        "hdiutil verify",
        "xcrun notarytool submit",
        "xcrun stapler staple",
        "spctl --assess --type open --context context:primary-signature --verbose=2",
    ]
    assert any("--keychain-profile us --keychain /k --wait" in call for call in calls)


@posix
def test_that_an_image_never_takes_the_place_of_what_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    script = PACKAGING / "macos/package.sh"
    with pytest.raises(AssertionError, match="is not a file that could be replaced"):
        run(tool("sh"), script, tmp_path / "Topicscope.app", tmp_path / "folder")
    assert (tmp_path / "folder").is_dir()
