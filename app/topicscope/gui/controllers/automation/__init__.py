"""Schedules and responders: started, stopped, made and told of."""

from __future__ import annotations
