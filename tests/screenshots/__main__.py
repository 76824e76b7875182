"""Pictures of the window for README, help and review: both themes, two sizes, in build/screenshots.

python -m tests.screenshots
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from tests.benchmarks.measure import ROOT

TARGET = ROOT / "build" / "screenshots"


def main() -> None:
    """Take all pictures."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        for size in ("1280x800", "1440x900", "1920x1080"):
            take(
                f"demo-{theme}-{size}",
                "--demo",
                "--subscribe",
                "#",
                "$SYS/#",
                theme=theme,
                size=size,
                after=6,
            )
        take(f"welcome-{theme}", theme=theme, size="1280x800", after=1)


def take(name: str, *arguments: str, theme: str, size: str, after: float) -> None:
    """Take one picture of a window that remembers nothing."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": home}
        options = ["--after", str(after), "--theme", theme, "--size", size]
        command = [sys.executable, "-m", "topicscope", *arguments, *options]
        command += ["--screenshot", str(TARGET / f"{name}.png")]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)
    print(TARGET / f"{name}.png")  # noqa: T201


if __name__ == "__main__":
    main()
