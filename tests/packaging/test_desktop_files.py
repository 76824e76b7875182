"""What a desktop reads beside the program: menu entry, description, types of files, icons."""

from __future__ import annotations

import configparser
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QImage

from tests.helpers.mosquitto import require_program
from tests.packaging.scripts import PACKAGING, load, run

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

EPOCH = 1_700_000_000
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


@pytest.fixture(scope="module")
def facts() -> ModuleType:
    return load("facts.py")


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder like /usr/share with all that the packages put there."""
    folder = tmp_path_factory.mktemp("share")
    load("common/share.py").fill(folder, sys.executable, EPOCH, compressed=True)
    return folder


def _entry(share: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(share / "applications/topicscope.desktop", encoding="utf-8")
    return parser["Desktop Entry"]


def test_that_the_menu_entry_is_valid(share: Path) -> None:
    validate = require_program("desktop-file-validate", "desktop-file-utils")
    done = run(validate, share / "applications/topicscope.desktop")
    assert done.stdout == ""


def test_that_the_description_is_valid_and_says_version_and_date(
    share: Path, facts: ModuleType
) -> None:
    path = share / f"metainfo/{facts.APP_ID}.metainfo.xml"
    release = ET.parse(path).getroot().find("releases/release")
    assert release is not None
    assert release.attrib == {"version": facts.version(), "date": "2023-11-14"}
    run(require_program("appstreamcli", "appstream"), "validate", "--no-net", "--pedantic", path)


def test_that_the_menu_entry_opens_what_the_window_opens(share: Path, facts: ModuleType) -> None:
    entry = _entry(share)
    assert entry["Exec"] == f"{facts.COMMAND} %u"
    offered = set(entry["MimeType"].strip(";").split(";"))
    schemes = {f"x-scheme-handler/{scheme}" for scheme in facts.URL_SCHEMES}
    assert schemes <= offered
    assert offered - schemes == {
        "application/x-pcapng",
        "application/vnd.tcpdump.pcap",
        "application/vnd.topicscope.message",
        "application/vnd.topicscope.profiles+json",
    }


def test_that_a_capture_and_files_of_topicscope_get_their_types(share: Path) -> None:
    run(require_program("update-mime-database", "shared-mime-info"), share / "mime")
    globs = (share / "mime/globs2").read_text(encoding="utf-8").splitlines()
    assert {
        "50:application/x-pcapng:*.pcapng",
        "40:application/vnd.topicscope.message:*.message",
        "60:application/vnd.topicscope.profiles+json:*.topicscope.json",
    } <= set(globs)


def test_that_the_types_say_how_files_of_topicscope_begin(share: Path) -> None:
    from topicscope.automation.templates.files import SUFFIX
    from topicscope.gui.controllers.connection.importing import FILE_NAME
    from topicscope.profiles.importers.own import MARK, export_profiles

    types = ET.parse(share / "mime/packages/topicscope.xml").getroot()
    values = [match.attrib["value"] for match in types.iter(f"{MIME}match")]
    assert f'"{MARK}"' in values
    assert f'"{MARK}"'.encode() in export_profiles([])[:64]
    patterns = {glob.attrib["pattern"] for glob in types.iter(f"{MIME}glob")}
    assert {f"*{SUFFIX}", FILE_NAME} <= patterns


def test_that_the_icon_is_there_in_all_sizes(share: Path) -> None:
    sizes = load("common/share.py").ICON_SIZES
    for size in sizes:
        image = QImage(str(share / f"icons/hicolor/{size}x{size}/apps/topicscope.png"))
        assert (image.width(), image.height()) == (size, size)
    assert (share / "icons/hicolor/scalable/apps/topicscope.svg").is_file()
    assert len(sizes) == len(list((share / "icons").rglob("*.png")))


def test_that_the_manual_is_compressed_without_a_date_of_its_own(share: Path) -> None:
    head = (share / "man/man1/topicscope.1.gz").read_bytes()[:8]
    assert head == b"\x1f\x8b\x08\x00" + bytes(4)


def test_that_a_wrong_menu_entry_would_be_noticed(share: Path, tmp_path: Path) -> None:
    validate = require_program("desktop-file-validate", "desktop-file-utils")
    text = (PACKAGING / "common/desktop/topicscope.desktop").read_text(encoding="utf-8")
    (tmp_path / "topicscope.desktop").write_text(text.replace("Type=", "Kind="), encoding="utf-8")
    done = subprocess.run(
        [validate, tmp_path / "topicscope.desktop"], capture_output=True, check=False
    )
    assert done.returncode
