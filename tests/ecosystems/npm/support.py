"""What several npm tests need: read a project, make an update, apply edits, run described commands."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from upgrader.ecosystems import npm
from upgrader.ecosystems.base import ProjectRead
from upgrader.model import CannotEdit, Command, Dependency, PassedOver, Release, Update
from upgrader.outside.files import Tree


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Lay files below a folder; answer it."""
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def read(root: Path, manifest: str = "package.json") -> ProjectRead:
    return npm.read_project(Tree(root), manifest)


def rows(root: Path, name: str, *, direct: bool = True) -> list[Dependency]:
    return [row for row in read(root).dependencies if row.name == name and row.direct is direct]


def update_of(
    places: Sequence[Dependency], target: str, *, released: str | None = None, newer: Sequence[str] = ()
) -> Update:
    return Update(
        dependencies=tuple(places),
        current=places[0].locked or "",
        target=Release(version=target, released_at=released),
        latest=newer[-1] if newer else target,
        in_range=None,
        move="minor",
        source="test",
        passed_over=tuple(
            PassedOver(version=version, kind="cooldown", reason="too young") for version in newer
        ),
    )


def apply_edits(root: Path, places: Sequence[Dependency], target: str) -> int:
    """Make the edits of every place; answer how many there were."""
    count = 0
    for place in places:
        edits = npm.edit((root / place.place.path).read_bytes(), place, target)
        assert not isinstance(edits, CannotEdit), edits.reason
        for edit in edits:
            text = (root / edit.path).read_bytes()
            end = edit.start + len(edit.before.encode())
            assert text[edit.start : end] == edit.before.encode()
            (root / edit.path).write_bytes(text[: edit.start] + edit.after.encode() + text[end:])
            count += 1
    return count


def run(
    commands: Sequence[Command], root: Path, env: Mapping[str, str]
) -> list[subprocess.CompletedProcess[str]]:
    """Run what was described, in order, up to the first that fails."""
    done: list[subprocess.CompletedProcess[str]] = []
    for command in commands:
        finished = subprocess.run(
            command.argv,
            cwd=root / command.folder,
            env={**env, **command.env},
            capture_output=True,
            text=True,
            check=False,
        )
        done.append(finished)
        if finished.returncode:
            break
    return done


def changed_lines(root: Path, path: str) -> list[str]:
    """Added and removed lines of a file against the last commit, without blanks around them."""
    argv = ["git", "diff", "-U0", "--", path]
    diff = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=True).stdout
    return [f"{line[0]}{line[1:].strip()}" for line in diff.splitlines()[4:] if line[:1] in "+-"]
