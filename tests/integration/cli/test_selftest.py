"""``topicscope --selftest``: the table, the document, and what it says of a part that is broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

APP = Path(__file__).parents[3] / "app"
BROKEN = "raise ImportError('cannot open shared object file')\n"


def selftest(
    home: Path, *options: str, before: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it for a user whose home is empty, with modules that come before those installed."""
    path = os.pathsep.join(str(folder) for folder in (before, APP) if folder)
    return subprocess.run(
        [sys.executable, "-m", "topicscope", "--selftest", *options],
        env=os.environ | {"HOME": str(home), "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        cwd=home, capture_output=True, text=True, encoding="utf-8", check=False, timeout=100,
    )  # fmt: skip


def test_that_every_part_has_its_line_and_no_file_of_the_user_is_touched(tmp_path: Path) -> None:
    done = selftest(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    *lines, _, end = done.stdout.splitlines()
    assert all(line.startswith("✓ ") for line in lines)
    for name in ("TCP", "TLS", "WebSocket", "Reading back", "Key store", "Window", "Dialogs and"):
        assert any(line[2:].startswith(name) for line in lines), name
    assert f"all {len(lines)} are good" in end
    assert list(tmp_path.iterdir()) == []


def test_that_a_broken_part_is_named_and_the_others_are_still_tried(tmp_path: Path) -> None:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/cbor2.py").write_text(BROKEN, encoding="utf-8")
    done = selftest(tmp_path, "--json", before=tmp_path / "modules")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert not told["good"]
    bad = {one["name"]: one["text"] for one in told["checks"] if not one["is_good"]}
    assert "cannot open shared object file" in bad["Decoders"]
    good = {one["name"] for one in told["checks"]} - set(bad)
    assert {"TCP", "TLS", "WebSocket", "Window"} <= good
