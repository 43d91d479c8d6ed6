"""The tables that every form of a report shows, as plain words: state, risk, matrix, gates, validation, log."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from msgspec import Struct

from upgrader.model import (
    CHECK_ROWS,
    AdvisoryFact,
    Assessment,
    Command,
    CommandRun,
    Compatibility,
    LogRow,
    MatrixRow,
    OutstandingItem,
    Rewrite,
    RiskRow,
    Step,
    Summary,
    TestChange,
    TimelineRow,
    Verification,
    WithdrawnFact,
)
from upgrader.report.wording import UNKNOWN, duration, severity_of


class Sheet(Struct, frozen=True, kw_only=True):
    """A table of plain words: every row has a cell per column. The words are foreign; each form makes them safe."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    verbatim: tuple[str, ...] = ()
    """Columns of names, versions and files that are to be copied as they stand."""
    firm: tuple[str, ...] = ()
    """Columns too short to wrap."""


STATUS_MARKS = {"pass": "✅", "fail": "❌", "not run": "–", "flaky": "⚠", "inconclusive": "⚠"}
"""Status of a matrix row to its mark; ✅ stands for `pass` alone (FEATURES C17)."""


def current_state(step: Step) -> Sheet:
    """Where the packages are now and what is wrong with that (FEATURES C3)."""
    rows = [
        (item.update.name, item.update.current or UNKNOWN, "; ".join(_health(item)) or "no issue is known")
        for item in step.assessments
    ]
    return Sheet(
        columns=("Component", "Version", "Health/Issues"),
        rows=tuple(rows),
        verbatim=("Component", "Version"),
    )


def target_state(step: Step) -> Sheet:
    """Where they go and what is gained (FEATURES C4)."""
    gained = {row.package: row.new_features for row in step.compatibility}
    rows = []
    for item in step.assessments:
        benefits = dict.fromkeys((*_fixes(item), *gained.get(item.update.name, ())))
        words = "; ".join(benefits) or f"a newer release ({item.update.move})"
        rows.append((item.update.name, item.update.target.version, words))
    return Sheet(
        columns=("Component", "Version", "Benefits"), rows=tuple(rows), verbatim=("Component", "Version")
    )


def risk_sheet(risks: Sequence[RiskRow]) -> Sheet:
    """The risk assessment (FEATURES C5)."""
    return Sheet(
        columns=("Risk", "Likelihood", "Impact", "Mitigation"),
        rows=tuple((row.risk, row.likelihood, row.impact, row.mitigation) for row in risks),
        firm=("Likelihood", "Impact"),
    )


def timeline_sheet(timeline: Sequence[TimelineRow]) -> Sheet:
    """The phases with their estimates (FEATURES C7)."""
    return Sheet(
        columns=("Phase", "Tasks", "Estimated duration"),
        rows=tuple((row.phase, row.tasks, row.estimate) for row in timeline),
    )


def compatibility_sheet(found: Sequence[Compatibility]) -> Sheet:
    """The seven fields of FEATURES A12 behind the package they are about."""
    rows = [
        (
            row.package,
            row.from_version,
            row.to_version,
            row.compatible,
            row.migration_required,
            _listed(row.breaking_changes),
            _listed(row.new_features),
            _listed(row.deprecated_features),
        )
        for row in found
    ]
    columns = ("Package", "From", "To", "Compatible", "Migration required")
    return Sheet(
        columns=(*columns, "Breaking changes", "New features", "Deprecated features"),
        rows=tuple(rows),
        verbatim=("Package", "From", "To"),
        firm=("Compatible",),
    )


def five_rows(verification: Verification) -> tuple[MatrixRow, ...]:
    """The matrix's rows in the order of CHECK_ROWS, every one, and what else there may be behind them.

    A row that is missing did not run. Of two rows for one check the one that did not pass counts, and a pass without
    a run on the upgraded side is none.
    """
    rows = [_with_evidence(row) for row in verification.rows]
    found = []
    for check in CHECK_ROWS.values():
        own = [row for row in rows if row.check == check]
        own.sort(key=lambda row: row.status == "pass")
        found.append(own[0] if own else _missing(check))
    return (*found, *(row for row in rows if row.check not in CHECK_ROWS.values()))


def matrix_sheet(verification: Verification) -> Sheet:
    """The verification matrix (FEATURES C17)."""
    rows = [
        (
            row.check,
            _status_words(row.baseline),
            _status_words(row.after),
            f"{STATUS_MARKS[row.status]} {row.status}",
            row.notes,
        )
        for row in five_rows(verification)
    ]
    columns = ("Check", "Baseline", "After", "Status", "Notes")
    return Sheet(columns=columns, rows=tuple(rows), firm=columns[:4])


