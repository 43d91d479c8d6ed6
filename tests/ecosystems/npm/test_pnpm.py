"""pnpm-lock.yaml: every format, the members, and files that are no such thing."""

from pathlib import Path

import pytest

from tests.ecosystems.npm.pnpm_locks import ENVIRONMENT, FIVE, NINE, SIX
from tests.ecosystems.npm.support import read, rows, write
from upgrader.errors import ManifestError
from upgrader.source.yaml_spans import read_yaml

ROOT = (
    '{"name": "r", "dependencies": {"react-dom": "^18.0.0", "nick": "npm:@s/real@^1.0.0", "b": "workspace:*"},'
    ' "devDependencies": {"tool": "^2.0.0"}}'
)
MEMBER = '{"name": "b", "version": "1.0.0", "dependencies": {"tool": "~2.1.0"}}'

FORMATS = [
    pytest.param(FIVE, "5.4", id="5.4"),
    pytest.param(FIVE.replace("5.4", "5.3", 1), "5.3", id="5.3"),
    pytest.param(SIX, "6.0", id="6.0"),
    pytest.param(SIX.replace("6.0", "6.1", 1), "6.1", id="6.1"),
    pytest.param(NINE, "9.0", id="9.0"),
    pytest.param(NINE.replace("\n", "\r\n"), "9.0", id="9.0 with CRLF"),
    pytest.param(ENVIRONMENT + NINE, "9.0", id="two documents"),
]


def project(tmp_path: Path, lock: str | bytes, workspace: str = "packages:\n  - 'packages/*'\n") -> Path:
    return write(
        tmp_path,
        {
            "package.json": ROOT,
            "packages/b/package.json": MEMBER,
            "pnpm-workspace.yaml": workspace,
            "pnpm-lock.yaml": lock,
        },
    )


@pytest.mark.parametrize(("lock", "version"), FORMATS)
def test_every_format_tells_the_same(tmp_path: Path, lock: str, version: str) -> None:
    found = read(project(tmp_path, lock))
    assert found.held == ()
    assert (found.project.tool, found.project.lockfile) == ("pnpm", "pnpm-lock.yaml")
    assert found.project.lock_format.split()[0] == version
    assert found.project.manifests == ("package.json", "packages/b/package.json")
    direct = {(row.place.path, row.name): row.locked for row in found.dependencies if row.direct}
    assert direct == {
        ("package.json", "react-dom"): "18.2.0",
        ("package.json", "@s/real"): "1.1.0",
        ("package.json", "b"): None,
        ("package.json", "tool"): "2.3.0",
        ("packages/b/package.json", "tool"): "2.1.4",
    }
    others = {row.name: (row.locked, row.section) for row in found.dependencies if not row.direct}
    assert others == {"react": ("18.1.0", "prod"), "deep": ("0.1.0", "dev")}
    lines = lock.splitlines()
    for row in found.dependencies:
        if not row.direct:
            assert row.name in lines[row.place.line - 1]
            assert "0.1.0:" in lines[row.place.line - 1] or "18.1.0:" in lines[row.place.line - 1]


def test_a_lockfile_without_importers_is_the_roots(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "package.json": '{"dependencies": {"x": "^1.0.0"}}',
            "pnpm-lock.yaml": "lockfileVersion: '6.0'\ndependencies:\n  x:\n    specifier: ^1.0.0\n"
            "    version: 1.0.1\npackages:\n  /x@1.0.1:\n    resolution: {integrity: a}\n",
        },
    )
    assert [(row.name, row.locked) for row in read(tmp_path).dependencies] == [("x", "1.0.1")]


ODD = [
    pytest.param(
        "x: {specifier: 'github:o/x', version: 'https://codeload.github.com/o/x/tar.gz/abc'}",
        "x@https://codeload.github.com/o/x/tar.gz/abc: {resolution: {tarball: "
        "'https://codeload.github.com/o/x/tar.gz/abc'}, version: 1.0.0}",
        ("1.0.0", "git reference"),
        id="git",
    ),
    pytest.param(
        "x: {specifier: 'file:../x', version: 'file:../x'}",
        "x@file:../x: {resolution: {directory: ../x, type: directory}}",
        (None, "path"),
        id="folder",
    ),
    pytest.param(
        "x: {specifier: ^1.0.0, version: 1.0.0(patch_hash=abc)}",
        "x@1.0.0: {resolution: {integrity: a}}",
        (None, ""),
        id="a snapshot is missing",
    ),
]


