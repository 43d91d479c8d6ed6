"""A plan as Markdown: every step whole, as people review it."""

from __future__ import annotations

from collections.abc import Sequence

from upgrader.model import Assessment, Command, Edit, Held, Plan, PlannedPack, Step
from upgrader.report.markdown_table import bullet, section, table
from upgrader.report.plain import code, fenced, plain
from upgrader.report.sheets import (
    Sheet,
    command_line,
    compatibility_sheet,
    current_state,
    risk_sheet,
    target_state,
    timeline_sheet,
)
from upgrader.report.wording import held_text, stop_advice


def markdown_plan(plan: Plan) -> str:
    """The plan as one document: a section per step, then what is held."""
    lines = ["# Plan", "", f"For commit {code(plan.base_commit[:12])}, {len(plan.steps)} steps.", ""]
    for number, step in enumerate(plan.steps, 1):
        lines += section(f"{number}. {plain(step.title)}", _whole_step(step))
    lines += section("Held", _held(plan.held))
    return "\n".join(lines).rstrip("\n") + "\n"


def step_lines(step: Step) -> list[str]:
    """What a step is about in a few lines: branch, risk and why."""
    lines = [bullet(f"Branch: {code(step.branch)}"), bullet(f"Risk: **{step.risk}**")]
    lines += [bullet(words) for item in step.assessments for words in _reasons(item)]
    if len(step.hops) > 1:
        lines.append(bullet(f"Path: {' → '.join(map(code, step.hops))}"))
    if step.needs:
        lines.append(bullet(f"After: {', '.join(map(code, step.needs))}"))
    return [*lines, ""]


def _reasons(item: Assessment) -> list[str]:
    return [
        f"{code(item.update.name)}: {reason.risk}, {plain(reason.text)} ({plain(reason.source or reason.witness)})"
        for reason in item.reasons
    ]


def _whole_step(step: Step) -> list[str]:
    lines = step_lines(step)
    lines += ["### Current state", "", *table(current_state(step))]
    lines += ["### Target state", "", *table(target_state(step))]
    lines += ["### Edits", "", *_edits(step.edits)]
    for pack in step.packs:
        lines += _pack(pack)
    lines += ["### Commands", "", *_commands((*step.commands, *step.prepare))]
    lines += ["### Checks", "", *_checks(step)]
    lines += ["### Compatibility", "", *table(compatibility_sheet(step.compatibility))]
    lines += ["### Risk assessment", "", *table(risk_sheet(step.risks))]
    lines += ["### Rollback", "", plain(step.rollback.strategy), "", *_commands(step.rollback.commands)]
    lines += ["### Timeline", "", *table(timeline_sheet(step.timeline))]
    return [*lines, f"May change: {', '.join(map(code, step.allowed)) or 'nothing'}", ""]


def _edits(edits: Sequence[Edit]) -> list[str]:
    if not edits:
        return ["None: only the lockfile moves.", ""]
    lines = []
    for edit in edits:
        lines += [f"{code(f'{edit.path}:{edit.line}')}", "", fenced(f"- {edit.before}\n+ {edit.after}"), ""]
    return lines


def _pack(pack: PlannedPack) -> list[str]:
    """A migration guide in small: what breaks, what is rewritten, what is left to people."""
    lines = [f"### Code: {plain(pack.title)}", ""]
    unsafe = f", {pack.unsafe} more with `--unsafe`" if pack.unsafe else ""
    lines += [f"Rule pack {code(pack.id)} ({pack.origin}): {pack.rules} rules{unsafe}.", ""]
    lines += [*(bullet(code(url)) for url in pack.references), ""]
    if pack.breaking:
        lines += ["#### Breaking changes", "", *(bullet(plain(line)) for line in pack.breaking), ""]
    for block in pack.blocks:
        lines += [f"{plain(block.message)} ({code(block.url)})", "", "Before:", "", fenced(block.before), ""]
        lines += ["After:", "", fenced(block.after), ""]
    if pack.stops:
        lines += [stop_advice(pack, quote=code), ""]
    if pack.manual:
        steps = [f"{number}. {plain(text)}" for number, text in enumerate(pack.manual, 1)]
        lines += ["#### By hand, where the rewrite says so", "", *steps, ""]
    return lines


def _commands(commands: Sequence[Command]) -> list[str]:
    if not commands:
        return ["None.", ""]
    rows = tuple((command_line(item), item.folder, item.why) for item in commands)
    return table(Sheet(columns=("Command", "Folder", "Why"), rows=rows, verbatim=("Command", "Folder")))


def _checks(step: Step) -> list[str]:
    if not step.checks:
        return ["None were found, so nothing can be proven.", ""]
    rows = tuple((item.kind, item.name, command_line(item.command), item.source) for item in step.checks)
    return table(Sheet(columns=("Kind", "Name", "Command", "Found in"), rows=rows, verbatim=("Command",)))


def _held(held: Sequence[Held]) -> list[str]:
    rows = tuple((held_text(item), item.kind, item.reason, item.advice) for item in held)
    return table(Sheet(columns=("Subject", "Held for", "Reason", "What to do"), rows=rows))
