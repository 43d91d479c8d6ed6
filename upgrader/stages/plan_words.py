"""What a step says about itself besides edits and commands: branch, hops, risk table, rollback, timeline."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from upgrader.ledger import estimate
from upgrader.model import (
    AdvisoryFact,
    Assessment,
    Command,
    Compatibility,
    Package,
    Project,
    RiskRow,
    Rollback,
    TimelineRow,
    Update,
)
from upgrader.versions import SCHEMES

LONGEST_BRANCH = 80
TIMED_STAGES = ("lockfile", "commit", "verify")
"""The stages of `apply` whose times the ledger keeps and a timeline tells, in the order they run."""
Durations = Mapping[str, Sequence[int]]
"""Stage name to the milliseconds it took in earlier attempts."""


def slug(text: str) -> str:
    """Lower-case letters, digits, dot, dash and underscore: a form git takes (git-check-ref-format), never empty."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", text.lower())
    plain = re.sub(r"\.{2,}", ".", plain).strip("-.")
    while plain.endswith(".lock"):
        plain = plain.removesuffix(".lock").rstrip("-.")
    return plain or "package"


def branch_name(name: str, version: str, taken: AbstractSet[str], infix: str) -> str:
    """`upgrade/<slug>-<version>`; the ecosystem goes between only on a collision, then a number (FEATURES C14).

    Never longer than LONGEST_BRANCH: a long name loses its end to a hash, never the version.
    """
    first = _fitted(slug(name), slug(version))
    if first not in taken:
        return first
    second = _fitted(f"{slug(infix)}-{slug(name)}", slug(version))
    number, candidate = 1, second
    while candidate in taken:
        number += 1
        candidate = _fitted(f"{slug(infix)}{number}-{slug(name)}", slug(version))
    return candidate


def _fitted(name: str, version: str) -> str:
    whole = f"upgrade/{name}-{version}"
    if len(whole) <= LONGEST_BRANCH:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    end = version[:40].rstrip("-.")
    room = LONGEST_BRANCH - len(f"upgrade/-{digest}-{end}")
    return f"upgrade/{name[:room].rstrip('-.')}-{digest}-{end}"


def hops(update: Update, package: Package | None) -> tuple[str, ...]:
    """The newest release of each major on the way, the target last (FEATURES A6, D19); the target alone when near."""
    if package is None or update.move != "major":
        return (update.target.version,)
    scheme = SCHEMES[update.ecosystem]
    passed: dict[str, str] = {}
    for release in package.releases:
        version = release.version
        if release.withdrawn or scheme.is_prerelease(version):
            continue
        above = scheme.order_key(version) > scheme.order_key(update.current)
        below = scheme.order_key(version) <= scheme.order_key(update.target.version)
        if above and below and scheme.step(update.current, version) == "major":
            passed[version.removeprefix("v").split(".")[0]] = version
    passed[update.target.version.removeprefix("v").split(".")[0]] = update.target.version
    return tuple(passed.values())


def risk_rows(members: Sequence[Assessment]) -> tuple[RiskRow, ...]:
    """The four rows of FEATURES C5, from what is known; what is not measured says so."""
    heaviest = max((item.risk for item in members), key=("LOW", "MEDIUM", "HIGH", "CRITICAL").index)
    breaking = {"LOW": "L", "MEDIUM": "M", "HIGH": "H", "CRITICAL": "H"}[heaviest]
    return (
        RiskRow(
            risk="Breaking changes",
            likelihood="H" if breaking == "H" else "M" if breaking == "M" else "L",
            impact="H",
            mitigation="verified against the baseline on a branch of its own; dropped on a new failure",
        ),
        RiskRow(
            risk="Data loss",
            likelihood="L",
            impact="L",
            mitigation="no data step belongs to this upgrade; the branch changes manifests and lockfiles only",
        ),
        RiskRow(
            risk="Downtime",
            likelihood="L",
            impact="L",
            mitigation="no infrastructure step; nothing is deployed by this tool",
        ),
        RiskRow(
            risk="Performance regression",
            likelihood="unknown",
            impact="unknown",
            mitigation="not measured: set tool.upgrader.checks.critical to measure it",
        ),
    )


def rollback_of(branch: str, project: Project, members: Sequence[Assessment]) -> Rollback:
    """How the step is taken back before and after a merge (FEATURES C6, C41)."""
    names = ", ".join(item.update.name for item in members)
    return Rollback(
        strategy=(
            f"Before the merge the branch {branch} is deleted and nothing else has changed. After it, "
            f"`upgrade rollback` reverts the commit, which restores the manifest and lockfile of {project.folder} "
            f"for {names}, installs from that lockfile and runs the same checks."
        ),
        commands=(
            Command(argv=("git", "branch", "-D", branch), why="before the merge"),
            Command(argv=("git", "revert", "--no-edit", branch), why="after the merge"),
        ),
        reversible=True,
    )


def timeline(durations: Durations) -> tuple[TimelineRow, ...]:
    """The four phases with the medians of earlier attempts, or "unknown" (FEATURES C7).

    Cleaning up is not timed by itself: each checkout goes when its work is done.
    """
    refresh, commit, verify = (estimate(durations.get(stage, ())) for stage in TIMED_STAGES)
    tasks = "the checks on the baseline and on the upgrade"
    return (
        TimelineRow(phase="Preparation", tasks="lockfile refresh", estimate=refresh),
        TimelineRow(phase="Execution", tasks="commit on the branch", estimate=commit),
        TimelineRow(phase="Validation", tasks=tasks, estimate=verify),
        TimelineRow(phase="Cleanup", tasks="remove the worktrees", estimate=estimate(())),
    )


def compatibility_of(update: Update, facts: Sequence[object]) -> Compatibility:
    """The row as far as it is known before the checks ran: unknown is not compatible (FEATURES A16)."""
    fixed = tuple(
        f"fixes {fact.advisory.id}"
        for fact in facts
        if isinstance(fact, AdvisoryFact) and fact.affects_current and not fact.affects_target
    )
    return Compatibility(
        package=update.name,
        from_version=update.current,
        to_version=update.target.version,
        compatible="unknown",
        migration_required="unknown",
        new_features=fixed,
    )
