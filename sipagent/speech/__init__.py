"""Words and voices: prompts filled with values, read aloud by Piper, kept as clips on disk."""
