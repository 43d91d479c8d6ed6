"""Tables of `name = "version"` as Poetry's pyproject.toml and pipenv's Pipfile have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from upgrader.ecosystems.pip.pep508 import normalise
from upgrader.ecosystems.pip.pyproject_file import Manifest
from upgrader.ecosystems.pip.references import kind_of
from upgrader.ecosystems.pip.unread import is_specifier
from upgrader.errors import ManifestError, VersionError
from upgrader.model import Dependency, Held, PackageName, Section
from upgrader.source.toml_spans import Keys
from upgrader.versions import pep440, poetry

_ELSEWHERE = {
    "git": "git reference",
    "hg": "hg reference",
    "svn": "svn reference",
    "bzr": "bzr reference",
    "url": "url",
    "path": "path",
    "editable": "path",
}
_CONDITIONS = ("markers", "marker", "python", "platform", "platform_system", "sys_platform", "python_version")
_PIPENV_OWN = frozenset(("source", "requires", "pipenv", "scripts"))


class VersionTable(Struct, frozen=True, kw_only=True):
    """One table whose keys are packages."""

    keys: tuple[str, ...]
    section: Section
    group: str
    constraint: bool = False
    """It only limits what something else asks for: pdm's overrides."""


class Asked(Struct, frozen=True, kw_only=True):
    """One requirement of a table."""

    name: PackageName
    keys: Keys
    """Where its version stands, else the entry itself."""
    requirement: str
    section: Section
    marker: str = ""
    immovable: str = ""
    index: str = ""
    """The name of the index it is pinned to, "" for none."""
    says_version: bool = True
    """False for an entry that only adds to a requirement that stands elsewhere."""


class Fault(Struct, frozen=True, kw_only=True):
    """An entry that can't be read."""

    keys: Keys
    message: str
    """Begins with `path:line:`."""
    advice: str

    def held(self, manifest: Manifest) -> Held:
        """The item that says so."""
        place = manifest.place(self.keys)
        return Held(
            kind="unreadable",
            subject=place.path,
            reason=self.message,
            advice=self.advice,
            ecosystem="pip",
            place=place,
        )


def poetry_tables(manifest: Manifest) -> Iterator[VersionTable]:
    """Poetry's own tables (https://python-poetry.org/docs/pyproject/), as far as they are tables."""
    fixed: tuple[tuple[str, Section], ...] = (
        ("dependencies", "prod"),
        ("dev-dependencies", "dev"),
        ("requires-plugins", "build"),
    )
    for name, section in fixed:
        yield VersionTable(keys=("tool", "poetry", name), section=section, group=name)
    groups = manifest.get("tool", "poetry", "group")
    for name in groups if isinstance(groups, dict) else ():
        keys = ("tool", "poetry", "group", name, "dependencies")
        yield VersionTable(keys=keys, section="prod" if name == "main" else "dev", group=name)


def constraint_tables(manifest: Manifest) -> Iterator[VersionTable]:
    """Tables that limit what others ask for: pdm's overrides, Poetry's build-constraints for single packages."""
    for keys in (("tool", "pdm", "overrides"), ("tool", "pdm", "resolution", "overrides")):
        yield VersionTable(keys=keys, section="prod", group="overrides", constraint=True)
    builds = manifest.get("tool", "poetry", "build-constraints")
    for name in builds if isinstance(builds, dict) else ():
        keys = ("tool", "poetry", "build-constraints", name)
        yield VersionTable(keys=keys, section="build", group="build-constraints", constraint=True)


def pipfile_tables(manifest: Manifest) -> Iterator[VersionTable]:
    """`[packages]`, `[dev-packages]` and every category of its own (https://pipenv.pypa.io/en/latest/pipfile.html)."""
    for name, table in manifest.document.items():
        if isinstance(table, dict) and name not in _PIPENV_OWN:
            yield VersionTable(keys=(name,), section="prod" if name == "packages" else "dev", group=name)


def read_entries(manifest: Manifest, table: VersionTable) -> Iterator[Asked | Fault]:
    """What one table asks, in its order, and a fault for each entry that can't be read."""
    found = manifest.get(*table.keys)
    if found is None:
        return
    if not isinstance(found, dict):
        place = manifest.place(table.keys)
        message = f"{place}: {place.key}: must be a table of requirements."
        yield Fault(keys=table.keys, message=message, advice='Write it as name = "^1.2" below the header.')
        return
    for name, entry in found.items():
        if name.lower() == "python" and table.keys[0] == "tool":
            continue
        many = isinstance(entry, list)
        for index, item in enumerate(entry if many else [entry]):
            keys: Keys = (*table.keys, name, index) if many else (*table.keys, name)
            try:
                yield _asked(manifest, keys, name, item, table.section)
            except ManifestError as fault:
                yield Fault(keys=keys, message=fault.message, advice=fault.advice)


