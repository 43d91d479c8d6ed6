"""A plan as a file: written the same way every time, read back with its faults named, refused when it is stale."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable

import msgspec

from upgrader.ecosystems.base import Tree
from upgrader.errors import PlanError
from upgrader.model import SCHEMA_VERSION, Plan, Step
from upgrader.stages.plan import fingerprint

DEFAULT_NAME = "upgrade-plan.json"
_BRANCH = re.compile(r"upgrade(?:/[A-Za-z0-9_][A-Za-z0-9._+-]{0,199}){1,5}")


def encode_plan(plan: Plan) -> bytes:
    """The plan as indented JSON with a final newline; the same plan gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n"


def plan_schema() -> bytes:
    """The JSON schema (2020-12) of a plan file."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Plan)}
    return json.dumps(schema, indent=2, sort_keys=True).encode() + b"\n"


def decode_plan(data: bytes, source: str) -> Plan:
    """Read a plan file that people may have edited. Raises PlanError naming the file and the path of keys."""
    advice = "Make it anew with `upgrade plan`."
    try:
        plan = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=Plan)
    except msgspec.ValidationError as fault:
        raise PlanError(f"{source}: {fault}.", advice) from fault
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise PlanError(f"{source}: not JSON: {fault}.", advice) from fault
    if plan.schema_version != SCHEMA_VERSION:
        raise PlanError(f"{source}: schema_version {plan.schema_version}, this is {SCHEMA_VERSION}.", advice)
    for step in plan.steps:
        _check_step(step, source)
    for names in ([step.id for step in plan.steps], [step.branch for step in plan.steps]):
        if doubled := sorted(name for name, count in Counter(names).items() if count > 1):
            raise PlanError(
                f"{source}: steps: {doubled[0]} stands twice.", "Remove or rename one of the two."
            )
    for path in plan.files:
        _check_path(path, f"{source}: files")
    return plan


def check_freshness(plan: Plan, head: str, tree: Tree) -> None:
    """Refuse a plan made for another commit or for other manifests. `tree` is that of `head`. Raises PlanError."""
    advice = "Make it anew with `upgrade plan`."
    if plan.base_commit != head:
        raise PlanError(f"the plan was made for commit {plan.base_commit[:12]}, HEAD is {head[:12]}.", advice)
    for path, digest in plan.files.items():
        if not tree.exists(path) or fingerprint(tree.read(path)) != digest:
            raise PlanError(f"{path}: not as it was when the plan was made.", advice)
    for step in plan.steps:
        for edit in step.edits:
            if edit.path not in plan.files:
                raise PlanError(
                    f"{step.id}: edits {edit.path}, which the plan does not list in `files`.", advice
                )


def select_steps(plan: Plan, names: list[str], suggest: Callable[[str, list[str]], str]) -> Plan:
    """The steps that hold one of the named packages or have the named id; all of them for no names.

    Raises PlanError for a name that no step has; `suggest` gives the nearest one, "" for none.
    """
    if not names:
        return plan
    known = {step.id: step for step in plan.steps}
    by_package: dict[str, list[Step]] = {}
    for step in plan.steps:
        for item in step.assessments:
            by_package.setdefault(item.update.name, []).append(step)
    chosen: set[str] = set()
    for name in names:
        found = [known[name]] if name in known else by_package.get(name, [])
        if not found:
            near = suggest(name, [*known, *by_package])
            raise PlanError(
                f"no step moves {name}.", f"Did you mean {near}?" if near else "See `upgrade audit`."
            )
        chosen.update(step.id for step in found)
    return msgspec.structs.replace(plan, steps=tuple(step for step in plan.steps if step.id in chosen))


def _check_step(step: Step, source: str) -> None:
    """What a person's edit may have made of a step: nothing outside its own files and branch."""
    where = f"{source}: {step.id}"
    if not _BRANCH.fullmatch(step.branch) or ".." in step.branch or step.branch.endswith((".lock", ".")):
        raise PlanError(
            f"{where}: branch {step.branch!r} is not upgrade/… in letters, digits and ._+-.",
            "Name it upgrade/<package>-<version>.",
        )
    if not step.assessments or not all(item.update.dependencies for item in step.assessments):
        raise PlanError(f"{where}: an assessment is missing.", "Make it anew with `upgrade plan`.")
    if any(edit.start < 0 or edit.line < 0 for edit in step.edits):
        raise PlanError(f"{where}: an edit begins before its file.", "Make it anew with `upgrade plan`.")
    commands = (*step.commands, *step.prepare, *(check.command for check in step.checks))
    if any(not command.argv or not command.argv[0] for command in commands):
        raise PlanError(f"{where}: a command is empty.", "Remove it.")
    folders = [command.folder for command in commands]
    edited = [edit.path for edit in step.edits]
    for path in [
        step.folder,
        *folders,
        *step.allowed,
        *edited,
        *([] if step.lockfile is None else [step.lockfile]),
    ]:
        _check_path(path, where)
    if stray := sorted(set(edited) - set(step.allowed)):
        raise PlanError(f"{where}: edits {stray[0]}, which `allowed` does not list.", "Make it anew.")


def _check_path(path: str, where: str) -> None:
    """A path below the root, as git spells it; never into git's own folder, however its name is written."""
    parts = path.split("/")
    hidden = any(
        part.lower().rstrip(". ").startswith((".git~", "git~")) or part.lower() == ".git" for part in parts
    )
    odd = "\\" in path or bool(re.match(r"[A-Za-z]:", path)) or any(ord(character) < 32 for character in path)
    if not path or path.startswith("/") or ".." in parts or "" in parts or hidden or odd:
        raise PlanError(f"{where}: {path!r} is not a path below the repository.", "Use paths below the root.")
