"""Settings from `[tool.upgrader]` in pyproject.toml or from upgrader.toml, or an error that names the key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from upgrader.errors import ConfigError
from upgrader.model import TARGETS, EcosystemName, RangeStrategy, Section

OSV_SERVICE = "https://api.osv.dev"
"""Public advisory service (osv.dev API); a setting like any other."""
Days = Annotated[float, Meta(ge=0, le=3650)]
Seconds = Annotated[int, Meta(ge=1, le=86_400)]


class Checks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Commands of the verification matrix. A kind that is given replaces the convention; `[]` turns it off."""

    tests: list[str] | None = None
    """Command lines, split like a shell splits words; no shell runs them. None: found by convention."""
    build: list[str] | None = None
    start: list[str] | None = None
    critical: list[str] | None = None
    prepare: list[str] | None = None
    """Commands that build the environment in a fresh checkout, instead of the ecosystem's own."""
    start_ready: str = ""
    """Regex in the start command's output that says it is up; "" = still alive after `start_alive_s`."""
    start_alive_s: Seconds = 3
    timeout_s: Seconds = 900
    """Total seconds one check may take."""
    idle_s: Seconds = 300
    """Seconds one check may stay silent."""


class PackageRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """One `[[tool.upgrader.packages]]`: what holds for the packages it matches.

    Every table that matches counts; where two say the same key, the later one does. A key that is left out says
    nothing.
    """

    match: Annotated[list[str], Meta(min_length=1)]
    """Names, globs, `/regex/`, `!name`, `name@range`; `["*"]` for all."""
    ecosystem: EcosystemName | list[EcosystemName] = field(default_factory=list)
    """The worlds it is about, none for all."""
    section: Section | list[Section] = field(default_factory=list)
    path: str | list[str] = field(default_factory=list)
    """Globs of manifests, none for all."""
    update: str | None = None
    """The furthest step: `patch`, `minor`, `latest`, another word of `target`, or `never`."""
    allowed: str | None = None
    """A range, in the ecosystem's own words, outside which nothing is taken; "" takes an earlier one back."""
    group: str | None = None
    """The group it moves with; "" takes an earlier one back."""
    cooldown_days: Days | None = None
    range_strategy: RangeStrategy | None = None
    prereleases: bool | None = None
    reason: str = ""
    """Why, for people; shown wherever the table holds something back."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Everything a project may set. Only the operator's flags may widen what repository code is allowed to do."""

    cooldown_days: Days = 3
    """Releases younger than this are held, unless they are named as the fix of an advisory (SAFETY T1)."""
    ignore: list[str] = field(default_factory=list)
    """Package names or globs that are never moved."""
    groups: dict[str, list[str]] = field(default_factory=dict)
    """Group name to package names or globs that move together."""
    prereleases: bool = False
    target: str = "latest"
    """What to move to: latest, minor, patch, in-range (or semver), newest, greatest, @tag."""
    range_strategy: RangeStrategy = "auto"
    """How requirements are written again (`versions/strategies.py`)."""
    packages: list[PackageRule] = field(default_factory=list)
    """Policies per package."""
    ignore_paths: list[str] = field(default_factory=list)
    """Globs of manifests that are not the project's own, such as fixtures; what they leave out is counted."""
    jobs: Annotated[int, Meta(ge=0, le=256)] = 0
    """Steps run side by side; 0 = half the cores, at least one."""
    advisories_service: str = OSV_SERVICE
    advisories_folder: str = ""
    """Offline OSV database, `<ecosystem>/all.zip`; "" = ask the service."""
    scripts: bool = True
    """Look into .py files for scripts with requirements of their own (PEP 723); locked ones are read anyway."""
    ttl_s: Annotated[int, Meta(ge=0)] = 1200
    """Seconds a registry's answer is used again without asking."""
    checks: Checks = field(default_factory=Checks)
    rules: list[str] = field(default_factory=list)
    """Folders of rule packs besides the bundled ones and the project's own `rules/`; relative to the settings."""
    source: str = ""
    """Where the settings were read, "" for the defaults; not a key of the file."""
    flags: tuple[str, ...] = ()
    """Settings that the command line said and that no table overrules; not a key of the file."""


def load_settings(root: Path) -> Settings:
    """Read `upgrader.toml`, else `[tool.upgrader]` of `pyproject.toml`; the defaults when neither has any.

    Raises ConfigError naming the file and the key.
    """
    own = root / "upgrader.toml"
    if own.is_file():
        return _convert(_table(own), "upgrader.toml", "")
    project = root / "pyproject.toml"
    if project.is_file():
        try:
            tool = _table(project).get("tool", {})
        except ConfigError:
            # A pyproject.toml that is no TOML is a held manifest with its own message; it must not stop the others.
            return Settings()
        if isinstance(tool, dict) and "upgrader" in tool:
            return _convert(tool["upgrader"], "pyproject.toml", "tool.upgrader")
    return Settings()


def _table(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as fault:
        raise ConfigError(f"{path.name}: {fault}.", "Mend the TOML, or remove the file.") from fault


def _convert(table: object, file: str, where: str) -> Settings:
    for own in ("source", "flags"):
        if isinstance(table, dict) and own in table:
            raise ConfigError(f"{file}: {where}: unknown key `{own}`.", "Remove it.")
    try:
        settings = msgspec.convert(table, Settings)
    except msgspec.ValidationError as fault:
        # msgspec ends its message with the path of keys: "Expected `int`, got `str` - at `$.cooldown-days`".
        said = str(fault) if " - at `$" in str(fault) else f"{fault} - at `$`"
        message = said.replace("`$.", f"`{where}." if where else "`").replace("`$`", f"`{where or file}`")
        raise ConfigError(f"{file}: {message}.", "`upgrade doctor` lists the settings.") from fault
    key = f"{file}: {where + '.' if where else ''}"
    _check_pattern(settings.checks.start_ready, f"{key}checks.start-ready")
    for index, rule in enumerate(settings.packages):
        if rule.update not in (None, "never"):
            read_target(str(rule.update), f"{key}packages[{index}].update", ("never",))
    return msgspec.structs.replace(
        settings,
        source=f"{file}: {where}" if where else file,
        target=read_target(settings.target, f"{key}target"),
    )


def read_target(text: str, key: str, also: tuple[str, ...] = ()) -> str:
    """One of TARGETS or `@tag`; `semver` is `in-range`. Raises ConfigError naming the key or option."""
    word = "in-range" if text == "semver" else text
    if word in TARGETS or re.fullmatch(r"@[A-Za-z0-9][\w.-]{0,100}", word, re.ASCII):
        return word
    known = ", ".join((*TARGETS, "@tag", *also))
    raise ConfigError(f"{key}: {text[:80]!r} is not known.", f"Use one of {known}.")


def _check_pattern(pattern: str, key: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as fault:
        raise ConfigError(f"{key}: {pattern!r} is no regular expression: {fault}.", "Mend it.") from fault
