"""Calls that somebody orders: the line calls them first, then the other side, and joins the two."""
