"""Everything an audit knows about one package: why it moves, why not further, or why not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, assert_never

from upgrader.model import (
    AdvisoryFact,
    AgeFact,
    AnyFact,
    Assessment,
    Audit,
    Dependency,
    PassedOver,
    RuntimeFact,
    ScopeFact,
    ScriptFact,
    SemverFact,
    Still,
    Unanswered,
    WithdrawnFact,
)
from upgrader.report.pen import Pen
from upgrader.report.text_audit import print_held, print_vulnerable
from upgrader.report.wording import (
    RISK_STYLES,
    UNKNOWN,
    advisory_effect,
    counted,
    incomplete_because,
    runtime_note,
    sentences,
    severity_of,
)

if TYPE_CHECKING:
    from rich.console import Console


def print_explain(audit: Audit, name: str, console: Console) -> None:
    """Print, for the package called `name` (or its alias), its places, its move with all reasons, and what holds it."""
    pen = Pen(console)
    places = [item for item in audit.inventory.dependencies if _same(name, item.name, item.alias)]
    found = [item for item in audit.assessments if _same(name, item.update.name)]
    held = [item for item in audit.held if _same(name, item.subject)]
    missing = [item for item in audit.not_checked if _same(name, item.name)]
    known = [item for item in audit.vulnerable if _same(name, item.subject.rpartition(" ")[0])]
    if not (places or found or held or missing):
        _print_stranger(audit, name, pen)
        return
    pen.say((places[0].name if places else name, "bold"))
    _print_places(places, pen)
    for assessment in found:
        _print_move(assessment, pen)
    print_held(held, pen)
    print_vulnerable(known, pen)
    for item in missing:
        pen.heading("Not checked", "bold yellow")
        pen.say(sentences(item.reason, item.advice), indent=2)
    stay = [item for item in audit.still if _same(name, item.name)]
    for one in stay:
        _print_stay(one, pen)
    if not (found or held or missing or stay):
        _print_still(audit, places, pen)


def _same(wanted: str, *names: str) -> bool:
    """Compare as people type: case, and `-`, `_`, `.` alike."""
    return any(name and _folded(wanted) == _folded(name) for name in names)


def _folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


def _print_stranger(audit: Audit, name: str, pen: Pen) -> None:
    names = sorted({str(item.name) for item in audit.inventory.dependencies})
    pen.say((name, "bold"), " is no dependency of any project here.")
    if near := get_close_matches(name, names, n=3):
        pen.say(f"Did you mean {', '.join(near)}?")
    if reasons := incomplete_because(audit):
        pen.say((f"INCOMPLETE: {', '.join(reasons)}", "bold red"))


def _print_places(places: Sequence[Dependency], pen: Pen) -> None:
    direct = [item for item in places if item.direct]
    pen.heading("Asked for at" if direct else "In the lockfile only")
    for item in direct or places:
        asked = f" {item.requirement or 'any version'}" if item.direct else ""
        locked = f", locked at {item.locked}" if item.locked else ", not locked"
        alias = f" as {item.alias}" if item.alias else ""
        why = f": {item.immovable}" if item.is_runtime else ""
        pen.say(f"{item.place}", f"{asked}{alias}{locked}{why}", (f" [{item.section}]", "dim"), indent=2)
    if direct and len(direct) < len(places):
        pen.say(f"and {len(places) - len(direct)} more in the lockfile for other packages", indent=2)


def _print_move(item: Assessment, pen: Pen) -> None:
    update = item.update
    pen.heading(f"{update.current or UNKNOWN} → {update.target.version}")
    rows = (
        ("Type", update.move),
        ("Risk", item.risk),
        ("Priority", item.priority),
        ("Newest", update.latest or UNKNOWN),
        ("Newest for the runtime", runtime_note(update) or "the same, as far as is known"),
        ("Allowed by the requirement", update.in_range or UNKNOWN),
        ("Range strategy", update.strategy),
        ("Released", update.target.released_at or UNKNOWN),
        ("Needs runtime", update.target.runtime or "none stated"),
        ("Said by", update.source),
        ("Project", update.project),
    )
    pen.grid((pen.text((what, "dim")), pen.text(words)) for what, words in rows)
    pen.heading("Why this risk")
    for reason in item.reasons:
        source = f" ({reason.witness}, {reason.source})" if reason.source else f" ({reason.witness})"
        pen.say((f"{reason.risk} ", RISK_STYLES[reason.risk]), reason.text, (source, "dim"), indent=2)
    pen.heading("Facts")
    pen.grid(
        (
            pen.text(fact.witness),
            pen.text(fact_words(fact, item), (f" ({fact.source})" if fact.source else "", "dim")),
        )
        for fact in item.facts
    )
    _print_policies(update.policies, pen)
    _print_passed(update.passed_over, pen)


def _print_stay(item: Still, pen: Pen) -> None:
    """Why a package that was looked up has nowhere to go."""
    pen.heading(f"{item.current or UNKNOWN} stays")
    newest = next((gone for gone in reversed(item.passed_over) if gone.version == item.latest), None)
    if newest is not None:
        pen.say(f"The newest release, {item.latest}, is not taken: {newest.reason}.", indent=2)
    else:
        pen.say(f"There is no newer release to take; the newest is {item.latest}.", indent=2)
    _print_policies(item.policies, pen)
    _print_passed(item.passed_over, pen)


def _print_policies(policies: Sequence[str], pen: Pen) -> None:
    if policies:
        pen.heading("Policies, of which the last counts")
        for words in policies:
            pen.say(words, indent=2)


def _print_passed(passed: Sequence[PassedOver], pen: Pen) -> None:
    """Releases that follow each other and were passed over for one reason are one row."""
    rows: list[list[PassedOver]] = []
    for gone in passed:
        if rows and (rows[-1][0].kind, rows[-1][0].reason) == (gone.kind, gone.reason):
            rows[-1].append(gone)
        else:
            rows.append([gone])
    if rows:
        pen.heading("Passed over")
    pen.grid((pen.text(_span(row)), pen.text((f"{row[0].kind}: ", "yellow"), row[0].reason)) for row in rows)


def _span(row: Sequence[PassedOver]) -> str:
    if len(row) == 1:
        return row[0].version
    return f"{row[0].version} … {row[-1].version} ({len(row)} releases)"


def fact_words(fact: AnyFact, item: Assessment) -> str:
    """One fact as a sentence without its weight."""
    target = item.update.target.version
    match fact:
        case SemverFact(move=move):
            return f"a step of type {move}"
        case AdvisoryFact(advisory=advisory):
            words = f"{advisory.id} {severity_of(fact)}, {advisory_effect(fact, target)}"
            return f"{words}: {advisory.summary}" if advisory.summary else words
        case AgeFact(days=None):
            return f"{target}: the registry gives no upload time"
        case AgeFact(days=days):
            return f"{target} has been out for {days:g} days"
        case _:
            return _more_words(fact)


def _more_words(fact: WithdrawnFact | RuntimeFact | ScopeFact | ScriptFact | Unanswered) -> str:
    match fact:
        case WithdrawnFact(which=which, how=how, reason=reason):
            return f"the {which} is {how}: {reason}" if reason else f"the {which} is {how}"
        case RuntimeFact(needs=needs, declares=declares, fits=fits):
            answer = {True: "fits", False: "does not fit", None: "cannot be told"}[fits]
            return f"needs {needs or 'no runtime'}, the project runs on {declares or 'none'}: {answer}"
        case ScopeFact(sections=sections, direct=direct, places=places):
            kind = "direct" if direct else "transitive"
            return f"{kind}, {', '.join(sections)}, {counted(places, 'place')}"
        case ScriptFact(appeared=appeared):
            return "runs code at install time, new" if appeared else "no new install script"
        case Unanswered(reason=reason):
            return f"not checked: {reason}"
        case _:
            assert_never(fact)


def _print_still(audit: Audit, places: Sequence[Dependency], pen: Pen) -> None:
    """Why a package has no row at all; that it is up to date is said only where the audit can know it."""
    pen.blank()
    if places and all(item.is_runtime for item in places):
        pen.say("It is what the project runs on, and said by its author alone.")
    elif not any(item.direct for item in places):
        pen.say("Only direct dependencies are moved; this one moves with the packages that ask for it.")
    elif audit.up_to_date:
        pen.say("It was looked up and there is nowhere to go: no newer release that may be taken.")
    else:
        pen.say("The audit says nothing about it: not checked.")
