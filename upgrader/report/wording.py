"""The words that the text and the Markdown form share: headings, counts, marks, and what an audit could not check."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from upgrader.model import (
    AdvisoryFact,
    AgeFact,
    Assessment,
    Audit,
    Dependency,
    EcosystemName,
    Group,
    Held,
    Move,
    NotChecked,
    PlannedPack,
    Report,
    Risk,
    Unanswered,
    Update,
)

AUDIT_COLUMNS = ("Package", "Current", "Latest", "Type", "Risk", "Priority")
"""The columns of FEATURES C9, in order."""
GROUP_TITLES: dict[Group, str] = {
    "security": "Security",
    "patch": "Patch",
    "minor": "Minor",
    "0.x": "0.x",
    "major": "Major",
    "unknown": "Unknown",
}
MOVE_STYLES: dict[Move, str] = {
    "major": "red",
    "0.x": "red",
    "minor": "cyan",
    "patch": "green",
    "prerelease": "magenta",
    "downgrade": "magenta",
    "unknown": "magenta",
}
RISK_STYLES: dict[Risk, str] = {"LOW": "green", "MEDIUM": "yellow", "HIGH": "red", "CRITICAL": "bold red"}
UNKNOWN = "?"
"""Stands where a version is not known."""
_COUNTED: tuple[Group, ...] = ("major", "0.x", "minor", "patch", "security", "unknown")
_WHOLE_FILE = ("unreadable", "not checked")


class Unchecked(Struct, frozen=True, kw_only=True):
    """Packages that could not be checked for one and the same reason."""

    subjects: tuple[str, ...]
    reason: str
    advice: str


def changed_suffix(current: str, target: str) -> tuple[str, str]:
    """Split the target where it begins to differ from the current version, at a dot, dash or plus."""
    if not current:
        return "", target
    old, new = re.split(r"(?<=[.\-+])", current), re.split(r"(?<=[.\-+])", target)
    same = 0
    while same < min(len(old), len(new) - 1) and old[same] == new[same]:
        same += 1
    return "".join(new[:same]), "".join(new[same:])


def section_mark(dependencies: Sequence[Dependency]) -> str:
    """`[dev]` and the like for a package that no project needs to run; "" for one that some project does."""
    sections = sorted({item.section for item in dependencies})
    return "" if not sections or "prod" in sections else f"[{', '.join(sections)}]"


def place_text(update: Update, *, line: bool = False) -> str:
    """The file that asks for it; of several places the project's manifest and how many there are."""
    places = update.dependencies
    if len(places) == 1:
        return str(places[0].place) if line else places[0].place.path
    paths = sorted({item.place.path for item in places})
    projects = {item.project for item in places}
    if len(projects) > 1:
        return f"{len(places)} places in {len(projects)} projects"
    where = paths[0] if len(paths) == 1 else update.project.partition(":")[2] or update.project
    return f"{where}, {len(places)} places"


def many_files(audit: Audit) -> bool:
    """Whether a row must say which file it is about."""
    return len(
        {item.place.path for found in audit.assessments for item in found.update.dependencies}
    ) > 1 or (len(audit.inventory.projects) > 1)


def age_of(assessment: Assessment) -> str:
    """Age of the target in days, `?` when the registry does not tell."""
    for fact in assessment.facts:
        if isinstance(fact, AgeFact) and fact.days is not None:
            return f"{fact.days:.0f} d" if fact.days >= 10 else f"{fact.days:g} d"
    return UNKNOWN


def advisory_facts(assessment: Assessment) -> tuple[AdvisoryFact, ...]:
    """The advisories that bear on the move."""
    return tuple(fact for fact in assessment.facts if isinstance(fact, AdvisoryFact))


def severity_of(fact: AdvisoryFact) -> str:
    """`HIGH 7.5`, or the word alone when there is no score."""
    score = "" if fact.advisory.score is None else f" {fact.advisory.score:g}"
    return f"{fact.advisory.severity}{score}"


def advisory_effect(fact: AdvisoryFact, target: str) -> str:
    """What the move does about the advisory."""
    match (fact.affects_current, fact.affects_target):
        case (True, False):
            return f"fixed by {target}"
        case (True, True):
            return f"still affects {target}"
        case (False, True):
            return f"affects {target} and not the current version"
        case _:
            return "affects neither version"


def fixed_in(fact: AdvisoryFact) -> str:
    """Where the advisory says that it is fixed."""
    return f"fixed in {', '.join(fact.advisory.fixed_in)}" if fact.advisory.fixed_in else "no fix is known"


def held_text(held: Held) -> str:
    """The subject with its version."""
    return f"{held.subject} {held.version}".strip()


