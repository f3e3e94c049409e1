"""Voicemail: messages that callers leave in boxes, and those who listen to them."""
