"""What a run ends with: its exit code, and the exact next command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from upgrader.model import AlreadyDone, AnyAttempt, Audit, Kept, Plan

WELL = 0
HELD = 1
INCOMPLETE = 3
FAIL_ON = ("none", "outdated", "minor", "major", "vuln")


def audit_code(audit: Audit, fail_on: str) -> int:
    """Incomplete before policy before well: an audit that could not see everything never says all is well."""
    if not audit.complete:
        return INCOMPLETE
    return HELD if _hits(audit, fail_on) else WELL


def plan_code(audit: Audit, plan: Plan) -> int:
    """Held when the audit found what the plan does not take."""
    if not audit.complete:
        return INCOMPLETE
    return HELD if plan.held else WELL


def apply_code(attempts: Sequence[AnyAttempt], held: int) -> int:
    """Anything dropped, refused or held is 1; a kept branch that nothing proved is 3."""
    if held or any(not isinstance(item, Kept | AlreadyDone) for item in attempts):
        return HELD
    unproven = any(isinstance(item, Kept) and item.verification.verdict == "unproven" for item in attempts)
    return INCOMPLETE if unproven else WELL


def same_flags() -> str:
    """The flags the user gave that a next command needs as well, ready to append."""
    kept: list[str] = []
    arguments = sys.argv[2:]
    for index, word in enumerate(arguments):
        name, _, inline = word.partition("=")
        if name in (
            "--advisories",
            "--cooldown",
            "--ecosystem",
            "-e",
            "--reject",
            "-x",
            "--path",
            "-C",
            "--env",
            "--target",
            "-t",
            "--range-strategy",
            "--ignore-path",
            "--section",
        ):
            value = inline or (arguments[index + 1] if index + 1 < len(arguments) else "")
            kept += [name, value]
        elif word in ("--pre", "--offline", "--no-cache", "--second-opinion", "--prod", "--dev", "--peer"):
            kept.append(word)
    return "".join(f" {part}" for part in kept)


def _hits(audit: Audit, fail_on: str) -> bool:
    moves = {item.update.move for item in audit.assessments}
    match fail_on:
        case "outdated":
            return bool(audit.assessments)
        case "minor":
            return bool(moves & {"minor", "major", "0.x"})
        case "major":
            return bool(moves & {"major", "0.x"})
        case "vuln":
            return bool(audit.vulnerable) or any(item.group == "security" for item in audit.assessments)
        case _:
            return False
