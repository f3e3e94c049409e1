"""The HTTP API: what programs do with a line, beside the people who use the panel."""
