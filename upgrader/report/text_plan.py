"""A plan for a terminal: per step what it is about, what it changes, what proves it and how it is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upgrader.model import Command, Edit, Plan, PlannedPack, Step
from upgrader.report.pen import Pen
from upgrader.report.sheets import (
    command_line,
    current_state,
    risk_sheet,
    target_state,
    timeline_sheet,
)
from upgrader.report.text_audit import print_held
from upgrader.report.wording import RISK_STYLES, counted, stop_advice

if TYPE_CHECKING:
    from rich.console import Console


def print_plan(plan: Plan, console: Console, *, next_step: str = "") -> None:
    """Print every step whole, then what is held, then how many there are and the command to type next."""
    pen = Pen(console)
    if plan.base_commit:
        pen.say((f"Plan for commit {plan.base_commit[:12]}", "bold"))
    for number, step in enumerate(plan.steps, 1):
        _print_step(step, number, len(plan.steps), pen)
    print_held(plan.held, pen)
    pen.blank()
    held = f", {len(plan.held)} held" if plan.held else ""
    pen.say(
        (f"{counted(len(plan.steps), 'step')}{held}" if plan.steps else f"Nothing to plan{held}.", "bold")
    )
    if next_step:
        pen.say("Next: ", (next_step, "bold"))


def _print_step(step: Step, number: int, steps: int, pen: Pen) -> None:
    pen.heading(f"Step {number} of {steps}: {step.title}", "bold underline")
    pen.say(
        "Branch ", (step.branch, "bold"), f" ({step.group}, {step.ecosystem}, folder {step.folder})", indent=2
    )
    pen.say("Risk ", (step.risk, RISK_STYLES[step.risk]), indent=2)
    for assessment in step.assessments:
        who = f"{assessment.update.name}: " if len(step.assessments) > 1 else ""
        for reason in assessment.reasons:
            pen.say(
                (f"{reason.risk} ", RISK_STYLES[reason.risk]),
                who,
                reason.text,
                (f" ({reason.source})" if reason.source else "", "dim"),
                indent=4,
            )
    if len(step.hops) > 1:
        pen.say("Path ", " → ".join(step.hops), indent=2)
    if step.needs:
        pen.say("After ", ", ".join(step.needs), indent=2)
    pen.sheet("Current state", current_state(step))
    pen.sheet("Target state", target_state(step))
    _print_edits(step.edits, pen)
    for pack in step.packs:
        _print_pack(pack, pen)
    _print_commands("Lockfile", step.commands, pen)
    _print_commands("Environment of the checks", step.prepare, pen)
    _print_checks(step, pen)
    pen.sheet("Risk assessment", risk_sheet(step.risks))
    _print_rollback(step, pen)
    pen.sheet("Timeline", timeline_sheet(step.timeline))
    pen.say(("May change: ", "bold"), ", ".join(step.allowed) or "nothing", indent=2)


def _print_edits(edits: tuple[Edit, ...], pen: Pen) -> None:
    pen.say(("Edits" if edits else "Edits: none, only the lockfile moves", "bold"), indent=2)
    for edit in edits:
        pen.say(f"{edit.path}:{edit.line}", indent=4)
        pen.say(("- ", "red"), (edit.before, "red"), indent=6)
        pen.say(("+ ", "green"), (edit.after, "green"), indent=6)


def _print_pack(pack: PlannedPack, pen: Pen) -> None:
    """What the pack changes, by example, and what it leaves to people (FEATURES C11, C13, C28)."""
    unsafe = f", {pack.unsafe} more with --unsafe" if pack.unsafe else ""
    pen.say(
        ("Code", "bold"),
        f": rule pack {pack.id} ({pack.origin}): {counted(pack.rules, 'rule')}{unsafe}",
        indent=2,
    )
    for line in pack.breaking:
        pen.say("breaking: ", line, indent=4)
    for block in pack.blocks:
        pen.say(block.message, (f"  {block.url}", "dim"), indent=4)
        for line in block.before.rstrip().splitlines():
            pen.say(("- " + line, "red"), indent=6)
        for line in block.after.rstrip().splitlines():
            pen.say(("+ " + line, "green"), indent=6)
    if pack.manual:
        pen.say(("By hand, where the rewrite says so", "bold"), indent=4)
    for number, text in enumerate(pack.manual, 1):
        pen.say(f"{number}. {text}", indent=6)
    if pack.stops:
        pen.say(stop_advice(pack), indent=4)


def _print_commands(title: str, commands: tuple[Command, ...], pen: Pen) -> None:
    if not commands:
        return
    pen.say((title, "bold"), indent=2)
    for command in commands:
        notes = [word for word in (command.why, "needs the network" if command.network else "") if word]
        where = "" if command.folder == "." else f" in {command.folder}"
        pen.say(
            command_line(command), (f"{where}  # {'; '.join(notes)}" if notes else where, "dim"), indent=4
        )


def _print_checks(step: Step, pen: Pen) -> None:
    if not step.checks:
        pen.say(("Checks: none were found, so nothing can be proven", "bold yellow"), indent=2)
        return
    pen.say(("Checks, on the baseline and on the upgrade", "bold"), indent=2)
    for check in step.checks:
        source = f"  # {check.source}" if check.source else ""
        pen.say(f"{check.kind}: {check.name}", (source, "dim"), indent=4)


def _print_rollback(step: Step, pen: Pen) -> None:
    pen.say(("Rollback" if step.rollback.reversible else "Rollback: NOT reversible", "bold"), indent=2)
    pen.say(step.rollback.strategy, indent=4)
    for command in step.rollback.commands:
        pen.say(command_line(command), (f"  # {command.why}" if command.why else "", "dim"), indent=6)
