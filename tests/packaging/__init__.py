"""Tests of what people download: packages, installers, recipes and workflows."""
