"""Scenarios as drawings: their elements and arrows, drafts and versions, walks to try them."""
