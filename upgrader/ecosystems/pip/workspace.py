"""The members of a uv workspace: the globs of [tool.uv.workspace] and the files they find."""

from __future__ import annotations

import re

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.pyproject_file import Manifest, read_manifest
from upgrader.ecosystems.pip.unread import unread
from upgrader.errors import ManifestError
from upgrader.model import Held, Place
from upgrader.source.toml_spans import Keys


def read_members(tree: Tree, root: Manifest, folder: str, held: list[Held]) -> list[Manifest]:
    """The members of [tool.uv.workspace], sorted by path; one that cannot be read is held."""
    wanted = _globs(root, "members", held)
    if not wanted:
        return []
    left_out = [glob for _, glob in _globs(root, "exclude", held)]
    prefix = "" if folder == "." else f"{folder}/"
    inside = {
        found.removeprefix(prefix).removesuffix("/pyproject.toml"): found
        for found in tree.walk()
        if found.startswith(prefix) and found.endswith("/pyproject.toml")
    }
    members = []
    for name, path in sorted(inside.items()):
        if any(_matches(glob, name) for _, glob in wanted) and not any(
            _matches(glob, name) for glob in left_out
        ):
            try:
                members.append(read_manifest(tree, path))
            except ManifestError as fault:
                held.append(_unread_member(path, fault))
    for keys, glob in wanted:
        if (
            not re.search(r"[*?\[]", glob)
            and glob.strip("./")
            and glob.strip("/").removeprefix("./") not in inside
        ):
            place = root.place(keys)
            held.append(
                unread(
                    place.path, place.line, f"{place.key}: {glob!r} has no pyproject.toml", "Mend the path."
                )
            )
    return members


def _globs(root: Manifest, key: str, held: list[Held]) -> list[tuple[Keys, str]]:
    found = root.get("tool", "uv", "workspace", key)
    globs: list[tuple[Keys, str]] = []
    for index, glob in enumerate(found if isinstance(found, list) else ()):
        keys: Keys = ("tool", "uv", "workspace", key, index)
        if isinstance(glob, str) and not glob.startswith("/") and ".." not in glob.split("/"):
            globs.append((keys, glob))
        else:
            place = root.place(keys)
            what = f"{place.key}: {str(glob)[:80]!r} leads outside the repository and was not read"
            held.append(unread(place.path, place.line, what, "Move the member inside."))
    return globs


def _matches(glob: str, path: str) -> bool:
    """Uv's globs: `*` and `?` stay inside one folder, `**` crosses them."""
    pattern = ""
    for part in re.split(r"(\*\*/?|\*|\?|\[!?[^\]/]+\])", glob.strip("/").removeprefix("./")):
        if part.startswith("**"):
            pattern += ".*"
        elif part in ("*", "?"):
            pattern += "[^/]*" if part == "*" else "[^/]"
        elif part.startswith("[") and part.endswith("]"):
            inner = part[1:-1].replace("\\", "\\\\")
            pattern += f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
        else:
            pattern += re.escape(part)
    try:
        return re.fullmatch(pattern, path) is not None
    except re.error:
        return False


def _unread_member(path: str, fault: ManifestError) -> Held:
    return Held(
        kind="unreadable",
        subject=path,
        reason=fault.message,
        advice=fault.advice,
        ecosystem="pip",
        place=Place(path=path, line=0),
    )
