"""``python -m sipagent`` is the command ``sipagent``."""

from sipagent.cli.main import main

if __name__ == "__main__":
    main()
