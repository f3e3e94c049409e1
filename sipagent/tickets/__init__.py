"""Tickets: the one place of what people ask for, whichever way it comes, and of the answers."""
