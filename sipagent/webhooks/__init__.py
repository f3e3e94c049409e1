"""Telling programs what has happened: signed, each thing once, until they have taken it."""
