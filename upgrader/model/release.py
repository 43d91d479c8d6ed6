"""What registries, advisory services and native tools say: Release, Package, Advisory, Reported."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from upgrader.model.words import EcosystemName, PackageName, Section


class Release(Struct, frozen=True, kw_only=True, gc=False):
    """One version of a package as its registry describes it.

    An audit holds ten thousands of them, and none can be part of a circle: the garbage collector need not look.
    """

    version: str
    released_at: str | None = None
    """Upload time, ISO 8601 UTC (`2026-01-31T12:00:00Z`); None when the registry does not say."""
    withdrawn: Literal["", "yanked", "deprecated", "retracted"] = ""
    withdrawn_reason: str = ""
    runtime: str | None = None
    """The runtime it needs (engines.node, requires-python, go directive, rust-version); None for none."""
    peers: dict[str, str] = field(default_factory=dict)
    """npm peerDependencies that are not optional: name to range."""
    asked_as: str = ""
    """The name it has to be asked under when that is not the package's own (Go's `/v2` paths); "" when it is."""
    digests: tuple[str, ...] = ()
    """pip: `sha256:…` of every file, where a requirement has hashes; empty where nobody asked."""
    install_script: bool = False
    """npm: it runs code when installed."""


class Package(Struct, frozen=True, kw_only=True):
    """A registry's answer about one package."""

    ecosystem: EcosystemName
    name: PackageName
    releases: tuple[Release, ...]
    """In ascending version order; releases whose version the ecosystem does not know are left out."""
    tags: dict[str, str] = field(default_factory=dict)
    """npm dist-tags; empty elsewhere."""
    deprecated: str = ""
    """The whole package is deprecated: the registry's words."""
    homepage: str = ""
    repository: str = ""
    source: str = ""
    """The registry asked, as a host without credentials."""
    age_s: int = 0
    """Seconds since the answer was fetched; 0 for a fresh one."""


class NotChecked(Struct, frozen=True, kw_only=True):
    """A package that could not be looked up: never `up to date`."""

    ecosystem: EcosystemName
    name: PackageName
    reason: str
    advice: str = ""


Lookup = Package | NotChecked


Severity = Literal["LOW", "MODERATE", "HIGH", "CRITICAL", "UNKNOWN"]


class Advisory(Struct, frozen=True, kw_only=True):
    """A published vulnerability of one package (OSV, GHSA, PYSEC, GO, RUSTSEC)."""

    id: str
    aliases: tuple[str, ...] = ()
    summary: str = ""
    severity: Severity = "UNKNOWN"
    score: float | None = None
    """CVSS base score, 0.0 to 10.0; None when the advisory has no vector that can be scored."""
    fixed_in: tuple[str, ...] = ()
    """Versions named as the fix, ascending; empty when there is none yet."""
    url: str = ""
    source: str = ""


class Reported(Struct, frozen=True, kw_only=True):
    """One row of a native tool's saved output (`--from`, `--via native`)."""

    ecosystem: EcosystemName
    name: PackageName
    current: str | None
    """None when the tool does not say (npm: not installed)."""
    wanted: str | None
    """The newest version the requirement allows, None when the tool does not say."""
    latest: str | None
    """None when the row is only about an advisory or a failure."""
    source: str
    """The tool and, for a file, its name: `npm outdated (saved.json)`."""
    section: Section | None = None
    direct: bool | None = None
    """None when the tool does not say."""
    advisories: tuple[Advisory, ...] = ()
    withdrawn: Literal["", "yanked", "deprecated", "retracted"] = ""
    withdrawn_reason: str = ""
    problem: str = ""
    """Why the tool could not check this one ("" if it could): becomes a not-checked row."""
