"""What git knows about the files of a checkout: which hold a text, what their attributes say, which are links."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from upgrader.outside.git import Git, split_names
from upgrader.outside.gitcall import checked

ATTRIBUTES = {"linguist-generated": "generated", "linguist-vendored": "vendored"}
"""Attributes that forges read, and what they say of a file."""
_LINK, _SUBMODULE = b"120000", b"160000"
_SET = frozenset((b"set", b"true"))


def grep(git: Git, literals: Sequence[str], folder: Path, paths: Sequence[str] = ()) -> list[str]:
    """The tracked files below a folder that hold one of the literals now: posix paths relative to it.

    Links and submodules are not entered. `paths`: files and folders to stay in. Raises GitError.
    """
    if not literals:
        return []
    wanted = [part for literal in literals for part in ("-e", literal)]
    asked = ["grep", "-lzIF", "--no-color", "--no-recurse-submodules", *wanted, "--", *(paths or ["."])]
    finished = git.call(*asked, cwd=folder)
    # 1 is git's answer for "no file", which is no failure.
    return (
        [] if finished.exit_code == 1 and not finished.stderr else split_names(checked(finished, "git grep"))
    )


def tracked(git: Git, folder: Path, paths: Sequence[str] = ()) -> tuple[list[str], dict[str, str]]:
    """The tracked plain files below a folder, and the links and submodules, path to `symlink` or `submodule`."""
    out = checked(
        git.call("ls-files", "-s", "-z", "--", *(paths or ["."]), cwd=folder), f"{folder}: git ls-files"
    )
    plain: list[str] = []
    others: dict[str, str] = {}
    for record in out.split(b"\0"):
        facts, _, raw = record.partition(b"\t")
        for path in split_names(raw):
            if facts.startswith((_LINK, _SUBMODULE)):
                others[path] = "symlink" if facts.startswith(_LINK) else "submodule"
            else:
                plain.append(path)
    return plain, others


def attributes(git: Git, folder: Path, paths: Sequence[str]) -> dict[str, str]:
    """The files that `.gitattributes` calls generated or vendored: path to that word."""
    if not paths:
        return {}
    stdin = b"".join(path.encode() + b"\0" for path in paths)
    out = checked(
        git.call("check-attr", "-z", "--stdin", *ATTRIBUTES, cwd=folder, stdin=stdin),
        f"{folder}: git check-attr",
    )
    fields = out.split(b"\0")
    found: dict[str, str] = {}
    for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        if value in _SET:
            found.setdefault(path.decode(), ATTRIBUTES[name.decode()])
    return found
