"""Listening in on calls that go on: who hears and is heard, and what is kept of it."""
