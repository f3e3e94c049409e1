"""How the infoline was used: calls, logins, keys, statements and requests."""
