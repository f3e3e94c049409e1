"""The web panel: what people of a firm, and the administrators of a line, do with a browser."""
