"""The window: views of the capture, and the panes that act on the connection.

From top to bottom: `main_window`, `controllers` (what happens when somebody acts), `panes`, `dialogs`, `widgets`,
`connection` (the side of it that Qt sees), `models`, `library` (what a person keeps); the files here are foundations.
"""

from __future__ import annotations
