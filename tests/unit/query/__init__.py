"""Tests of the display filter."""
