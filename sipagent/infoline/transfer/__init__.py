"""Owners and their figures in and out: CSV and JSON files, described in ``docs/owners.md``."""