def unchecked(audit: Audit) -> list[Unchecked]:
    """Everything that could not be checked, in the audit's order, one entry per reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in audit.not_checked:
        found.setdefault((item.reason, item.advice), []).append(_named(item, audit))
    for assessment in audit.assessments:
        for fact in assessment.facts:
            if isinstance(fact, Unanswered):
                reason = f"{fact.witness} not checked: {fact.reason}"
                found.setdefault((reason, ""), []).append(assessment.update.name)
    return [
        Unchecked(subjects=tuple(dict.fromkeys(names)), reason=reason, advice=advice)
        for (reason, advice), names in found.items()
    ]


def incomplete_because(audit: Audit) -> list[str]:
    """Why the audit is not the whole answer; empty when it is. Fails closed on an audit that contradicts itself."""
    reasons = []
    if audit.not_checked:
        reasons.append(f"{counted(len(audit.not_checked), 'package')} not checked")
    if unread := sum(item.kind in _WHOLE_FILE for item in audit.held):
        reasons.append(f"{counted(unread, 'item')} unreadable or not checked")
    unheard = sum(any(isinstance(fact, Unanswered) for fact in item.facts) for item in audit.assessments)
    if unheard:
        reasons.append(f"{counted(unheard, 'update')} without an answer from every source")
    if not audit.complete and not reasons:
        reasons.append("something could not be checked")
    return reasons


def folded(audit: Audit) -> list[Assessment]:
    """The assessments with the same move of the same package, at the same risk, as one that has all the places."""
    rows: dict[tuple[str, ...], Assessment] = {}
    for item in audit.assessments:
        update = item.update
        move = (update.ecosystem, update.name, update.current, update.target.version)
        key = (*move, item.group, item.risk, item.priority)
        seen = rows.get(key)
        if seen is None:
            rows[key] = item
            continue
        both = (*seen.update.dependencies, *update.dependencies)
        rows[key] = replace(seen, update=replace(seen.update, dependencies=both))
    return list(rows.values())


RUNTIMES: dict[EcosystemName, str] = {"cargo": "Rust", "go": "Go", "npm": "Node.js", "pip": "Python"}


def runtime_note(update: Update) -> str:
    """What the newest release for the project's runtime is, where the newest of all is another; else ""."""
    if not update.latest_for_runtime:
        return ""
    runtime = f"{RUNTIMES[update.ecosystem]} {update.runtime}"
    return (
        f"{update.latest_for_runtime} is the newest for {runtime}; the latest, {update.latest}, needs another"
    )


def count_line(audit: Audit) -> str:
    """`6 major, 3 minor, 1 security, 2 held, 2 not checked, 14 up to date`; zeros are left out."""
    groups = Counter(item.group for item in folded(audit))
    parts = [f"{groups[group]} {group}" for group in _COUNTED if groups[group]]
    rest = (
        (len(audit.vulnerable), "vulnerable without an update"),
        (len(audit.held), "held"),
        (len(audit.not_checked), "not checked"),
        (audit.beyond_target, "with newer releases outside the target"),
        (audit.up_to_date, "up to date"),
    )
    parts += [f"{number} {words}" for number, words in rest if number]
    return ", ".join(parts) or "no dependencies"


def verdict_line(audit: Audit) -> str:
    """One sentence for the whole audit: INCOMPLETE, nothing to do, or "" when the table says it all."""
    if missing := incomplete_because(audit):
        return f"INCOMPLETE: {', '.join(missing)}. What was not checked may be outdated or vulnerable."
    if audit.assessments:
        return ""
    if audit.vulnerable:
        return "Nothing can be updated, and known advisories remain."
    if audit.held:
        return f"Nothing to do now: {counted(len(audit.held), 'item')} held."
    if audit.beyond_target:
        outside = counted(audit.beyond_target, "package")
        return f"Nothing to do within the target; {outside} could go further."
    if not audit.up_to_date:
        return "Nothing to do: no dependencies were found."
    return f"Nothing to do: {counted(audit.up_to_date, 'package')} checked, all up to date."


def sentences(reason: str, advice: str) -> str:
    """Why, and what to do about it, with a full stop between them."""
    return f"{stopped(reason)} {advice.strip()}" if advice.strip() else reason.rstrip()


def stopped(reason: str) -> str:
    """The reason with a full stop at its end."""
    reason = reason.rstrip()
    return reason if reason.endswith((".", "!", "?")) else f"{reason}."


def further_held(report: Report) -> tuple[Held, ...]:
    """What the plan holds besides what the report's audit tells already."""
    told = report.audit.held if report.audit is not None else ()
    return tuple(item for item in report.plan.held if item not in told) if report.plan is not None else ()


def counted(number: int, noun: str) -> str:
    """`1 package`, `2 packages`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(milliseconds: int) -> str:
    """`340 ms`, `12.4 s`, `3 min 5 s`, `2 h 4 min`."""
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes} min {seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _named(item: NotChecked, audit: Audit) -> str:
    several = len({project.ecosystem for project in audit.inventory.projects}) > 1
    return f"{item.name} ({item.ecosystem})" if several else item.name


def stop_advice(pack: PlannedPack, quote: Callable[[str], str] = "`{}`".format) -> str:
    """At which release a pack's author would stop on the way, and how to get there; `quote` marks code."""
    setting, table = f'allowed = "<={pack.stops[0]}"', "[[tool.upgrader.packages]]"
    return (
        f"The pack's author would stop at {', '.join(pack.stops)} first, which this step does not. To stop there set "
        f"{quote(setting)} for {quote(pack.package)} in {quote(table)}, run {quote(f'upgrade apply {pack.package}')}, "
        "merge it, and take the setting out again."
    )
