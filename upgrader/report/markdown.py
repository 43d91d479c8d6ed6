"""The report, the audit and the plan as Markdown (GFM) for pull requests and people who decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from upgrader.model import (
    GROUPS,
    AdvisoryFact,
    AlreadyDone,
    AnyAttempt,
    Assessment,
    Audit,
    Dropped,
    Held,
    Kept,
    Refused,
    Report,
    TestChange,
    Verification,
)
from upgrader.report.gates import gate_sheet, validation_sheet
from upgrader.report.markdown_plan import markdown_plan, step_lines
from upgrader.report.markdown_table import bullet, section, table
from upgrader.report.plain import code, fenced, plain
from upgrader.report.sheets import (
    Sheet,
    changes_sheet,
    compatibility_sheet,
    log_sheet,
    matrix_sheet,
    outstanding_sheet,
    rewrite_sheet,
    runs_sheet,
    summary_sheet,
)
from upgrader.report.wording import (
    AUDIT_COLUMNS,
    GROUP_TITLES,
    UNKNOWN,
    advisory_effect,
    advisory_facts,
    count_line,
    duration,
    fixed_in,
    folded,
    further_held,
    held_text,
    many_files,
    place_text,
    runtime_note,
    section_mark,
    sentences,
    severity_of,
    unchecked,
    verdict_line,
)

__all__ = ["markdown_audit", "markdown_plan", "markdown_report"]
_MOST_FAILURES = 20


def markdown_report(report: Report) -> str:
    """Everything a report holds as one document; a table that the trip did not reach says that it is empty."""
    lines = [f"# {plain(report.title)}", ""]
    if report.generated_at:
        lines += [plain(report.generated_at), ""]
    lines += section("Summary", table(summary_sheet(report.summary)))
    if report.audit is not None:
        lines += section("Audit", _audit_lines(report.audit))
    lines += section("Compatibility", table(compatibility_sheet(report.compatibility)))
    lines += section("Verification", _attempts_lines(report.attempts))
    lines += section("Go/No-Go", table(gate_sheet(report.attempts)))
    lines += section("Validation results", table(validation_sheet(report.attempts)))
    lines += section("Execution log", table(log_sheet(report.log)))
    lines += section("Outstanding", table(outstanding_sheet(report.outstanding)))
    if held := further_held(report):
        lines += section("Held", _held_lines(held))
    if report.sandbox:
        lines += [f"Sandbox of the checks: {plain(report.sandbox)}", ""]
    return _document(lines)


def markdown_audit(audit: Audit) -> str:
    """The audit table with its counts, advisories, held and not checked rows."""
    return _document(["# Audit", "", *_audit_lines(audit)])


def _document(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def _audit_lines(audit: Audit) -> list[str]:
    lines = [f"**{plain(count_line(audit))}**", ""]
    if words := verdict_line(audit):
        lines += [f"**{plain(words)}**", ""]
    lines += _audit_table(audit)
    lines += _listed("Advisories", (line for item in audit.assessments for line in _advisory_lines(item)))
    remaining = (_advisory(plain(fact.subject) or UNKNOWN, fact, fixed_in(fact)) for fact in audit.vulnerable)
    lines += _listed("Vulnerable, no update offered", remaining)
    if audit.held:
        lines += ["### Held", "", *_held_lines(audit.held)]
    missing = [
        f"{', '.join(map(code, item.subjects))}: {plain(sentences(item.reason, item.advice))}"
        for item in unchecked(audit)
    ]
    lines += _listed("Not checked", missing)
    if audit.advisories:
        lines += [f"Advisory source: {plain(audit.advisories)}", ""]
    return lines


def _audit_table(audit: Audit) -> list[str]:
    """A table per group under its heading, all with the columns of FEATURES C9."""
    lines = []
    columns = (*AUDIT_COLUMNS, "Project") if many_files(audit) else AUDIT_COLUMNS
    for group in GROUPS:
        members = [item for item in folded(audit) if item.group == group]
        if members:
            rows = tuple(_audit_row(item)[: len(columns)] for item in members)
            lines += [f"### {GROUP_TITLES[group]} ({len(members)})", ""]
            lines += table(Sheet(columns=columns, rows=rows), inert=True)
    return lines


def _audit_row(item: Assessment) -> tuple[str, ...]:
    """Cells that are Markdown already."""
    update = item.update
    mark = section_mark(update.dependencies)
    newest = f" ({code(update.latest)})" if update.latest not in ("", update.target.version) else ""
    if runtime_note(update):
        newest += f"; {plain(runtime_note(update))}"
    places = len(update.dependencies)
    return (
        f"{code(update.name)}{f' {plain(mark)}' if mark else ''}{f' {places} places' if places > 1 else ''}",
        code(update.current) or UNKNOWN,
        f"{code(update.target.version)}{newest}",
        update.move,
        item.risk,
        plain(item.priority),
        code(place_text(update)),
    )


def _advisory_lines(item: Assessment) -> list[str]:
    return [
        _advisory(code(item.update.name), fact, advisory_effect(fact, item.update.target.version))
        for fact in advisory_facts(item)
    ]


def _advisory(subject: str, fact: AdvisoryFact, effect: str) -> str:
    said = f": {plain(fact.advisory.summary)}" if fact.advisory.summary else ""
    where = f" ({code(fact.advisory.url)})" if fact.advisory.url else ""
    return f"{subject}: {code(fact.advisory.id)} {severity_of(fact)}, {plain(effect)}{said}{where}"


def _held_lines(held: Sequence[Held]) -> list[str]:
    rows = tuple(
        (held_text(item), item.kind, item.reason, item.advice, str(item.place or "")) for item in held
    )
    return (
        table(Sheet(columns=("Subject", "Held for", "Reason", "What to do", "Place"), rows=rows))
        if rows
        else []
    )


def _listed(title: str, items: Iterable[str]) -> list[str]:
    rows = [bullet(item) for item in items]
    return [f"### {title} ({len(rows)})", "", *rows, ""] if rows else []


def _attempts_lines(attempts: Sequence[AnyAttempt]) -> list[str]:
    if not attempts:
        return ["Nothing was tried.", ""]
    lines: list[str] = []
    for attempt in attempts:
        word, said = _outcome(attempt)
        took = f", {duration(attempt.duration_ms)}" if attempt.duration_ms else ""
        lines += [f"### {word}: {plain(attempt.step.title)}", ""]
        lines += [f"{said} ({code(attempt.key)}{took})", "", *step_lines(attempt.step)]
        if isinstance(attempt, Kept) and attempt.moved:
            lines += [*(bullet(f"also moved: {plain(item)}") for item in attempt.moved), ""]
        if attempt.rewrite.files:
            lines += ["#### Code", "", *table(rewrite_sheet(attempt.rewrite))]
        if attempt.rewrite.commands:
            lines += ["#### Commands and steps", "", *table(runs_sheet(attempt.rewrite))]
        if isinstance(attempt, Kept | Dropped):
            lines += _verification_lines(attempt.verification)
    return lines


def _outcome(attempt: AnyAttempt) -> tuple[str, str]:
    """The word for the heading, and what there is to say."""
    match attempt:
        case Kept(branch=branch, commit=commit, verification=verification):
            word = "✅ Kept" if verification.verdict == "keep" else "⚠ Kept unproven"
            return word, f"Branch {code(branch)} at {code(commit[:12])}"
        case Dropped(reason=reason):
            return "❌ Dropped", f"No branch is left. {plain(reason)}"
        case Refused(stage=stage, reason=reason, advice=advice):
            return "❌ Refused", f"No branch is left. {plain(sentences(f'{stage}: {reason}', advice))}"
        case AlreadyDone(branch=branch, commit=commit, reason=reason):
            return "– Already done", f"Branch {code(branch)} at {code(commit[:12])}: {plain(reason)}"
        case _:
            assert_never(attempt)


def _verification_lines(verification: Verification) -> list[str]:
    lines = table(matrix_sheet(verification))
    if verification.reasons:
        lines += [*(bullet(plain(reason)) for reason in verification.reasons), ""]
    if verification.changes:
        lines += ["#### Test changes", "", *table(changes_sheet(verification.changes))]
        lines += _failure_lines(verification.changes)
    return lines


def _failure_lines(changes: Sequence[TestChange]) -> list[str]:
    """The failures the upgrade is blamed for, each folded away."""
    blamed = [
        item
        for item in changes
        if item.change in ("new failure", "missing", "new test fails") and item.detail
    ]
    lines = []
    for item in blamed[:_MOST_FAILURES]:
        lines += [
            f"<details><summary>{plain(item.test)}</summary>",
            "",
            fenced(item.detail),
            "",
            "</details>",
            "",
        ]
    if len(blamed) > _MOST_FAILURES:
        lines += [f"and {len(blamed) - _MOST_FAILURES} more", ""]
    return lines
