"""What callers dictate: on disk before the first word, written down and mailed behind the calls."""
