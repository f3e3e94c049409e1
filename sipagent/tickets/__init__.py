"""Requests of whoever asks: tickets, with what was asked and answered, and what was attached."""
