"""Calls over the trunks: what they cost, and how much of that a user may use up in a day."""
