"""Why packages outside a step moved with its lockfile: who needs them, by what the lockfile itself says."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from upgrader.model import EcosystemName, Step
from upgrader.stages.lock_check import Moved

ON_ITS_OWN = "nothing that this step moves needs it: the refresh moved it on its own"
_NAME = re.compile(r"@?[A-Za-z0-9][\w.\-/~]*", re.ASCII)
_NPM_KEYS = ("dependencies", "optionalDependencies", "peerDependencies")

Needs = Mapping[str, set[str]]
"""Package to the packages it depends on, all versions together."""


def tell_reasons(moved: Sequence[Moved], step: Step, before: bytes, after: bytes) -> list[Moved]:
    """The moved packages, each with who needs it; without words where the lockfile's form does not say who needs whom.

    A package that left is looked for in what the lockfile said before.
    """
    path = step.lockfile or ""
    graphs = [found for data in (after, before) if (found := read_needs(data, path, step.ecosystem))]
    if not graphs:
        return list(moved)
    starts = [_spelled(item.update.name, step.ecosystem) for item in step.assessments]
    parents: dict[str, str] = {}
    for graph in graphs:
        for name, needed_by in _reached(graph, starts):
            parents.setdefault(name, needed_by)
    told = []
    for item in moved:
        parent = parents.get(_spelled(item.name, step.ecosystem))
        why = f"needed by {parent}" if parent else ON_ITS_OWN
        told.append(item if item.why else replace(item, why=why))
    return told


def read_needs(data: bytes, path: str, ecosystem: EcosystemName) -> Needs | None:
    """Who depends on whom: TOML lockfiles with `[[package]]`, package-lock.json of format 2 and 3; None for others."""
    try:
        text = data.decode("utf-8-sig")
        if path.endswith((".lock", ".toml")) and ecosystem in ("cargo", "pip"):
            pairs = list(_toml_needs(tomllib.loads(text), ecosystem))
        elif path.endswith(".json") and ecosystem == "npm":
            pairs = list(_npm_needs(json.loads(text)))
        else:
            return None
    except (ValueError, RecursionError):
        return None
    needs: dict[str, set[str]] = {}
    for name, wanted in pairs:
        needs.setdefault(name, set()).update(wanted)
    return needs or None


def _toml_needs(document: Mapping[str, object], ecosystem: EcosystemName) -> Iterator[tuple[str, list[str]]]:
    packages = document.get("package")
    for package in packages if isinstance(packages, list) else []:
        if not isinstance(package, dict) or not isinstance(package.get("name"), str):
            continue
        listed = [package.get("dependencies")]
        extra = package.get("optional-dependencies")
        listed += list(extra.values()) if isinstance(extra, dict) else []
        names = [_spelled(name, ecosystem) for part in listed for name in _names(part)]
        yield _spelled(package["name"], ecosystem), names


def _names(listed: object) -> Iterator[str]:
    """Names of `["a 1.0"]` (Cargo, pdm), `[{name = "a"}]` (uv) and `{a = ">=1"}` (Poetry)."""
    for item in listed if isinstance(listed, list | dict) else []:
        told = item.get("name") if isinstance(item, dict) else item
        found = _NAME.match(told) if isinstance(told, str) else None
        if found is not None:
            yield found.group()


def _npm_needs(document: object) -> Iterator[tuple[str, list[str]]]:
    packages = document.get("packages") if isinstance(document, dict) else None
    for key, package in packages.items() if isinstance(packages, dict) else []:
        if isinstance(package, dict) and key:
            asked = [part for kind in _NPM_KEYS if isinstance(part := package.get(kind), dict)]
            yield key.rpartition("node_modules/")[2], [name for part in asked for name in part]


def _reached(needs: Needs, starts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every package below the first ones, nearest first, with the one that needs it."""
    seen = set(starts)
    waiting = sorted(seen)
    for name in waiting:
        for wanted in sorted(needs.get(name, set()) - seen):
            seen.add(wanted)
            waiting.append(wanted)
            yield wanted, name


def _spelled(name: str, ecosystem: EcosystemName) -> str:
    return re.sub(r"[-_.]+", "-", name).lower() if ecosystem == "pip" else name
