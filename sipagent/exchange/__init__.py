"""The exchange: people with internal numbers, and where calls are led to."""