@pytest.mark.parametrize(("entry", "package", "wanted"), ODD)
def test_what_is_no_release(tmp_path: Path, entry: str, package: str, wanted: tuple[str | None, str]) -> None:
    write(
        tmp_path,
        {
            "package.json": '{"dependencies": {"x": "^1.0.0"}}',
            "pnpm-lock.yaml": f"lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      {entry}\n"
            f"packages:\n  {package}\n",
        },
    )
    row = rows(tmp_path, "x")[0]
    assert (row.locked, row.immovable) == wanted


HOSTILE = [
    pytest.param(b"", "pnpm-lock.yaml:1: ", id="empty"),
    pytest.param(b"- 1\n", "pnpm-lock.yaml:1: ", id="a list"),
    pytest.param(b"lockfileVersion: '99.0'\n", "pnpm-lock.yaml:1: ", id="unknown format"),
    pytest.param(b"a: 1\nlockfileVersion: [9]\n", "pnpm-lock.yaml:2: ", id="format is a list"),
    pytest.param(b"lockfileVersion: '9.0'\npackages: {\n", "pnpm-lock.yaml:3: ", id="breaks off"),
    pytest.param(b"lockfileVersion: '9.0'\n\xff: 1\n", "pnpm-lock.yaml:2: ", id="not UTF-8"),
    pytest.param(b"[" * 100_000, "pnpm-lock.yaml:1: ", id="nested deeply"),
    pytest.param(b"- " * 100_000, "pnpm-lock.yaml:1: ", id="nested lists"),
    pytest.param(b"a: &a [*a, *a]\n", "pnpm-lock.yaml:1: ", id="an alias of itself"),
    pytest.param(b"a: &a {b: 1}\nc: [*a, *a]\n", "pnpm-lock.yaml:2: ", id="an alias of a mapping"),
    pytest.param(b"lockfileVersion: 9.0\nlockfileVersion: 9.0\n", "pnpm-lock.yaml:2: ", id="a key twice"),
    pytest.param(b"? {a: 1}\n: 2\n", "pnpm-lock.yaml:1: ", id="a mapping as a key"),
    pytest.param(
        b"<<<<<<< HEAD\nlockfileVersion: '9.0'\n=======\n", "pnpm-lock.yaml:", id="a merge conflict"
    ),
]


@pytest.mark.parametrize(("lock", "start"), HOSTILE)
def test_a_lockfile_that_is_none_is_held_with_its_line(tmp_path: Path, lock: bytes, start: str) -> None:
    found = read(project(tmp_path, lock))
    assert [item.kind for item in found.held] == ["unreadable"]
    assert found.held[0].reason.startswith(start)
    assert {row.locked for row in found.dependencies} == {None}
    assert len(found.dependencies) == 5


STRANGE = [
    "packages: {'x@1.0.0': 7}",
    "packages: {'x': {}}",
    "packages: [1]",
    "packages: {'-x@1.0.0': {}}",
    "importers: {'.': [1], 'b': null}",
    "importers: {'.': {dependencies: {tool: [1]}}}",
    "importers: {'.': {dependencies: {tool: {version: {a: 1}}}}}",
    "snapshots: {'x@1.0.0': {dependencies: {y: [1]}}}",
    "catalogs: {default: {tool: 1}}",
    "packages: {'x@" + "9" * 5000 + ".0.0': {}}",
]


@pytest.mark.parametrize("body", STRANGE, ids=lambda body: body[:60])
def test_wrong_shapes_lose_no_requirement(tmp_path: Path, body: str) -> None:
    found = read(project(tmp_path, f"lockfileVersion: '9.0'\n{body}\n"))
    assert len([row for row in found.dependencies if row.direct]) == 5


def test_a_registry_package_without_integrity_is_told(tmp_path: Path) -> None:
    lock = NINE.replace(
        "  deep@0.1.0:\n    resolution: {integrity: sha512-f}", "  deep@0.1.0:\n    resolution: {}"
    )
    held = read(project(tmp_path, lock)).held
    assert [item.kind for item in held] == ["policy"]
    assert "deep" in held[0].reason


def test_members_stand_in_the_workspace_file_alone(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "package.json": '{"workspaces": ["apps/*"]}',
            "pnpm-workspace.yaml": "packages: ['packages/**', '!**/test/**']\n",
            "apps/a/package.json": "{}",
            "packages/b/package.json": "{}",
            "packages/c/test/x/package.json": "{}",
        },
    )
    found = read(tmp_path)
    assert found.project.tool == "pnpm"
    assert found.project.manifests == ("package.json", "packages/b/package.json")


def test_an_oversized_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(ManifestError, match=r"f\.yaml:1: larger"):
        read_yaml(b" " * (64 * 2**20 + 1), "f.yaml")
