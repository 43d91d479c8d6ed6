"""Catalogs of pnpm-workspace.yaml: dependencies with a place of their own, edited there."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ecosystems.npm.support import apply_edits, read, write
from upgrader.ecosystems import npm
from upgrader.model import CannotEdit, Dependency
from upgrader.versions import npm as versions

CATALOGS = """# ours
packages:
  - packages/*   # all
catalog:
  tool: ^2.0.0 # keep
  "quoted": "~1.0.0"
catalogs:
  old:
    'tool': '1.x'
    nick: npm:@s/real@^1.0.0
overrides:
  pinned: 1.0.0
  pinned@^2>inner: 1.0.0
"""


def catalogs(tmp_path: Path, text: str = CATALOGS) -> Path:
    return write(
        tmp_path,
        {
            "package.json": '{"devDependencies": {"tool": "catalog:", "pinned": "^1.0.0"}}',
            "packages/b/package.json": '{"dependencies": {"tool": "catalog:old", "nick": "catalog:old"}}',
            "pnpm-workspace.yaml": text,
            "pnpm-lock.yaml": "lockfileVersion: '9.0'\ncatalogs:\n  default:\n    tool: {specifier: ^2.0.0, "
            "version: 2.3.0}\nimporters:\n  .:\n    devDependencies:\n      tool: {specifier: 'catalog:', "
            "version: 2.3.0}\npackages:\n  tool@2.3.0:\n    resolution: {integrity: a}\n",
        },
    )


def test_catalogs_are_dependencies_at_their_own_place(tmp_path: Path) -> None:
    found = read(catalogs(tmp_path))
    assert found.held == ()
    entries = [row for row in found.dependencies if row.place.path == "pnpm-workspace.yaml"]
    assert [
        (row.place.line, row.group, row.name, row.alias, row.requirement, row.locked, row.section)
        for row in entries
    ] == [
        (5, "catalog", "tool", "", "^2.0.0", "2.3.0", "dev"),
        (6, "catalog", "quoted", "", "~1.0.0", None, "prod"),
        (9, "catalogs.old", "tool", "", "1.x", None, "prod"),
        (10, "catalogs.old", "@s/real", "nick", "^1.0.0", None, "prod"),
        (12, "overrides", "pinned", "", "1.0.0", None, "prod"),
        (13, "overrides", "inner", "", "1.0.0", None, "prod"),
    ]
    assert all(row.direct and not row.immovable for row in entries)
    assert "pnpm-workspace.yaml" in found.project.manifests


def test_references_to_a_catalog_name_its_place(tmp_path: Path) -> None:
    found = [row for row in read(catalogs(tmp_path)).dependencies if row.place.path != "pnpm-workspace.yaml"]
    assert {(row.place.path, row.name): row.immovable for row in found} == {
        ("package.json", "tool"): "catalog reference (pnpm-workspace.yaml:5)",
        ("package.json", "pinned"): "pinned by overrides (pnpm-workspace.yaml:12)",
        ("packages/b/package.json", "tool"): "catalog reference (pnpm-workspace.yaml:9)",
        ("packages/b/package.json", "nick"): "catalog reference (pnpm-workspace.yaml:10)",
    }


def said(root: Path) -> dict[tuple[str, str], str]:
    return {(row.place.path, row.place.key): row.requirement for row in read(root).dependencies if row.direct}


EDITS = [
    pytest.param(5, "3.1.0", "^3.1.0", id="bare"),
    pytest.param(6, "2.0.1", "~2.0.1", id="double quotes"),
    pytest.param(9, "3.1.0", "3.x", id="single quotes"),
    pytest.param(10, "2.0.0", "^2.0.0", id="alias"),
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("lead", ["", "\ufeff# é ü\n"], ids=["plain", "mark and accents"])
@pytest.mark.parametrize(("line", "target", "wanted"), EDITS)
def test_an_edit_changes_one_entry_and_no_other_byte(
    tmp_path: Path, line: int, target: str, wanted: str, lead: str, newline: str
) -> None:
    line += lead.count("\n")
    root = catalogs(tmp_path, (lead + CATALOGS).replace("\n", newline))
    row = entry_at(root, line)
    before, file = said(root), root / "pnpm-workspace.yaml"
    text = file.read_bytes()
    assert apply_edits(root, [row], target) == 1
    assert said(root) == before | {(row.place.path, row.place.key): wanted}
    lines, now = text.split(b"\n"), file.read_bytes().split(b"\n")
    assert [number for number, pair in enumerate(zip(lines, now, strict=True), 1) if pair[0] != pair[1]] == [
        line
    ]
    assert now[line - 1] == lines[line - 1].replace(row.requirement.encode(), wanted.encode())


def entry_at(root: Path, line: int) -> Dependency:
    return next(
        row
        for row in read(root).dependencies
        if row.place.path == "pnpm-workspace.yaml" and row.place.line == line
    )


LEFT_ALONE = [
    pytest.param("catalog:\n  a: &v ^1.0.0\n  b: *v\n", 2, id="an anchor that another entry uses"),
    pytest.param("catalog:\n  a: &v ^1.0.0\n  b: *v\n", 3, id="an alias"),
    pytest.param('catalog:\n  a: "\\x5e1.0.0"\n', 2, id="escapes"),
    pytest.param("catalog:\n  a: >-\n    ^1.0.0\n", 2, id="a block"),
    pytest.param("catalog:\n  a: latest\n", 2, id="a tag"),
    pytest.param("catalog:\n  a: link:../a\n", 2, id="a folder"),
]


@pytest.mark.parametrize(("text", "line"), LEFT_ALONE)
def test_what_is_not_written_plainly_is_left_alone(tmp_path: Path, text: str, line: int) -> None:
    row = entry_at(catalogs(tmp_path, text), line)
    answer = npm.edit(text.encode(), row, "2.0.0")
    assert isinstance(answer, CannotEdit)
    assert answer.reason.startswith(f"pnpm-workspace.yaml:{line}: ")


BAD_FILES = [
    pytest.param("packages: packages/*\n", id="packages is text"),
    pytest.param("catalog: [a]\n", id="catalog is a list"),
    pytest.param("catalog:\n  a: [1]\n", id="entry is a list"),
    pytest.param("catalog:\n  '-x': 1.0.0\n", id="no name"),
    pytest.param("catalog: {\n", id="broken"),
    pytest.param("packages: ['../*']\n", id="leads out"),
]


@pytest.mark.parametrize("text", BAD_FILES)
def test_a_workspace_file_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    found = read(catalogs(tmp_path, text))
    assert [item.kind for item in found.held] == ["unreadable"]
    assert found.held[0].reason.startswith("pnpm-workspace.yaml:")


NAMES = st.from_regex(r"(?:@[a-z]{1,4}/)?[a-z][a-z0-9-]{0,8}", fullmatch=True)
ASKED = st.sampled_from(["1.0.0", "^1.0.0", "~1.2.3", "1.x", ">=1.0.0 <2.0.0", "1", "npm:real@^1.0.0"])
QUOTES = st.sampled_from(["", "'", '"'])
TAILS = st.sampled_from(["", "  # é ^1.0.0", " #", "\t"])


@settings(max_examples=60, deadline=None)
@given(
    entries=st.dictionaries(NAMES, st.tuples(ASKED, QUOTES, TAILS), min_size=1, max_size=6),
    newline=st.sampled_from(["\n", "\r\n"]),
    chosen=st.integers(0, 5),
    named=st.booleans(),
)
def test_any_edit_is_read_again_as_meant(
    entries: dict[str, tuple[str, str, str]], newline: str, chosen: int, named: bool
) -> None:
    lines = ["# ü", "catalogs:", "  it:"] if named else ["# ü", "catalog:"]
    for name, (asked, quote, tail) in entries.items():
        quote = quote or ('"' if asked.startswith(">") else "")
        lines.append(f"    '{name}':   {quote}{asked}{quote}{tail}")
    text = newline.join([*lines, "packages: ['*']", ""])
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), {"package.json": "{}", "pnpm-workspace.yaml": text})
        found = [row for row in read(root).dependencies if row.place.path == "pnpm-workspace.yaml"]
        assert len(found) == len(entries)
        row, before = found[chosen % len(found)], said(root)
        assert apply_edits(root, [row], "3.4.5") == 1
        after = said(root)
        key = (row.place.path, row.place.key)
        assert {spot for spot in before.keys() | after.keys() if before.get(spot) != after.get(spot)} == {key}
        assert versions.allows(after[key], "3.4.5")
        old, new = text.encode().split(b"\n"), (root / "pnpm-workspace.yaml").read_bytes().split(b"\n")
        changed = [at for at, pair in enumerate(zip(old, new, strict=True), 1) if pair[0] != pair[1]]
        assert changed == [row.place.line]


def test_config_dependencies_are_rows_that_only_pnpm_renews(tmp_path: Path) -> None:
    text = CATALOGS + 'configDependencies:\n  "@s/conf": 1.2.0+sha512-abc==\n  odd: {a: b}\n'
    found = [row for row in read(catalogs(tmp_path, text)).dependencies if row.group == "configDependencies"]
    assert [(row.name, row.requirement, row.place.line) for row in found] == [
        ("@s/conf", "1.2.0", 15),
        ("odd", "", 16),
    ]
    assert all("pnpm add --config" in row.immovable for row in found)
