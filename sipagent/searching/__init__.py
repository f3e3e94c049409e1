"""Searching text: words whatever their signs and endings, what was meant, excerpts with marks."""
