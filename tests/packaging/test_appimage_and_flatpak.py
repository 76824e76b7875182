"""The recipes of AppImage and Flatpak."""

from __future__ import annotations

import json
import os
import shlex
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.packaging.scripts import PACKAGING, load, run, tool

if TYPE_CHECKING:
    from pathlib import Path

FAKE_APPIMAGETOOL = """#!/bin/sh
for last; do :; done
echo "$ARCH $*" > "$last"
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="the recipe is for Linux")
MANIFEST = PACKAGING / "flatpak/org.topicscope.Topicscope.json"


def _portable(folder: Path) -> Path:
    """Lay out what the portable archive holds, with a stand-in for the application."""
    (folder / "_internal").mkdir(parents=True)
    (folder / "topicscope").write_text('#!/bin/sh\necho "$0 $*"\n')
    (folder / "topicscope").chmod(0o755)
    (folder / "LICENSE").write_text("")
    for name in (
        "applications/topicscope.desktop",
        "icons/hicolor/256x256/apps/topicscope.png",
        "metainfo/org.topicscope.Topicscope.metainfo.xml",
    ):
        (folder / "share" / name).parent.mkdir(parents=True)
        (folder / "share" / name).write_text("")
    return folder


@linux
def test_that_an_appimage_is_laid_out_starts_and_is_packed(tmp_path: Path) -> None:
    fake = tmp_path / "appimagetool"
    fake.write_text(FAKE_APPIMAGETOOL)
    fake.chmod(0o755)
    out = tmp_path / "out/Topicscope.AppImage"
    portable = _portable(tmp_path / "a portable")
    environment = {**os.environ, "APPIMAGETOOL": str(fake), "APPIMAGE_RUNTIME": "/a runtime"}
    done = run(PACKAGING / "appimage/build.sh", portable, out, env=environment)
    assert done.stdout.strip().endswith("usr/lib/topicscope/topicscope --version")
    assert "--runtime-file /a runtime" in out.read_text()
    assert os.access(out, os.X_OK)


@linux
def test_that_an_appimage_without_its_menu_entry_is_not_packed(tmp_path: Path) -> None:
    portable = _portable(tmp_path / "portable")
    (portable / "share/applications/topicscope.desktop").unlink()
    with pytest.raises(AssertionError, match=r"lacks what becomes topicscope\.desktop"):
        run(PACKAGING / "appimage/build.sh", portable, tmp_path / "T.AppImage")


@linux
def test_that_an_appimage_never_takes_the_place_of_what_is_not_a_file(tmp_path: Path) -> None:
    portable = _portable(tmp_path / "portable")
    with pytest.raises(AssertionError, match="is not a file that could be replaced"):
        run(PACKAGING / "appimage/build.sh", portable, portable / "share")
    assert (portable / "share").is_dir()


def test_that_the_flatpak_may_reach_the_network_and_the_key_store_but_not_the_home_folder() -> None:
    manifest = json.loads(MANIFEST.read_text())
    arguments = manifest["finish-args"]
    assert {
        "--share=network",
        "--talk-name=org.freedesktop.secrets",
        "--socket=fallback-x11",
    } <= set(arguments)
    assert not {
        "--filesystem=home",
        "--filesystem=host",
        "--socket=session-bus",
        "--device=all",
    } & set(arguments)
    assert manifest["id"] == load("facts.py").APP_ID == MANIFEST.stem
    for module in manifest["modules"][1:]:
        for command in module["build-commands"]:
            assert shlex.split(command)


def test_that_flatpak_appimage_and_description_go_by_the_same_name() -> None:
    name = load("facts.py").APP_ID
    metainfo = PACKAGING / f"common/desktop/{name}.metainfo.xml"
    description = ET.parse(metainfo).getroot()
    assert description.findtext("id") == name
    manifest = json.loads(MANIFEST.read_text())
    assert description.findtext("launchable") == manifest["rename-desktop-file"]
    assert (metainfo.parent / manifest["rename-desktop-file"]).exists()
    assert f"\nid={name}\n" in (PACKAGING / "appimage/build.sh").read_text()


@linux
def test_that_the_commands_of_the_flatpak_work_on_what_is_laid_out(tmp_path: Path) -> None:
    share = tmp_path / "application/share"
    (share / "mime/packages").mkdir(parents=True)
    mime = (PACKAGING / "common/desktop/topicscope-mime.xml").read_text()
    (share / "mime/packages/topicscope.xml").write_text(mime)
    (tmp_path / "application/LICENSE").write_text("")
    (tmp_path / "pip3").write_text('#!/bin/sh\necho "$*" > "$FLATPAK_DEST/pip"\n')
    (tmp_path / "pip3").chmod(0o755)
    target = tmp_path / "target"
    (target / "share").mkdir(parents=True)
    name = load("facts.py").APP_ID
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "FLATPAK_DEST": str(target),
        "FLATPAK_ID": name,
    }
    for command in json.loads(MANIFEST.read_text())["modules"][-1]["build-commands"]:
        run("sh", "-c", command, cwd=tmp_path / "application", env=environment)
    renamed = (target / f"share/mime/packages/{name}.xml").read_text()
    assert f'<icon name="{name}"/>' in renamed
    assert 'icon name="topicscope"' not in renamed
    assert (target / f"share/licenses/{name}/LICENSE").exists()
    assert "--no-index --no-deps" in (target / "pip").read_text()


def test_that_flatpak_builder_reads_the_manifest_without_a_warning(tmp_path: Path) -> None:
    builder = tool("flatpak-builder")
    module = load("flatpak/make_sources.py").module(REPORT)
    (tmp_path / MANIFEST.name).write_text(MANIFEST.read_text())
    (tmp_path / "python3-modules.json").write_text(json.dumps(module))
    (tmp_path / "application").mkdir()
    done = run(builder, "--show-manifest", tmp_path / MANIFEST.name)
    assert "WARNING" not in done.stderr
    shown = json.loads(done.stdout)
    assert [one["name"] for one in shown["modules"]] == ["python3-modules", "topicscope"]
    assert shown["rename-desktop-file"] == "topicscope.desktop"


def _package(name: str, url: str, digest: str | None) -> dict[str, object]:
    hashes = {"hashes": {"sha256": digest}} if digest else {}
    return {"metadata": {"name": name}, "download_info": {"url": url, "archive_info": hashes}}


REPORT = {
    "install": [
        _package("zeta", "https://index.example/zeta-1.0%2Blocal-py3-none-any.whl", "00" * 32),
        _package("topicscope", "file:///topicscope-1-py3-none-any.whl", None),
        _package("Alpha", "https://index.example/Alpha-2-py3-none-any.whl#sha256=11", "11" * 32),
    ]
}


def test_that_pips_report_becomes_a_module_of_pinned_sources_without_topicscope_itself() -> None:
    module = load("flatpak/make_sources.py").module(REPORT)
    assert [source["dest-filename"] for source in module["sources"]] == [
        "Alpha-2-py3-none-any.whl",
        "zeta-1.0+local-py3-none-any.whl",
    ]
    assert all(len(source["sha256"]) == 64 for source in module["sources"])
    assert "--no-index" in module["build-commands"][0]


def test_that_a_package_without_a_checksum_is_refused() -> None:
    with pytest.raises(ValueError, match="no SHA-256 of zeta"):
        load("flatpak/make_sources.py").module(
            {"install": [_package("zeta", "https://index.example/z.whl", None)]}
        )


def test_that_a_folder_with_files_of_others_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="has not made"):
        load("flatpak/make_sources.py").lay_out(tmp_path / "w", tmp_path / "s", tmp_path)
    assert (tmp_path / "mine.txt").exists()
