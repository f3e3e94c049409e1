"""Billing: what each manager pays for the calls of the owners."""
