"""One person over all rooms: what is kept of them, given out, and erased."""
