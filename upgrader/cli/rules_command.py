"""`upgrade rules`: the rule packs there are, what one holds, whether they are sound, and a new one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast, get_args

import typer

from upgrader.cli import options
from upgrader.cli.output import Progress, make_console, print_json, stderr
from upgrader.cli.packs import open_shelf, read_all
from upgrader.errors import ConfigError, PackError
from upgrader.model import EcosystemName
from upgrader.outside.files import write_atomic
from upgrader.outside.redact import strip_controls
from upgrader.rulebook.check import kind_of
from upgrader.rulebook.describe import describe
from upgrader.rulebook.lint import lint_pack
from upgrader.rulebook.load import FOLDER, Card, Pack, Shelf, file_source, read_pack, read_shelf
from upgrader.rulebook.scaffold import new_pack, pack_path
from upgrader.rulebook.schema import pack_schema
from upgrader.rulebook.selftest import run_tests

if TYPE_CHECKING:
    from rich.console import Console

Action = Literal["list", "show", "lint", "test", "new"]
HELP = """Rule packs: the data by which source code is rewritten for a new release.

list: every pack. show: one pack whole. lint: is it well-formed, and tested both ways? test: run its tests, each twice.
new ECOSYSTEM PACKAGE OLD NEW: write a pack to start from."""
EXAMPLES = (
    "upgrade rules list",
    "upgrade rules show numpy",
    "upgrade rules lint rules/pip/numpy/1-to-2.yml",
    "upgrade rules test",
    "upgrade rules new pip left-pad 1 2",
    "upgrade rules show --schema",
)
What = Annotated[Action, typer.Argument(metavar="ACTION", help="list, show, lint, test or new.")]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PACK]...", help="Ids, packages, or files; none means all. For new: see above."),
]
Schema = Annotated[
    bool, typer.Option("--schema", help="With show: print the JSON schema of a pack and stop.")
]


def command(
    action: What = "list",
    names: Names = None,
    at: options.At = Path(),
    schema: Schema = False,
    as_json: options.AsJson = False,
    color: options.Colour = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Do one of the five things."""
    if schema:
        sys.stdout.buffer.write(pack_schema())
        return 0
    if action == "new":
        return _new(names or [], at)
    shelf = open_shelf(at.resolve(), quiet=action in ("lint", "test"))
    cards, faults = _chosen(shelf, names or [])
    console = make_console(color)
    if action == "lint":
        return _lint(cards, faults, console, as_json=as_json)
    if action == "test":
        return _test(cards, faults, console, Progress(quiet=quiet), as_json=as_json)
    show = _list if action == "list" else _show
    return show(cards, console, as_json)


def _chosen(shelf: Shelf, names: Sequence[str]) -> tuple[list[Card], list[PackError]]:
    """The packs that the names mean: an id, a package, a file. Raises ConfigError for a name that means none."""
    if not names:
        return list(shelf.cards), list(shelf.faults)
    cards: list[Card] = []
    faults: list[PackError] = []
    for name in names:
        if name.endswith((".yml", ".yaml")) and Path(name).is_file():
            found = read_shelf([file_source(Path(name))])
            faults += found.faults
            cards += found.cards
            continue
        meant = [card for card in shelf.cards if name == card.id or card in shelf.of(card.ecosystem, name)]
        if not meant:
            raise ConfigError(
                f"{name}: no rule pack of this id or package.", "`upgrade rules list` has them all."
            )
        cards += meant
    return cards, faults


def _list(cards: Sequence[Card], console: Console, as_json: bool) -> int:
    if as_json:
        fields = ("id", "title", "ecosystem", "names", "old", "new", "path")
        print_json("rules", {"packs": [{field: getattr(card, field) for field in fields} for card in cards]})
        return 0
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    # A bundled pack's id is its place; of the others the place is what matters.
    apart = any(card.source.origin != "bundled" for card in cards)
    for heading in ("Pack", "From", "To", "Title", *(("Where",) if apart else ())):
        table.add_column(heading, overflow="fold")
    for card in cards:
        place = (card.path if card.source.origin != "bundled" else "bundled",) if apart else ()
        cells = (card.id, card.old, card.new, card.title, *place)
        table.add_row(*(Text(strip_controls(cell)) for cell in cells))
    console.print(table if cards else "no rule packs")
    if cards:
        console.print("Next: upgrade rules show PACK, or upgrade codemod PACKAGE for the diff", style="dim")
    return 0


