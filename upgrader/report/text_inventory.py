"""The inventory for a terminal: every requirement with its locked version, section and file:line, by project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from upgrader.model import Dependency, Inventory, Project
from upgrader.report.pen import Pen
from upgrader.report.text_audit import print_held
from upgrader.report.wording import counted

if TYPE_CHECKING:
    from rich.console import Console


MANY = 2000
"""Rows that are set as a table; more, as a monorepo has, are aligned alone, which is a hundred times quicker."""
_COLUMNS = ("Package", "Requirement", "Locked", "Section", "Place")


def print_inventory(inventory: Inventory, console: Console, *, transitive: bool = False) -> None:
    """Print a table per project; `transitive` adds what only the lockfile holds. Then what could not be read."""
    pen = Pen(console)
    own: dict[str, list[Dependency]] = {project.id: [] for project in inventory.projects}
    for item in inventory.dependencies:
        own[item.project].append(item)
    many = len(inventory.dependencies) > MANY
    for project in inventory.projects:
        _print_project(project, own[project.id], pen, transitive=transitive, many=many)
    print_held(inventory.held, pen)
    direct = sum(item.direct for item in inventory.dependencies)
    indirect = len(inventory.dependencies) - direct
    pen.blank()
    line = f"{counted(len(inventory.projects), 'project')}, {direct} direct, {indirect} transitive"
    pen.say((f"{line}, {len(inventory.held)} held" if inventory.held else line, "bold"))


def _print_project(
    project: Project, own: Sequence[Dependency], pen: Pen, *, transitive: bool, many: bool
) -> None:
    shown = [item for item in own if item.direct or transitive]
    lock = project.lockfile or "no lockfile"
    pen.heading(f"{project.manifest} ({project.ecosystem}, {lock})")
    if not shown:
        pen.say("no direct dependencies" if own else "no dependencies", indent=2)
        return
    if many:
        pen.lines(_COLUMNS, [_cells(item) for item in shown], right="Locked", indent=2)
        return
    table = pen.table(*_COLUMNS, right=("Locked",), firm=("Section",))
    for item in shown:
        table.add_row(
            pen.text(item.name, (_note(item), "dim")),
            pen.text(item.requirement or "any"),
            pen.text(item.locked or "–", justify="right"),
            pen.text(item.section if item.direct else f"{item.section}, transitive"),
            pen.text(str(item.place)),
        )
    pen.put(table, indent=2)


def _cells(item: Dependency) -> tuple[str, ...]:
    section = item.section if item.direct else f"{item.section}, transitive"
    return (item.name + _note(item), item.requirement or "any", item.locked or "–", section, str(item.place))


def _note(item: Dependency) -> str:
    notes = [f"as {item.alias}" if item.alias else "", item.immovable, item.marker]
    words = "; ".join(note for note in notes if note)
    return f" ({words})" if words else ""
