"""Running `topicscope status` as people and scripts do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

APP = Path(__file__).parents[3] / "app"


def status(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(APP), "status", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=40,
    )
