"""What a package-lock.json of format 1 holds: the nested `dependencies` that npm 5 and 6 wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping

from upgrader.ecosystems.npm.locked import Locked
from upgrader.model import Section
from upgrader.source.json_spans import Keys, read_json

_ALIAS = re.compile(r"npm:((?:@[^/@]+/)?[^/@]+)@(.+)", re.DOTALL)
_GIT = re.compile(r"(?:git(?:\+\w+)?|ssh):|(?:github|gitlab|bitbucket|gist):")


def read_old_packages(text: bytes, path: str) -> dict[str, Locked]:
    """The packages by the path they are installed at, in the order of the file.

    Source: npm's documentation of package-lock.json, `dependencies`. Raises ManifestError for what is not JSON.
    """
    read = read_json(text, path)
    fields: dict[Keys, dict[str, object]] = {keys: {} for keys in read.lines if _is_package(keys)}
    for value in read.values:
        if value.keys[:-1] in fields:
            fields[value.keys[:-1]][str(value.keys[-1])] = value.value
    return {
        found.path: found
        for keys, said in fields.items()
        for found in [_locked(keys, said, read.lines[keys])]
    }


def _is_package(keys: Keys) -> bool:
    return bool(keys) and len(keys) % 2 == 0 and all(key == "dependencies" for key in keys[::2])


def _locked(keys: Keys, said: Mapping[str, object], line: int) -> Locked:
    """`version` says what it is: a version, `npm:name@version`, `file:folder`, a git or web address."""
    written = said.get("version")
    version = written if isinstance(written, str) else ""
    alias = _ALIAS.fullmatch(version)
    place = said.get("resolved")
    resolved = place if isinstance(place, str) else ""
    if _GIT.match(version):
        resolved, release = f"git+{version}", None
    elif version.startswith(("file:", "http:", "https:")):
        resolved, release = version, None
    else:
        release = alias[2] if alias else version or None
    link = version.startswith("file:") and not version.endswith((".tgz", ".tar.gz", ".tar"))
    return Locked(
        path="/".join(f"node_modules/{key}" for key in keys[1::2]),
        name=alias[1] if alias else str(keys[-1]),
        version=release,
        section=_section(said),
        line=line,
        link=link,
        resolved=resolved,
        checked=bool(said.get("integrity")) or not resolved.startswith(("http:", "https:")),
        bundled=said.get("bundled") is True,
        install_script=True,
    )


def _section(said: Mapping[str, object]) -> Section:
    if said.get("dev") is True:
        return "dev"
    return "optional" if said.get("optional") is True else "prod"
