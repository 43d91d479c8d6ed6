"""`upgrade diff`: the whole public-API difference of two releases, from folders, wheels or archives."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from upgrader.cli import declared as typer
from upgrader.cli import options
from upgrader.cli.output import make_console, print_json
from upgrader.errors import ConfigError
from upgrader.model import EcosystemName
from upgrader.report.text_diff import print_diff
from upgrader.surface.artefact import open_path
from upgrader.surface.diff import diff_releases
from upgrader.surface.languages import open_book

HELP = "What the public APIs of two releases differ in: folders, wheels or sdists; nothing of them is run."
EXAMPLES = (
    "upgrade diff --old click-7.1.2-py2.py3-none-any.whl --new click-8.1.7-py3-none-any.whl",
    "upgrade diff --ecosystem pip --old build/old --new src --json",
)
Ecosystem = Annotated[
    EcosystemName, typer.Option("--ecosystem", "-e", metavar="NAME", help="pip (others follow).")
]
Old = Annotated[
    Path | None, typer.Option("--old", metavar="DIR|FILE", help="The old release: a folder or an archive.")
]
New = Annotated[
    Path | None, typer.Option("--new", metavar="DIR|FILE", help="The new release: a folder or an archive.")
]


def command(
    ecosystem: Ecosystem = "pip",
    old: Old = None,
    new: New = None,
    as_json: options.AsJson = False,
    color: options.Colour = "auto",
) -> int:
    """Compare the two and show every change."""
    if old is None or new is None:
        raise ConfigError("--old, --new: name both releases.", "Give a folder, a wheel or an sdist for each.")
    book = open_book(ecosystem)
    # A package's own folder gives the package its name: both sides must have the same one.
    name = new.resolve().name if new.is_dir() and (new / "__init__.py").exists() else ""
    found = diff_releases(book, open_path(old, name), open_path(new, name))
    if as_json:
        print_json("diff", {"ecosystem": ecosystem, "breaking": found.breaking, "diff": found})
    else:
        print_diff(found, make_console(color))
    return 0
