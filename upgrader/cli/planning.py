"""Plans what the repository holds at HEAD; shared by `plan` and `apply`."""

from __future__ import annotations

from msgspec import Struct

from upgrader.cli.output import Progress, stderr
from upgrader.cli.repository import open_ledger
from upgrader.cli.session import Wishes, open_trip
from upgrader.errors import GitError, LedgerError
from upgrader.flow import run_audit, run_plan
from upgrader.model import Audit, Plan
from upgrader.outside.git import Git
from upgrader.stages.plan_words import TIMED_STAGES


class Planned(Struct, frozen=True, kw_only=True):
    """A plan and the audit it came from."""

    audit: Audit
    plan: Plan
    git: Git


def make_planned(wishes: Wishes, progress: Progress, *, take_unknown_age: bool) -> Planned:
    """Audit HEAD's files and plan from them; uncommitted changes are told and left out."""
    if wishes.interactive:
        from upgrader.cli.picking import check_terminal  # lazy: few runs are interactive

        check_terminal()
    git = open_git(wishes)
    if changed := [path for path in git.changed_files() if _is_manifest(path)]:
        stderr(f"not included, because not committed: {', '.join(changed[:5])}")
    trip = open_trip(wishes, progress, git=git)
    try:
        audited = run_audit(trip)
        if wishes.interactive:
            from upgrader.cli.picking import pick

            progress.done()
            audited = pick(audited)
        progress("planning")
        plan = run_plan(trip, audited, git.head(), _durations(git), take_unknown_age=take_unknown_age)
    finally:
        progress.done()
    return Planned(audit=audited.audit, plan=plan, git=git)


def open_git(wishes: Wishes) -> Git:
    """The repository that the folder is in. Raises GitError with what to do when there is none."""
    try:
        return Git.open(wishes.path.resolve())
    except GitError as fault:
        advice = (
            fault.advice
            or "`upgrade audit` works without git; `plan` and `apply` need a commit to start from."
        )
        raise GitError(fault.message, advice) from fault


def _durations(git: Git) -> dict[str, list[int]]:
    """How long earlier attempts took, by stage; nothing where there is no ledger yet."""
    if not (git.common_dir / "upgrader" / "ledger.db").exists():
        return {}
    try:
        with open_ledger(git, env="local", read_only=True) as ledger:
            return {stage: ledger.durations(stage) for stage in TIMED_STAGES}
    except LedgerError:
        return {}


def _is_manifest(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    return name.endswith((".toml", ".lock", ".txt", "package.json", "package-lock.json", "go.mod", "go.sum"))
