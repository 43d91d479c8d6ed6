"""`upgrade codemod`: the rule packs of one package over this folder's source code; a diff unless told to write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from upgrader.cli import options
from upgrader.cli.go_major import go_major, is_module
from upgrader.cli.output import Progress, make_console, print_json, stderr
from upgrader.cli.packs import ecosystem_of, open_shelf, read_all, serving
from upgrader.ecosystems import ECOSYSTEMS
from upgrader.errors import ConfigError, GitError, UpgraderError
from upgrader.model import EcosystemName
from upgrader.outside.files import Tree
from upgrader.outside.git import Git
from upgrader.report.text_rewrite import print_diffs, print_rewrite
from upgrader.rulebook.load import Card, Pack, bare_name
from upgrader.rulebook.run import Rewritten, rewrite_tree, write_all
from upgrader.rulebook.select import Way, choose_packs, newest_covered, oldest_covered
from upgrader.stages.inventory import read_inventory
from upgrader.versions import SCHEMES

HELP = (
    "Rewrite source code for a new release of a package, by its rule packs; shows a diff and writes nothing."
)
EXAMPLES = (
    "upgrade codemod numpy",
    "upgrade codemod numpy --from 1.26 --to 2.1 src tests/unit",
    "upgrade codemod pydantic --write",
    "upgrade codemod example.org/module --to v2.0.0",
    "upgrade codemod react --unsafe --json",
)
Package = Annotated[str, typer.Argument(metavar="PACKAGE", help="A package that rule packs are about.")]
Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files and folders; none means the folder.")
]
From = Annotated[
    str | None, typer.Option("--from", metavar="VERSION", help="The old release; default: the locked one.")
]
To = Annotated[
    str | None, typer.Option("--to", metavar="VERSION", help="The new release; default: the newest covered.")
]
Unsafe = Annotated[bool, typer.Option("--unsafe", help="Make the edits too that may change what code means.")]
Diff = Annotated[bool, typer.Option("--diff", help="Show the diff (the default).")]
Write = Annotated[bool, typer.Option("--write", help="Write the files, all or none of them.")]
Force = Annotated[bool, typer.Option("--force", help="Write over files with uncommitted changes, too.")]
Check = Annotated[bool, typer.Option("--check", help="Exit with 1 when a file would change.")]


def command(
    package: Package,
    paths: Paths = None,
    at: options.At = Path(),
    old: From = None,
    new: To = None,
    unsafe: Unsafe = False,
    diff: Diff = False,
    write: Write = False,
    force: Force = False,
    check: Check = False,
    ecosystem: options.Only = None,
    as_json: options.AsJson = False,
    color: options.Colour = "auto",
    quiet: options.Quiet = False,
) -> int:
    """Run the packs on the way from one release to the other."""
    if diff and write:
        raise ConfigError("--diff and --write: choose one.", "Without either the diff is shown.")
    if not at.is_dir():
        raise ConfigError(f"{at}: no such folder.", "Give a folder with --path.")
    root = at.resolve()
    packs, way = _packs(root, package, old, new, ecosystem or ())
    progress = Progress(quiet=quiet)
    rewritten = rewrite_tree(
        root,
        packs,
        paths=_below(root, paths or ()),
        unsafe=unsafe,
        diffs=not write,
        progress=progress,
    )
    progress.done()
    if write:
        _refuse_dirty(root, rewritten, force=force)
        write_all(root, rewritten)
    if as_json:
        facts = {"package": package, "from": way.current, "to": way.target, "written": write}
        print_json("codemod", {**facts, "rewrite": rewritten.report, "edits": rewritten.report.edits})
    else:
        console = make_console(color)
        if not write:
            print_diffs(rewritten.report, console)
        print_rewrite(rewritten.report, console, written=write)
    residue = any(note.kind == "left over" for note in rewritten.report.notes)
    return 1 if residue or (check and rewritten.after) else 0


def _packs(
    root: Path, package: str, old: str | None, new: str | None, only: Sequence[str]
) -> tuple[list[Pack], Way]:
    """The packs on the way; for a Go module that has none there, the one that every major step has."""
    shelf = open_shelf(root)
    of_go = is_module(package) and (not only or "go" in only)
    if of_go and not shelf.of("go", package):
        pack, way = go_major(root, package, old, new)
        return [pack], way
    cards = serving(shelf, package, only)
    way = find_way(cards, root, package, old, new)
    return read_all(way.cards), way


def find_way(cards: Sequence[Card], root: Path, package: str, old: str | None, new: str | None) -> Way:
    """The packs on the way; versions that are not given are the locked one and the newest that a pack knows.

    Raises ConfigError when a version is none, or no pack lies on the way.
    """
    ecosystem = ecosystem_of(cards)
    scheme = SCHEMES[ecosystem]
    for option, version in (("--from", old), ("--to", new)):
        if version is not None and not scheme.is_valid(version):
            raise ConfigError(f"{option}: {version!r} is not a version.", "Write it as the lockfile does.")
    current = old or _locked(root, ecosystem, cards) or oldest_covered(cards) or ""
    target = new or newest_covered(cards) or ""
    way = choose_packs(cards, current, target)
    if not way.cards:
        covered = "; ".join(f"{card.old} to {card.new}" for card in cards)
        advice = f"There are packs for {covered}: name two releases with --from and --to."
        raise ConfigError(f"{package}: no rule pack lies between {current} and {target}.", advice)
    if old is None or new is None:
        stderr(f"{package} {current} -> {target}")
    return way


def _locked(root: Path, ecosystem: EcosystemName, cards: Sequence[Card]) -> str | None:
    """The lowest version of the package that a lockfile, or an exact requirement, holds."""
    try:
        found = read_inventory(Tree(root), {ecosystem: ECOSYSTEMS[ecosystem]})
    except UpgraderError:
        return None
    names = {bare_name(ecosystem, name) for card in cards for name in card.names}
    versions = [
        item.locked
        for item in found.dependencies
        if bare_name(ecosystem, item.name) in names and item.locked is not None
    ]
    ordered = SCHEMES[ecosystem].sort_versions(versions)
    return ordered[0] if ordered else None


def _below(root: Path, paths: Sequence[Path]) -> list[str]:
    """The paths relative to the root. Raises ConfigError for one that is not there or lies elsewhere."""
    found = []
    for path in paths:
        whole = path if path.is_absolute() else Path.cwd() / path
        if not whole.exists():
            raise ConfigError(f"{path}: no such file or folder.", "Give paths below the folder.")
        try:
            found.append(whole.resolve().relative_to(root).as_posix())
        except ValueError as fault:
            raise ConfigError(f"{path}: lies outside {root}.", "Name its folder with --path.") from fault
    return found


def _refuse_dirty(root: Path, rewritten: Rewritten, *, force: bool) -> None:
    """Uncommitted work can't be told from the rewrite afterwards, nor taken back without it."""
    if force or not rewritten.after:
        return
    try:
        git = Git.find(root)
        changed = {(git.top / path).resolve() for path in git.changed_files()}
    except GitError:
        return
    dirty = [path for path in rewritten.after if (root / path).resolve() in changed]
    if dirty:
        more = f" and {len(dirty) - 3} more" if len(dirty) > 3 else ""
        raise ConfigError(
            f"{', '.join(dirty[:3])}{more}: uncommitted changes; nothing is written.",
            "Commit or stash them, or give --force.",
        )
