"""The door: `--version` and `--help` answer at once, everything else loads the command it needs."""

from __future__ import annotations

import os
import sys

from upgrader import __version__
from upgrader.cli.overview import overview


def main() -> None:
    """Run the program and leave with its exit code."""
    arguments = sys.argv[1:]
    if "_UPGRADE_COMPLETE" not in os.environ:
        if arguments in (["--version"], ["-V"]):
            sys.stdout.write(f"upgrade {__version__}\n")
            return
        if arguments in (["--help"], ["-h"], ["help"]):
            sys.stdout.write(overview())
            return
    # Typer and what it brings takes five times as long to load as all of the above.
    from upgrader.cli.main import run

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
