"""The demonstrations behind scripts/demo."""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from types import ModuleType

from scripts import (
    demo_conference,
    demo_exchange,
    demo_help_desk,
    demo_infoline,
    demo_panel,
    demo_queue,
)
from scripts.demo_line import DemoError, alone

#: What else can be shown than the infoline.
_SHOWN: Mapping[str, tuple[ModuleType, str]] = {
    "exchange": (demo_exchange, "show the exchange of a firm"),
    "queue": (demo_queue, "show a queue of the firm"),
    "conference": (demo_conference, "show a conference in the firm"),
    "panel": (demo_panel, "open the web panel of the firm, until Ctrl-C"),
    "help-desk": (demo_help_desk, "open its help desk and the owners' page, until Ctrl-C"),
}


def main() -> None:
    """Run a demonstration."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the line open until Ctrl-C")
    parser.add_argument("--address", default="127.0.0.1", help="where the line listens")
    other = parser.add_mutually_exclusive_group()
    for name, (_, told) in _SHOWN.items():
        other.add_argument(
            f"--{name}", dest="shown", action="store_const", const=name, default="", help=told
        )
    options = parser.parse_args()
    shown = _SHOWN[options.shown][0] if options.shown else demo_infoline
    try:
        with alone():
            asyncio.run(shown.demonstrate(options.address, keep=options.keep))
    except DemoError as error:
        sys.exit(f"scripts/demo: {error}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nThe line is closed.")
        sys.exit(0 if options.keep or shown in (demo_panel, demo_help_desk) else 130)


if __name__ == "__main__":
    main()
