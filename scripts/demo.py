"""The demonstrations behind scripts/demo."""

import argparse
import asyncio
import sys

from scripts import demo_conference, demo_exchange, demo_infoline
from scripts.demo_line import DemoError, alone


def main() -> None:
    """Run a demonstration."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the line open until Ctrl-C")
    parser.add_argument("--address", default="127.0.0.1", help="where the line listens")
    parser.add_argument("--exchange", action="store_true", help="show the exchange of a firm")
    parser.add_argument("--conference", action="store_true", help="show a conference in a firm")
    options = parser.parse_args()
    shown = demo_exchange if options.exchange else demo_infoline
    if options.conference:
        shown = demo_conference
    try:
        with alone():
            asyncio.run(shown.demonstrate(options.address, keep=options.keep))
    except DemoError as error:
        sys.exit(f"scripts/demo: {error}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nThe line is closed.")
        sys.exit(0 if options.keep else 130)


if __name__ == "__main__":
    main()
