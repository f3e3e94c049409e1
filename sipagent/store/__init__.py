"""SQLite through sqlite-utils: the connection and its migrations; each room owns its tables."""
