"""The recipes of AppImage and Flatpak."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.packaging.scripts import PACKAGING, load, run, tool

if TYPE_CHECKING:
    from pathlib import Path

FAKE_APPIMAGETOOL = """#!/bin/sh
for last; do :; done
echo "$ARCH $*" > "$last"
"""
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


def test_that_an_appimage_is_laid_out_starts_and_is_packed(tmp_path: Path) -> None:
    tool("sh")
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


def test_that_an_appimage_without_its_menu_entry_is_not_packed(tmp_path: Path) -> None:
    tool("sh")
    portable = _portable(tmp_path / "portable")
    (portable / "share/applications/topicscope.desktop").unlink()
    with pytest.raises(AssertionError, match=r"lacks what becomes topicscope\.desktop"):
        run(PACKAGING / "appimage/build.sh", portable, tmp_path / "T.AppImage")


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