def row_of(asked: Asked, manifest: Manifest, project: str, group: str, locked: str | None) -> Dependency:
    """The dependency that an entry is."""
    return Dependency(
        ecosystem="pip",
        name=asked.name,
        project=project,
        requirement=asked.requirement,
        locked=None if asked.immovable else locked or pin(asked.requirement),
        section=asked.section,
        direct=True,
        place=manifest.place(asked.keys),
        group=group,
        marker=asked.marker,
        immovable=asked.immovable,
    )


def pin(requirement: str) -> str | None:
    """The one version that a requirement in Poetry's words allows, None when it allows others."""
    try:
        options = poetry.clauses(requirement)
    except ValueError:
        return None
    if len(options) != 1 or len(options[0]) != 1:
        return None
    (clause,) = options[0]
    exact = clause.op in ("", "=", "==") and pep440.is_valid(clause.written)
    return clause.written.lstrip("vV") if exact else None


def in_standard_words(requirement: str) -> str:
    """The requirement as PEP 440 says it; alternatives, which it can't say, stay as written."""
    if is_specifier(requirement):
        return requirement
    try:
        options = poetry.clauses(requirement)
        return poetry.specifiers(options[0]) if len(options) == 1 else requirement
    except ValueError:
        return requirement


def python_of(manifest: Manifest) -> str | None:
    """The Python versions that Poetry's table or a Pipfile asks for, None when it says none."""
    told = manifest.get("tool", "poetry", "dependencies", "python")
    if isinstance(told, dict):
        told = told.get("version")
    if isinstance(told, str) and pep440.is_requirement(told.strip()):
        return in_standard_words(told.strip()) or None
    for key in ("python_full_version", "python_version"):
        told = manifest.get("requires", key)
        if isinstance(told, str) and pep440.is_valid(told):
            return f"=={told}" if key == "python_full_version" else f"=={told}.*"
    return None


def _asked(manifest: Manifest, keys: Keys, name: str, item: object, section: Section) -> Asked:
    place = manifest.place(keys)
    try:
        package = normalise(name)
    except VersionError as fault:
        raise ManifestError(f"{place}: {place.key}: {fault.message}", fault.advice) from fault
    if isinstance(item, str) and "://" in item:
        return Asked(name=package, keys=keys, requirement="", section=section, immovable=kind_of(item))
    if isinstance(item, str):
        return Asked(name=package, keys=keys, requirement=_requirement(item, manifest, keys), section=section)
    if not isinstance(item, dict):
        raise ManifestError(
            f"{place}: {place.key}: is not a requirement.", 'Write it as "^1.2" or { version = "^1.2" }.'
        )
    told = item.get("version")
    written: Keys = (*keys, "version") if told is not None else keys
    if told is not None and not isinstance(told, str):
        raise ManifestError(f"{place}: {place.key}.version: is not a string.", 'Write it as "^1.2".')
    reason = _elsewhere(item)
    asks = "" if told is None or (reason and not pep440.is_requirement(told.strip())) else told
    return Asked(
        name=package,
        keys=written,
        requirement=_requirement(asks, manifest, written),
        section="optional" if item.get("optional") is True and section == "prod" else section,
        marker=_condition(item),
        immovable=reason,
        index=next((found for key in ("source", "index") if isinstance(found := item.get(key), str)), ""),
        says_version=told is not None or bool(reason),
    )


def _requirement(text: str, manifest: Manifest, keys: Keys) -> str:
    asks = text.strip()
    if not asks or pep440.is_requirement(asks):
        return asks
    place = manifest.place(keys)
    raise ManifestError(
        f"{place}: {place.key}: {asks[:100]!r} is not a requirement that is known.",
        'Write it as "^1.2", "~1.2", ">=1.2,<2" or "==1.2.3".',
    )


def _elsewhere(item: Mapping[str, object]) -> str:
    """Why an entry has no releases to move to: it is a reference, a path or a file."""
    for key, reason in _ELSEWHERE.items():
        if item.get(key):
            return reason
    address = item.get("file")
    if isinstance(address, str) and address:
        return kind_of(address)
    return ""


def _condition(item: Mapping[str, object]) -> str:
    """The conditions as written: a marker, else `python = "^3.8"` and the like."""
    told = [(key, value) for key in _CONDITIONS if isinstance(value := item.get(key), str)]
    return " and ".join(
        value if key in ("markers", "marker") else f'{key} = "{value}"' for key, value in told
    )
