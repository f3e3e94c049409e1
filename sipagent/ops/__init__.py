"""Running the daemon on a machine: log, limits, signals."""
