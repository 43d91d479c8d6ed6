"""The door: `--version` and `--help` answer at once, everything else loads the command it needs."""

from __future__ import annotations

import gc
import os
import sys

from upgrader import __version__
from upgrader.cli.overview import overview

_READERS = ("audit", "inventory")
"""Commands that change nothing; without a command it is an audit."""


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
    from upgrader.cli.main import run

    if arguments and arguments[0] not in _READERS:
        sys.exit(run(arguments))
    # A run of seconds makes no garbage in circles that is worth looking for among a hundred thousand objects.
    gc.disable()
    _leave(run(arguments))


def _leave(code: int) -> None:
    """End at once: what only reads has nothing to put back, and taking a large heap apart is felt."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        pass  # whoever read it has gone
    except OSError:
        sys.exit(code)  # the interpreter tries again, and ends with its own code for lost output
    os._exit(code)


if __name__ == "__main__":
    main()
