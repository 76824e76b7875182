"""Pictures of the windows for README, help and review: both themes, three sizes, in build/screenshots.

python -m tests.screenshots
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main([str(Path(__file__).with_name("stories.py")), "-q", *sys.argv[1:]]))
