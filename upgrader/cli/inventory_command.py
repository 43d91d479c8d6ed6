"""`upgrade inventory`: every dependency of every manifest, without the network."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from upgrader.cli import declared as typer
from upgrader.cli import options
from upgrader.cli.output import Progress, make_console, print_json
from upgrader.cli.session import Wishes, open_trip
from upgrader.ecosystems import ECOSYSTEMS
from upgrader.errors import ConfigError
from upgrader.flow import take_inventory
from upgrader.model import Dependency, EcosystemName, Inventory, PackageName
from upgrader.report.cyclonedx import cyclonedx
from upgrader.report.text import print_inventory

HELP = "Every dependency of every manifest below PATH: requirement, locked version, section, file:line. No network."
EXAMPLES = (
    "upgrade inventory",
    "upgrade inventory --json services/",
    "upgrade inventory --format cyclonedx > sbom.json",
)
Format = Annotated[str, typer.Option("--format", metavar="NAME", help="text, json or cyclonedx (1.6).")]
Transitive = Annotated[
    bool, typer.Option("--transitive", "-t", help="Show what only the lockfiles hold as well.")
]


def command(
    path: options.Folder = Path(),
    as_json: options.AsJson = False,
    form: Format = "text",
    transitive: Transitive = False,
    ecosystem: options.Only = None,
    reject: options.Reject = None,
    section: options.Sections = None,
    prod: options.Prod = False,
    dev: options.Dev = False,
    peer: options.Peer = False,
    ignore_path: options.IgnorePaths = None,
    color: options.Colour = "auto",
) -> int:
    """Print the inventory."""
    wishes = Wishes(
        path=path,
        ecosystems=tuple(ecosystem or ()),
        reject=tuple(reject or ()),
        sections=options.sections(section, prod=prod, dev=dev, peer=peer),
        ignore_paths=tuple(ignore_path or ()),
        quiet=True,
    )
    inventory = take_inventory(open_trip(wishes, Progress(quiet=True)))
    match "json" if as_json else form:
        case "json":
            print_json("inventory", inventory_facts(inventory))
        case "cyclonedx":
            sys.stdout.write(cyclonedx(inventory, purl_of) + "\n")
        case "text":
            print_inventory(inventory, make_console(color), transitive=transitive)
        case other:
            raise ConfigError(f"--format: {other!r} is not known.", "Use text, json or cyclonedx.")
    return 1 if any(item.kind == "unreadable" for item in inventory.held) else 0


def purl_of(item: Dependency) -> str:
    """The package URL of a dependency at its locked version; a runtime is of no registry (`pkg:generic/node`)."""
    if item.is_runtime:
        return f"pkg:generic/{quote(item.name, safe='')}"
    return _purl(item.ecosystem, item.name, item.locked)


@lru_cache(maxsize=65536)
def _purl(ecosystem: EcosystemName, name: PackageName, version: str | None) -> str:
    # A monorepo asks for the same package in hundreds of places.
    return ECOSYSTEMS[ecosystem].purl(name, version)


def inventory_facts(inventory: Inventory) -> dict[str, object]:
    """The document's facts: projects, dependencies each with its purl, held."""
    rows = [{**_fields(item), "purl": purl_of(item)} for item in inventory.dependencies]
    return {"projects": inventory.projects, "dependencies": rows, "held": inventory.held}


def _fields(item: Dependency) -> dict[str, object]:
    return {name: getattr(item, name) for name in item.__struct_fields__}
