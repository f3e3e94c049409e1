"""Asking for a PIN."""

import sys

import typer


def typed_pin() -> str:
    """Return what is typed twice, unseen, or what a program writes into the standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return str(typer.prompt("PIN", hide_input=True, confirmation_prompt=True)).strip()
