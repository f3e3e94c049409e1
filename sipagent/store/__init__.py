"""SQLite through sqlite-utils: migrations, one writer, readers; each room owns its tables."""