def _show(cards: Sequence[Card], console: Console, as_json: bool) -> int:
    packs = read_all(cards)
    if as_json:
        print_json("rules", {"packs": [{"path": pack.path, "pack": pack.form} for pack in packs]})
        return 0
    for pack in packs:
        for line in _lines(pack):
            console.print(strip_controls(line), markup=False, soft_wrap=True)
    return 0


def _lines(pack: Pack) -> list[str]:
    form = pack.form
    lines = [f"{form.id}: {form.title} ({form.package.name} {form.from_} to {form.to}; {pack.path})"]
    lines += [f"  {url}" for url in form.references]
    lines += [f"  {rule.id}: {kind_of(rule)}, {rule.safety}: {describe(rule)}" for rule in form.edits]
    lines += [f"  {config.id}: config, {config.safety}: {', '.join(config.files)}" for config in form.config]
    lines += [f"  {flag.id}: flag: {flag.message}" for flag in form.flags]
    lines += [f"  {forbid.id}: must not remain: {forbid.message}" for forbid in form.forbid]
    lines += [f"  {step.id}: {step.kind} step: {step.description}" for step in form.steps]
    return lines


def _lint(cards: Sequence[Card], faults: Sequence[PackError], console: Console, *, as_json: bool) -> int:
    complaints = [str(fault) for fault in faults]
    for card in cards:
        try:
            complaints += lint_pack(card, read_pack(card))
        except PackError as fault:
            complaints.append(str(fault))
    if as_json:
        print_json("rules", {"packs": len(cards), "complaints": complaints})
    else:
        for line in complaints:
            console.print(strip_controls(line), markup=False, soft_wrap=True)
        stderr(f"{len(cards)} packs, {len(complaints)} complaints")
    return 1 if complaints else 0


def _test(
    cards: Sequence[Card],
    faults: Sequence[PackError],
    console: Console,
    progress: Callable[[str], None],
    *,
    as_json: bool,
) -> int:
    unread = [str(fault) for fault in faults]
    ran = 0
    failures = []
    for card in cards:
        progress(f"testing {card.id}")
        try:
            result = run_tests(read_pack(card))
        except PackError as fault:
            unread.append(str(fault))
            continue
        ran += result.ran
        failures += list(result.failures)
    if as_json:
        print_json("rules", {"packs": len(cards), "tests": ran, "failures": failures, "unread": unread})
    else:
        for text in [*unread, *map(str, failures)]:
            for line in text.splitlines():
                console.print(strip_controls(line), markup=False, soft_wrap=True)
        stderr(f"{len(cards)} packs, {ran} tests, {len(failures)} failures, {len(unread)} unreadable")
    return 1 if failures or unread else 0


def _new(names: Sequence[str], at: Path) -> int:
    """Write a pack to start from into the folder's `rules/`."""
    if len(names) != 4 or names[0] not in get_args(EcosystemName):
        raise ConfigError(
            "rules new: needs an ecosystem, a package and two releases.",
            "For example: rules new pip numpy 1 2",
        )
    ecosystem = cast(EcosystemName, names[0])
    file = at / FOLDER / pack_path(ecosystem, *names[1:])
    if ".." in file.relative_to(at).parts:
        raise ConfigError(f"{names[1]}: is not the name of a package.", "Give it without `..`.")
    if file.exists():
        raise ConfigError(f"{file}: is there already.", "Edit it, or choose other releases.")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, new_pack(ecosystem, *names[1:]).encode())
    stderr(f"wrote {file}")
    stderr(f"  Next: edit it, then `upgrade rules test {file}`.")
    return 0
