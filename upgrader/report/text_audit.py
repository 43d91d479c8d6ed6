"""The audit as a table for a terminal, with what was held, what could not be checked, and the next step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from upgrader.model import GROUPS, AdvisoryFact, Assessment, Audit, Held
from upgrader.report.pen import Part, Pen
from upgrader.report.wording import (
    AUDIT_COLUMNS,
    GROUP_TITLES,
    MOVE_STYLES,
    RISK_STYLES,
    UNKNOWN,
    advisory_effect,
    advisory_facts,
    age_of,
    changed_suffix,
    count_line,
    fixed_in,
    folded,
    held_text,
    incomplete_because,
    many_files,
    place_text,
    runtime_note,
    section_mark,
    severity_of,
    stopped,
    unchecked,
    verdict_line,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

MANY = 5
"""More places than this that can never be upgraded for one reason are told in one line."""
_VERSIONS = ("Current", "Wanted", "Latest", "Age")


def print_audit(audit: Audit, console: Console, *, wide: bool = False, next_step: str = "") -> None:
    """Print the table of FEATURES C9 grouped under GROUPS, and below it everything that is no row of it.

    `wide` adds Ecosystem, Project, Wanted, Age, Source and Advisories. `next_step` is the command to type next.
    """
    pen = Pen(console)
    if audit.assessments:
        _print_table(audit, pen, wide=wide)
        _print_runtimes(audit, pen)
        _print_advisories(audit, pen)
    print_vulnerable(audit.vulnerable, pen)
    print_held(audit.held, pen, fold=not wide)
    _print_unchecked(audit, pen)
    _print_end(audit, pen, next_step)


def print_held(held: Sequence[Held], pen: Pen, *, fold: bool = False) -> None:
    """Print what was not done, with its reason and advice; nothing for none.

    `fold` tells many places of one kind that can't be upgraded (paths, workspace members) in one line.
    """
    if not held:
        return
    pen.heading(f"Held ({len(held)})", "bold yellow")
    rows = []
    many = Counter(item.reason for item in held if item.kind == "immovable") if fold else Counter()
    for reason, count in many.items():
        if count > MANY:
            told = pen.text(("immovable: ", "yellow"), f"{reason} (--wide lists them)")
            rows.append((pen.text(f"{count} places"), told))
    for item in held:
        if item.kind == "immovable" and many[item.reason] > MANY:
            continue
        where = "" if item.place is None or str(item.place) in item.reason else f" ({item.place})"
        words = [(f"{item.kind}: ", "yellow"), *_reason(item.reason, item.advice, where)]
        rows.append((pen.text(held_text(item)), pen.text(*words)))
    pen.grid(rows)


def print_vulnerable(vulnerable: Sequence[AdvisoryFact], pen: Pen) -> None:
    """Print advisories on versions in use for which no update is offered; nothing for none."""
    if not vulnerable:
        return
    pen.heading(f"Vulnerable, no update offered ({len(vulnerable)})", "bold red")
    pen.grid(
        (pen.text(fact.subject or UNKNOWN), _advisory_words(fact, fixed_in(fact), pen)) for fact in vulnerable
    )


def _print_table(audit: Audit, pen: Pen, *, wide: bool) -> None:
    columns = _columns(wide=wide)
    files = many_files(audit) and not wide
    rows = audit.assessments if wide else folded(audit)
    table = pen.table(*columns, right=_VERSIONS, firm=("Type", "Risk", "Age"))
    for group in GROUPS:
        members = [item for item in rows if item.group == group]
        if not members:
            continue
        if table.row_count:
            table.add_row()
        table.add_row(pen.text((f"{GROUP_TITLES[group]} ({len(members)})", "bold underline")))
        for item in members:
            cells = _cells(item, pen, file=files, counts=not wide and not files)
            table.add_row(*(cells[column] for column in columns))
    pen.put(table, whole=wide)


def _columns(*, wide: bool) -> tuple[str, ...]:
    """The six columns (FEATURES C9), and those around them that `wide` adds."""
    package, current, *rest = AUDIT_COLUMNS
    if wide:
        return (package, "Ecosystem", "Project", current, "Wanted", *rest, "Age", "Source", "Advisories")
    return AUDIT_COLUMNS


def _cells(item: Assessment, pen: Pen, *, file: bool, counts: bool) -> dict[str, Text]:
    """Every cell a row can have; `file` and `counts` put the place, or how many there are, beside the name."""
    update = item.update
    places = len(update.dependencies)
    mark = section_mark(update.dependencies)
    name: list[Part] = [update.name]
    if mark:
        name.append((f" {mark}", "dim"))
    if file:
        name.append((f" {place_text(update)}", "dim"))
    if counts and places > 1:
        name.append((f" {places} places", "dim"))
    return {
        "Package": pen.text(*name),
        "Ecosystem": pen.text(update.ecosystem),
        "Project": pen.text(place_text(update)),
        "Current": pen.text(update.current or UNKNOWN, justify="right"),
        "Wanted": pen.text(update.in_range or UNKNOWN, justify="right"),
        "Latest": _latest(item, pen),
        "Type": pen.text((update.move, MOVE_STYLES[update.move])),
        "Risk": pen.text((item.risk, RISK_STYLES[item.risk])),
        "Priority": pen.text(item.priority),
        "Age": pen.text(age_of(item), justify="right"),
        "Source": pen.text(update.source),
        "Advisories": pen.text(", ".join(fact.advisory.id for fact in advisory_facts(item))),
    }


def _latest(item: Assessment, pen: Pen) -> Text:
    """The target with its changed suffix coloured, and the newest release in parentheses when it is another one."""
    update = item.update
    same, changed = changed_suffix(update.current, update.target.version)
    parts: list[Part] = [same, (changed, MOVE_STYLES[update.move])]
    if update.latest and update.latest != update.target.version:
        parts.append((f" ({update.latest})", "dim"))
    return pen.text(*parts, justify="right")


def _print_runtimes(audit: Audit, pen: Pen) -> None:
    noted = [(item.update, words) for item in folded(audit) if (words := runtime_note(item.update))]
    if noted:
        pen.heading(f"Newest for your runtime ({len(noted)})")
        pen.grid((pen.text(update.name), pen.text(words)) for update, words in noted)


def _print_advisories(audit: Audit, pen: Pen) -> None:
    rows = [
        (
            pen.text(item.update.name),
            _advisory_words(fact, advisory_effect(fact, item.update.target.version), pen),
        )
        for item in audit.assessments
        for fact in advisory_facts(item)
    ]
    if rows:
        pen.heading(f"Advisories ({len(rows)})")
        pen.grid(rows)


def _advisory_words(fact: AdvisoryFact, effect: str, pen: Pen) -> Text:
    parts: list[Part] = [fact.advisory.id, (f" {severity_of(fact)} ", "bold"), effect]
    if fact.advisory.summary:
        parts.append(f": {fact.advisory.summary}")
    return pen.text(*parts)


def _print_unchecked(audit: Audit, pen: Pen) -> None:
    found = unchecked(audit)
    if not found:
        return
    pen.heading(f"Not checked ({len({name for item in found for name in item.subjects})})", "bold yellow")
    pen.grid(
        (pen.text(", ".join(item.subjects)), pen.text(*_reason(item.reason, item.advice))) for item in found
    )


def _reason(reason: str, advice: str, where: str = "") -> list[Part]:
    """Why, where and what to do, as sentences."""
    if not advice:
        return [reason, (where, "dim")]
    if where:
        return [reason, (where, "dim"), ".", (f" {advice}", "italic")]
    return [stopped(reason), (f" {advice}", "italic")]


def _print_end(audit: Audit, pen: Pen, next_step: str) -> None:
    pen.blank()
    pen.say((count_line(audit), "bold"))
    if words := verdict_line(audit):
        pen.say((words, "bold red" if incomplete_because(audit) else "bold"))
    if audit.advisories:
        pen.say((f"Advisory source: {audit.advisories}", "dim"))
    if next_step:
        pen.say("Next: ", (next_step, "bold"))
