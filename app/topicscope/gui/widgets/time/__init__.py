"""The slider that sets the moment shown."""

from __future__ import annotations
