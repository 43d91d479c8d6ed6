"""One line about an edit for people, made of the edit where its pack says none."""

from __future__ import annotations

from collections.abc import Mapping

from upgrader.rulebook.check import kind_of
from upgrader.rulebook.pack import CompanionForm, Keyword, ManifestForm, PackForm, RuleForm

_MOST = 3
"""Entries of a table that are named one by one."""


def describe(rule: RuleForm) -> str:
    """The rule's message, else what it does: `numpy.product → numpy.prod and 4 more`."""
    if rule.message:
        return rule.message
    for table in (rule.rename, rule.module, rule.method):
        if table is not None:
            return _table(table)
    if rule.keyword is not None:
        return _keyword(rule.keyword)
    for form in (rule.argument, rule.call, rule.text, rule.options, rule.attribute, rule.decorator):
        if form is not None:
            return f"{kind_of(rule)} of {', '.join(form.of[:_MOST])}"
    return f"{kind_of(rule)} {rule.id}"


def _table(table: Mapping[str, str]) -> str:
    shown = ", ".join(f"{old} → {new}" for old, new in list(table.items())[:_MOST])
    return f"{shown} and {len(table) - _MOST} more" if len(table) > _MOST else shown


def _keyword(keyword: Keyword) -> str:
    parts = [f"{old}= → {new}=" for old, new in {**keyword.rename, **keyword.invert}.items()]
    parts += [f"without {name}=" for name in keyword.remove]
    parts += [f"{name}={value}" for name, value in keyword.add.items()]
    parts += [f"{name}= has new values" for name in (*keyword.values, *keyword.wrap)]
    return f"{', '.join(keyword.of[:_MOST])}: {', '.join(parts)}"


def manifest_work(form: PackForm) -> list[str]:
    """What has to change in manifests besides the package itself, a sentence each; it is told, not done."""
    return [companion_line(item) for item in form.companions] + own_manifest_work(form)


def own_manifest_work(form: PackForm) -> list[str]:
    """The same without the companions."""
    return [line for entry in form.manifest for line in _manifest(entry)]


def companion_line(item: CompanionForm) -> str:
    """The sentence about one companion."""
    where = f", where {' or '.join(item.when)} is used" if item.when else ""
    return (
        f"{item.package} has to come along, {item.version}{where}{f': {item.reason}' if item.reason else ''}"
    )


def _manifest(entry: ManifestForm) -> list[str]:
    lines = [f"manifest: add {name} {version}" for name, version in entry.add.items()]
    lines += [f"manifest: remove {name}" for name in entry.remove]
    lines += [f"manifest: {old} is now {new}" for old, new in entry.rename.items()]
    lines += [f"manifest: ask for {name} {version}" for name, version in entry.set.items()]
    for old, new in entry.extras.items():
        lines.append(
            f"manifest: extra or feature {old} is now {new}"
            if new
            else f"manifest: drop extra or feature {old}"
        )
    return [f"{line}, where {' or '.join(entry.when)} is used" if entry.when else line for line in lines]
