"""What the window does when somebody acts: a room per subject, each over panes and dialogs."""

from __future__ import annotations
