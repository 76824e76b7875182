"""Where things lie on disk: what Topicscope ships, and what it keeps for its user."""

from __future__ import annotations

from pathlib import Path

import platformdirs

APPLICATION = "topicscope"


def resource_dir() -> Path:
    """Folder of the shipped resources: beside the code in a wheel or frozen build, else the checkout's."""
    packaged = Path(__file__).parent / "resources"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "resources"


def config_dir() -> Path:
    """Folder of the user's profiles and settings; it may not exist yet."""
    return platformdirs.user_config_path(APPLICATION, appauthor=False)


def cache_dir() -> Path:
    """Folder of files that can be made again or that belong to a running capture; it may not exist yet."""
    return platformdirs.user_cache_path(APPLICATION, appauthor=False)


def state_dir() -> Path:
    """Folder of what was done in earlier sessions, such as messages published; it may not exist yet."""
    return platformdirs.user_state_path(APPLICATION, appauthor=False)


def recordings_dir() -> Path:
    """Folder offered first when a recording is saved."""
    return platformdirs.user_documents_path()


def spill_dir() -> Path:
    """Folder of captures that do not fit into memory; it may not exist yet."""
    return cache_dir() / "captures"
