"""What one requirement of a package.json asks for: a range of a registry's package, or something else by name."""

from __future__ import annotations

import re

from msgspec import Struct

from upgrader.errors import VersionError
from upgrader.model import PackageName
from upgrader.versions import npm as versions

_NAME = re.compile(r"(?:@[A-Za-z0-9~][\w.~-]*/)?[A-Za-z0-9~][\w.~!*'()-]*", re.ASCII)
_RESERVED = frozenset(("node_modules", "favicon.ico"))
LONGEST_NAME = 214

_ALIAS = re.compile(r"\s*npm:(@?[^@\s]+)(?:@(.*?))?\s*", re.DOTALL)
_OTHERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"workspace:"), "workspace member"),
    (re.compile(r"catalog:"), "catalog reference"),
    (re.compile(r"(?:file|link|portal):|\.{1,2}(?:[/\\]|$)|[/\\]|~[/\\]|[A-Za-z]:[/\\]"), "path"),
    (re.compile(r"(?:git(?:\+\w+)?|ssh):|(?:github|gitlab|bitbucket|gist):|\w+@[\w.-]+:"), "git reference"),
    (re.compile(r"https?://\S+\.git(?:#|$)"), "git reference"),
    (re.compile(r"https?:"), "url"),
    (re.compile(r"patch:"), "patched package"),
    (re.compile(r"jsr:"), "package of another registry (jsr)"),
    (re.compile(r"[\w.~-]+/[\w.~-]+(?:#|$)"), "git reference"),
)


class Asked(Struct, frozen=True, kw_only=True):
    """One requirement, understood."""

    name: PackageName
    """The package's own name."""
    requirement: str
    """The range as written; of an alias the part after the target's name."""
    alias: str = ""
    """The key in the manifest when it is not the package's own name."""
    immovable: str = ""
    """Why it can't be upgraded, "" when it can."""


def normalise(name: str) -> PackageName:
    """Return the name as the registry spells it, which is as it is; raises VersionError for one it would not accept.

    The rules are those of validate-npm-package-name for old packages (capitals are allowed); a leading `-` is refused
    because such a name could pass for an option.
    """
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name) or name.lower() in _RESERVED:
        shown = name if len(name) <= 60 else f"{name[:57]}..."
        raise VersionError(
            f"{shown!r} is not a name that npm knows.", "Names look like `left-pad` or `@scope/name`."
        )
    return PackageName(name)


def read_specifier(key: str, text: str) -> Asked:
    """Understand `"key": "text"` of a dependency section (npm-package-arg's forms).

    Raises VersionError when the package has no name that npm knows.
    """
    found = _ALIAS.fullmatch(text)
    if found is None:
        return Asked(name=normalise(key), requirement=text, immovable=_why_immovable(text))
    normalise(key)
    wanted = found[2] or ""
    return Asked(
        name=normalise(found[1]),
        requirement=wanted,
        alias="" if found[1] == key else key,
        immovable=_why_immovable(wanted),
    )


def is_exact(text: str) -> bool:
    """Whether the text is a version letter by letter: no `v` before it, no blank around it."""
    return versions.is_valid(text) and str(versions.parse(text)) == text


def _why_immovable(text: str) -> str:
    if versions.is_requirement(text):
        return ""
    written = text.strip()
    for pattern, reason in _OTHERS:
        if pattern.match(written):
            return reason
    shown = written if len(written) <= 60 else f"{written[:57]}..."
    if versions.is_tag(written):
        return f"tag `{shown}`"
    return f"{shown!r} is not a requirement npm knows"
