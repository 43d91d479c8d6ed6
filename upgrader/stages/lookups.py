"""Asks the registries: one request per package and registry, side by side, for the packages that may move."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from upgrader.ecosystems.base import Ask, Ecosystem, Registry, not_checked
from upgrader.errors import UpgraderError
from upgrader.model import Dependency, EcosystemName, Inventory, Lookup, NotChecked, PackageName, Project
from upgrader.outside.http import Client

T = TypeVar("T")
U = TypeVar("U")
ClientFor = Callable[[Registry], Client]
"""Makes or reuses a client that may talk to this registry's hosts, with its credentials."""
Answers = dict[tuple[str, PackageName], Lookup]
"""(Project id, package name) to the registry's answer."""


def locate_registries(
    inventory: Inventory,
    books: Mapping[EcosystemName, Ecosystem],
    root: Path,
    env: Mapping[str, str],
    ask: Ask,
) -> dict[str, Registry]:
    """Each project's registry, as its native client is set up there."""
    found: dict[str, Registry] = {}
    asked = {dependency.project for dependency in inventory.dependencies if not dependency.immovable}
    for project in inventory.projects:
        if project.id in asked:
            try:
                found[project.id] = books[project.ecosystem].locate_registry(root, project, env, ask)
            except UpgraderError as fault:
                # One project's broken configuration leaves its own packages unchecked, not the others'.
                found[project.id] = Registry(ecosystem=project.ecosystem, url="", problem=str(fault))
    return found


def ask_registries(
    wanted: Iterable[Dependency],
    registries: Mapping[str, Registry],
    books: Mapping[EcosystemName, Ecosystem],
    client_for: ClientFor,
) -> Answers:
    """Look up every wanted package once per distinct registry; a name without an answer is NotChecked."""
    names: dict[bytes, set[PackageName]] = defaultdict(set)
    users: dict[bytes, set[str]] = defaultdict(set)
    registry_of: dict[bytes, Registry] = {}
    for dependency in wanted:
        registry = registries[dependency.project]
        key = msgspec.json.encode(registry, order="sorted")
        registry_of[key] = registry
        names[key].add(dependency.name)
        users[key].add(dependency.project)

    def ask(key: bytes) -> tuple[bytes, dict[PackageName, Lookup]]:
        registry, ordered = registry_of[key], sorted(names[key])
        try:
            told = books[registry.ecosystem].look_up(client_for(registry), registry, ordered)
        except UpgraderError as fault:
            told = not_checked(replace(registry, problem=str(fault)), ordered)
        return key, dict(zip(ordered, told, strict=True))

    answered = [ask(key) for key in registry_of] if len(registry_of) < 2 else _side_by_side(ask, registry_of)
    return {
        (project, name): answer
        for key, told in answered
        for project in users[key]
        for name, answer in told.items()
    }


def _side_by_side(ask: Callable[[T], U], keys: Collection[T]) -> list[U]:
    from concurrent.futures import (
        ThreadPoolExecutor,  # lazy: most trees have one registry, and it brings logging
    )

    with ThreadPoolExecutor(max_workers=len(keys)) as pool:
        return list(pool.map(ask, keys))


def answer_for(answers: Answers, project: Project, name: PackageName) -> Lookup:
    """The registry's answer for one package of one project; NotChecked when it was never asked for."""
    missing = NotChecked(ecosystem=project.ecosystem, name=name, reason="it was not looked up")
    return answers.get((project.id, name), missing)
