"""What a pack asks to be run, in the words that stand in notes and reports."""

from __future__ import annotations

from upgrader.rulebook.describe import describe
from upgrader.rulebook.pack import CommandForm, PackForm, RuleForm, StepForm

ALLOW = "; allow with `upgrade apply --allow-commands`"


def delegate_text(rule: RuleForm) -> str:
    """`npx tool@1 {files}: what it does`."""
    return f"{' '.join(rule.delegate.argv) if rule.delegate else ''}: {describe(rule)}"


def post_text(command: CommandForm) -> str:
    """`npm run generate: why`."""
    return f"{' '.join(command.argv)}: {command.why}"


def step_text(step: StepForm) -> str:
    """`schema step: what it does`."""
    return f"{step.kind} step: {step.description}"


def asked_by(form: PackForm) -> list[tuple[str, str]]:
    """(rule or step id, text) of everything that needs an allowance, in the order in which it would run."""
    found = [(rule.id, delegate_text(rule) + ALLOW) for rule in form.edits if rule.delegate is not None]
    found += [("", post_text(command) + ALLOW) for command in form.post]
    by_hand = [step.kind == "manual" for step in form.steps]
    found += [
        (step.id, step_text(step) + ("" if manual else ALLOW))
        for step, manual in zip(form.steps, by_hand, strict=True)
    ]
    return found