def changes_sheet(changes: Sequence[TestChange]) -> Sheet:
    """How tests differ between the sides."""
    rows = [(item.test, item.change, item.check, _last_line(item.detail)) for item in changes]
    return Sheet(
        columns=("Test", "Change", "Check", "Detail"), rows=tuple(rows), verbatim=("Test",), firm=("Change",)
    )


def summary_sheet(summary: Summary) -> Sheet:
    """Status and metrics of the whole migration (FEATURES C46, C47)."""
    rows = (
        ("Migration", summary.migration),
        ("Type", summary.type),
        ("Status", summary.status),
        ("Duration", duration(summary.duration_ms)),
        ("Downtime", summary.downtime or "None"),
        ("Records migrated", summary.records_migrated or "n.a."),
        ("Errors encountered", str(summary.errors)),
        ("Rollbacks performed", str(summary.rollbacks)),
    )
    return Sheet(columns=("Metric", "Value"), rows=rows)


def log_sheet(log: Sequence[LogRow]) -> Sheet:
    """The execution log (FEATURES C36)."""
    return Sheet(
        columns=("Time", "Step", "Status", "Notes"),
        rows=tuple((row.time, row.step, row.status, row.notes) for row in log),
        firm=("Time",),
    )


def outstanding_sheet(items: Sequence[OutstandingItem]) -> Sheet:
    """What is left to do and whose it is (FEATURES C49)."""
    return Sheet(
        columns=("Item", "Status", "Owner"),
        rows=tuple((item.item, item.status, item.owner or "nobody yet") for item in items),
    )


def rewrite_sheet(rewrite: Rewrite) -> Sheet:
    """What rule packs did, file by file (FEATURES A30)."""
    rows = [
        (file.path, count.rule, str(count.edits), file.before[:12], file.after[:12])
        for file in rewrite.files
        for count in file.rules
    ]
    columns = ("File", "Rule", "Edits", "Before", "After")
    return Sheet(columns=columns, rows=tuple(rows), verbatim=("File", "Rule"), firm=columns[2:])


def runs_sheet(rewrite: Rewrite) -> Sheet:
    """What the packs asked to run, and what became of it (FEATURES A19 to A27)."""
    rows = tuple(
        (run.id, run.kind, run.outcome, duration(run.duration_ms), run.pack, _with_sums(run))
        for run in rewrite.commands
    )
    columns = ("Command or step", "Kind", "Outcome", "Took", "Pack", "Notes")
    return Sheet(columns=columns, rows=rows, verbatim=columns[:1], firm=columns[1:4])


def _with_sums(run: CommandRun) -> str:
    sums = ", ".join(f"{path} {digest[:12]}" for path, digest in sorted(run.files.items()))
    return f"{run.message} ({sums})" if sums else run.message


def command_line(command: Command) -> str:
    """A command as a person would type it in its folder, variables first."""
    words = [*(f"{name}={value}" for name, value in sorted(command.env.items())), *command.argv]
    return " ".join(shlex.quote(word) for word in words)


def _health(item: Assessment) -> list[str]:
    notes = []
    for fact in item.facts:
        match fact:
            case WithdrawnFact(which="current" | "package", how=how, reason=reason):
                notes.append(f"{how}: {reason}" if reason else how)
            case AdvisoryFact(affects_current=True, advisory=advisory):
                notes.append(f"vulnerable: {advisory.id} ({severity_of(fact)})")
            case _:
                pass
    return notes


def _fixes(item: Assessment) -> list[str]:
    return [
        f"fixes {fact.advisory.id}"
        for fact in item.facts
        if isinstance(fact, AdvisoryFact) and fact.affects_current and not fact.affects_target
    ]


def _listed(items: Sequence[str]) -> str:
    return "; ".join(items) or "none known"


def _with_evidence(row: MatrixRow) -> MatrixRow:
    if row.status != "pass" or row.after != "NOT_RUN":
        return row
    return MatrixRow(
        check=row.check,
        baseline=row.baseline,
        after=row.after,
        status="not run",
        notes=row.notes or "there is no evidence that it ran",
    )


def _missing(check: str) -> MatrixRow:
    return MatrixRow(
        check=check, baseline="NOT_RUN", after="NOT_RUN", status="not run", notes="no result was recorded"
    )


def _status_words(status: str) -> str:
    return status.lower().replace("_", " ")


def _last_line(detail: str) -> str:
    lines = [line for line in detail.splitlines() if line.strip()]
    return lines[-1] if lines else ""
