"""Where a Python project's packages come from, and the look-up of their releases there."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from upgrader.ecosystems.base import Ask, Registry, not_checked, package_form
from upgrader.ecosystems.pip import pip_config, uv_config
from upgrader.ecosystems.pip.ages import minimum_age
from upgrader.ecosystems.pip.index_address import Indexes
from upgrader.ecosystems.pip.simple_page import ACCEPT, merge, read_page
from upgrader.ecosystems.pip.tool_indexes import read_tool_indexes
from upgrader.errors import RegistryError, UpgraderError
from upgrader.model import Lookup, NotChecked, Package, PackageName, Project
from upgrader.outside.files import Tree
from upgrader.outside.http import Client, Response, StatusError
from upgrader.outside.origins import parse

_OF_PIP = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
_IN_HELP = re.compile(r"\(\s*(?:by\s+)?default:?\s+<?(https?://[^\s<>()]+?)>?\s*\)")
_HEADERS = {"Accept": ACCEPT}
_FORM = package_form("simple page 1")
_NO_DEFAULT = "no index is configured, and neither pip nor uv is there to name its default"


def locate_registry(root: Path, project: Project, env: Mapping[str, str], ask: Ask) -> Registry:
    """The indexes as uv (for its projects) or pip would use them here, never an address of our own.

    pip takes the best release of all its indexes together (`merged`); uv takes a package from the first index that
    has it. Settings that the client could not read become the registry's `problem`.
    """
    try:
        if project.tool == "uv":
            return _for_uv(root, project, env, ask)
        return _for_pip(root, project, env, ask)
    except UpgraderError as fault:
        return Registry(ecosystem="pip", url="", problem=str(fault))


def look_up(client: Client, registry: Registry, names: Sequence[PackageName]) -> list[Lookup]:
    """One request per package and index. An index that fails leaves the package unchecked; one without it does not."""
    if registry.problem or not registry.url:
        problem = registry.problem or _NO_DEFAULT
        return [
            NotChecked(ecosystem="pip", name=item.name, reason=problem)
            for item in not_checked(registry, names)
        ]
    bases = {
        name: [registry.scopes[name]] if name in registry.scopes else [registry.url, *registry.fallbacks]
        for name in names
    }
    rounds = 1 if registry.merged else max(map(len, bases.values()), default=0)
    answers: dict[PackageName, list[Package | RegistryError]] = {name: [] for name in names}
    for number in range(rounds):
        wanted = [
            (name, base)
            for name in answers
            if _is_open(answers[name])
            for base in (bases[name] if registry.merged else bases[name][number : number + 1])
        ]
        for (name, _), answer in zip(wanted, _ask(client, wanted), strict=True):
            answers[name].append(answer)
    return [_settle(name, answers[name]) for name in names]


def _ask(client: Client, wanted: Sequence[tuple[PackageName, str]]) -> list[Package | RegistryError]:
    addresses = [f"{base}/{name}/" for name, base in wanted]
    names = {parse(address).url: name for address, (name, _) in zip(addresses, wanted, strict=True)}

    def decode(response: Response) -> Package:
        # After a redirect the last part of the address is the best that is known of what was asked.
        asked = names.get(response.url) or PackageName(response.url.rstrip("/").rpartition("/")[2])
        return read_page(response, asked)

    found = client.get_many(((address, _HEADERS) for address in addresses), decode=decode, form=_FORM)
    return [
        RegistryError(f"{item.source}: was asked for {name} and answered about {item.name!r}.")
        if isinstance(item, Package) and item.name != name
        else item
        for item, (name, _) in zip(found, wanted, strict=True)
    ]


def _is_open(answers: Sequence[Package | RegistryError]) -> bool:
    """Whether every index asked so far said that it does not know the package."""
    return all(_is_unknown(answer) for answer in answers)


def _is_unknown(answer: Package | RegistryError) -> bool:
    return isinstance(answer, StatusError) and answer.status in (404, 410)


def _settle(name: PackageName, answers: Sequence[Package | RegistryError]) -> Lookup:
    faults = [answer for answer in answers if isinstance(answer, RegistryError)]
    packages = [answer for answer in answers if isinstance(answer, Package)]
    broken = next((fault for fault in faults if not _is_unknown(fault)), None)
    if broken is not None:
        return NotChecked(ecosystem="pip", name=name, reason=broken.message, advice=_advice(broken))
    if packages:
        return merge(packages) if len(packages) > 1 else packages[0]
    reason = faults[0].message if faults else "it was not asked for"
    return NotChecked(
        ecosystem="pip", name=name, reason=reason, advice="Check the name, and the index it comes from."
    )


def _advice(fault: RegistryError) -> str:
    if isinstance(fault, StatusError) and fault.status in (401, 403):
        return "Put the index's user and password into its address in pip's or uv's own configuration."
    return fault.advice


def _for_pip(root: Path, project: Project, env: Mapping[str, str], ask: Ask) -> Registry:
    tree = Tree(root)
    settings = pip_config.read_settings(env)
    own = read_tool_indexes(tree, project)
    if own.replaces_default:
        # These tools don't read pip's configuration, and their own files name every index.
        indexes = Indexes()
    else:
        asks = pip_config.asks_default(settings, tree, project)
        indexes = pip_config.pip_indexes(settings, tree, project, _default(root, env, ask) if asks else "")
    scopes = own.add_to(indexes, env)
    age, source = settings.get("uploaded-prior-to", ("", ""))
    return _registry(
        indexes, age, source, merged=True, scopes={str(name): url for name, url in scopes.items()}
    )


def _for_uv(root: Path, project: Project, env: Mapping[str, str], ask: Ask) -> Registry:
    tree = Tree(root)
    settings = uv_config.read_settings(tree, project, env)
    indexes = uv_config.uv_indexes(settings)
    if not indexes.problem and not uv_config.has_default(settings) and (default := _default(root, env, ask)):
        indexes.add(default, "the client's own default")
    age, source = settings.first("UV_EXCLUDE_NEWER", "exclude-newer")
    scopes: dict[str, str] = {}
    for name, index in uv_config.pinned_packages(tree, project).items():
        if index in indexes.pinned:
            scopes[name] = indexes.pinned[index]
        else:
            indexes.problem = indexes.problem or f"tool.uv.sources.{name}: there is no index {index[:80]!r}"
    strategy = settings.first("UV_INDEX_STRATEGY", "index-strategy")[0]
    return _registry(indexes, age, source, merged=strategy.startswith("unsafe"), scopes=scopes)


def _registry(indexes: Indexes, age: str, source: str, *, merged: bool, scopes: dict[str, str]) -> Registry:
    days = minimum_age(age, datetime.now(UTC))
    problem = indexes.problem
    if age and days is None:
        problem = problem or f"{source}: {age[:80]!r} is not a time or an age"
    if not indexes.urls:
        problem = problem or _NO_DEFAULT
    return Registry(
        ecosystem="pip",
        url=indexes.urls[0] if indexes.urls and not problem else "",
        scopes={} if problem else scopes,
        fallbacks=() if problem else tuple(indexes.urls[1:]),
        credentials=indexes.credentials,
        cooldown_days=days,
        problem=problem,
        merged=merged,
    )


def _default(root: Path, env: Mapping[str, str], ask: Ask) -> str:
    """The default that the client itself carries; "" when no client answers.

    `-I` keeps Python from importing a `pip` folder of the project (SAFETY T2).
    """
    for python in ("python3", sys.executable):
        if told := _address(ask([python, "-I", "-c", _OF_PIP], cwd=root, env=env)):
            return told
    for argv in (["uv", "pip", "install", "--help"], ["python3", "-I", "-m", "pip", "install", "--help"]):
        found = _IN_HELP.search(" ".join((ask(argv, cwd=root, env=env) or "").split()))
        if found and (told := _address(found[1])):
            return told
    return ""


def _address(text: str | None) -> str:
    try:
        return parse(text.strip()).url if text else ""
    except RegistryError:
        return ""
