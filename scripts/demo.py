"""The demonstrations behind scripts/demo."""

import argparse
import asyncio
import sys
from types import ModuleType

from scripts import demo_exchange, demo_infoline, demo_queue
from scripts.demo_line import DemoError, alone


def main() -> None:
    """Run a demonstration."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the line open until Ctrl-C")
    parser.add_argument("--address", default="127.0.0.1", help="where the line listens")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--exchange", action="store_true", help="show the exchange of a firm")
    other.add_argument("--queue", action="store_true", help="show a queue of the firm")
    options = parser.parse_args()
    shown: ModuleType = demo_infoline
    if options.exchange:
        shown = demo_exchange
    elif options.queue:
        shown = demo_queue
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
