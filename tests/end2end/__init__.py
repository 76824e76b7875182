"""Tests of Topicscope as people get it: built, installed, started as a process."""

from __future__ import annotations
