"""Every format of the README's table has its tests, and one edit changes one dependency and no other byte."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from upgrader.ecosystems import ECOSYSTEMS
from upgrader.errors import ManifestError
from upgrader.model import CannotEdit, Dependency, EcosystemName

ROOT = Path(__file__).parent.parent
HERE = "test_formats.py::test_one_edit_changes_one_dependency_and_no_other_byte"
PYTHON = "ecosystems/pip/test_properties.py::test_one_dependency_changes_and_nothing_else"
TESTS: Mapping[str, Sequence[str]] = {
    "`package.json`": (HERE, "ecosystems/npm/test_manifest.py::test_every_direct_dependency_with_its_line"),
    "`overrides`, `resolutions`, `pnpm.overrides`": (HERE, "ecosystems/npm/test_overrides.py"),
    "`packageManager`, `devEngines`, `volta`": (HERE, "ecosystems/npm/test_runtimes.py"),
    "`engines`, `.nvmrc`, `.node-version`": (
        "ecosystems/npm/test_runtimes.py::test_every_statement_is_a_row",
    ),
    "`pnpm-workspace.yaml`": (
        HERE,
        "ecosystems/npm/test_catalogs.py",
        "ecosystems/npm/test_tool_settings.py::test_pnpm",
    ),
    "`.yarnrc.yml`": (
        HERE,
        "ecosystems/npm/test_yarn.py::test_catalogs_of_yarn",
        "ecosystems/npm/test_tool_settings.py::test_yarn",
    ),
    "`.npmrc`": ("ecosystems/npm/test_locate_registry.py",),
    "`package-lock.json` 1": ("ecosystems/npm/test_old_lock.py",),
    "`package-lock.json` 2, 3, `npm-shrinkwrap.json`": ("ecosystems/npm/test_relock.py",),
    "`pnpm-lock.yaml` 5 to 9": ("ecosystems/npm/test_pnpm.py", "ecosystems/npm/test_relock_pnpm.py"),
    "`yarn.lock` 1, 3 to 10": ("ecosystems/npm/test_yarn.py::test_every_format_tells_the_same",),
    "`bun.lock` 0 to 2, bun's catalogs": ("ecosystems/npm/test_bun.py",),
    "`go.mod`": (HERE, "ecosystems/go/test_manifest.py", "ecosystems/go/test_mod_file.py"),
    "`go.sum`": ("ecosystems/go/test_lockfile.py",),
    "`go.work`, `go.work.sum`": ("ecosystems/go/test_workspace.py::test_go_work_is_a_project_of_its_own",),
    "`vendor/`": ("ecosystems/go/test_workspace.py::test_the_vendor_folder_has_the_new_release",),
    "`Cargo.toml`": (HERE, "ecosystems/cargo/test_manifest_edit.py", "ecosystems/cargo/test_workspace.py"),
    "`Cargo.lock` 1 to 4": (
        "ecosystems/cargo/test_lockfile.py",
        "ecosystems/cargo/test_formats.py::test_which_format",
    ),
    "`rust-toolchain`, `rust-toolchain.toml`": (
        "ecosystems/cargo/test_formats.py::test_a_toolchain_file_is_a_row",
    ),
    "`requirements*.txt`, `.pip`": (
        PYTHON,
        "ecosystems/pip/test_requirements_files.py",
        "ecosystems/pip/test_hashes.py",
    ),
    "`*.in` with compiled `*.txt`": (
        PYTHON,
        "ecosystems/pip/test_compiled.py",
    ),
    "`constraints*.txt`": (
        PYTHON,
        "ecosystems/pip/test_requirements_files.py::test_which_files_are_manifests",
    ),
    "`pyproject.toml`, standard tables": (
        PYTHON,
        "ecosystems/pip/test_pyproject.py::test_reads_every_table",
    ),
    "`[tool.uv]`, `uv.toml`": (
        PYTHON,
        "ecosystems/pip/test_pyproject.py::test_tables_that_limit",
        "ecosystems/pip/test_pyproject.py::test_sources_of_uv",
        "ecosystems/pip/test_pyproject.py::test_members_of_a_workspace",
    ),
    "`[tool.poetry]`": (
        PYTHON,
        "ecosystems/pip/test_poetry.py::test_reads_every_form",
    ),
    "`[tool.pdm]`": (
        PYTHON,
        "ecosystems/pip/test_pyproject.py::test_tables_that_limit",
    ),
    "`[tool.hatch]`, `hatch.toml`, `[tool.flit]`": (
        PYTHON,
        "ecosystems/pip/test_pyproject.py::test_the_arrays_of_other_tools",
    ),
    "`uv.lock`": ("ecosystems/pip/test_uv_lock.py",),
    "`poetry.lock` 1, 2": ("ecosystems/pip/test_other_locks.py::test_poetrys_lockfile",),
    "`pdm.lock` 3, 4": ("ecosystems/pip/test_other_locks.py::test_pdms_lockfile",),
    "`pylock.toml`": ("ecosystems/pip/test_other_locks.py::test_pylock",),
    "`Pipfile`, `Pipfile.lock`": (
        PYTHON,
        "ecosystems/pip/test_other_locks.py::test_a_pipfile",
    ),
    "`setup.cfg`": (
        PYTHON,
        "ecosystems/pip/test_setup_files.py::test_setup_cfg",
    ),
    "`setup.py`": (
        PYTHON,
        "ecosystems/pip/test_setup_files.py::test_setup_py",
    ),
    "`*.py` with `# /// script`": (
        PYTHON,
        "ecosystems/pip/test_scripts.py",
    ),
    "`.python-version`, `requires-python`": ("ecosystems/pip/test_python_rows.py",),
}
"""First cell of each row to the tests that hold it: a file, or the beginning of a function's name in it."""


def test_every_row_of_the_table_has_its_tests() -> None:
    table = (ROOT / "README.md").read_text().partition("\n### Formats\n")[2].partition("\n#")[0]
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| `")]
    assert len(rows) > 15
    assert [row for row in rows if row not in TESTS] == []
    assert [row for row in TESTS if row not in rows] == []


@pytest.mark.parametrize("row", TESTS)
def test_the_tests_that_are_named_are_there(row: str) -> None:
    for named in TESTS[row]:
        path, _, function = named.partition("::")
        assert re.search(rf"^def {function or 'test_'}", (ROOT / "tests" / path).read_text(), re.MULTILINE), (
            named
        )


# -- one edit, one dependency


class Memory:
    """A tree of a few files."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise ManifestError(f"{path}:1: is not there.")
        return self.files[path]

    def exists(self, path: str) -> bool:
        return path in self.files

    def walk(self) -> Sequence[str]:
        return sorted(self.files)

    def search(self, needle: bytes, paths: Sequence[str]) -> Sequence[str]:
        return [path for path in paths if needle in self.files[path]]


def rows(
    ecosystem: EcosystemName, manifest: str, files: Mapping[str, bytes]
) -> dict[tuple[str, str], Dependency]:
    """Every row by file and key; reading never fails for these files."""
    read = ECOSYSTEMS[ecosystem].read_project(Memory(files), manifest)
    assert not [item for item in read.held if item.kind == "unreadable"], (read.held, files)
    return {(item.place.path, item.place.key): item for item in read.dependencies}


def check_one_edit(
    ecosystem: EcosystemName, manifest: str, files: Mapping[str, bytes], path: str, pick: int, target: str
) -> None:
    """Edit one movable row of a file; what is read again differs in that row's requirement and in nothing else."""
    before = rows(ecosystem, manifest, files)
    movable = [item for item in before.values() if item.place.path == path and not item.immovable]
    if not movable:
        return
    chosen = movable[pick % len(movable)]
    book, text = ECOSYSTEMS[ecosystem], files[path]
    answer = book.edit(text, chosen, target)
    if isinstance(answer, CannotEdit):
        assert answer.reason
        return
    if not answer:
        return
    (edit,) = answer
    end = edit.start + len(edit.before.encode())
    assert text[edit.start : end] == edit.before.encode()
    assert text.count(b"\n", 0, edit.start) + 1 == edit.line
    done = {**files, path: text[: edit.start] + edit.after.encode() + text[end:]}
    after = rows(ecosystem, manifest, done)
    key = (path, chosen.place.key)
    moved = {one for one in before.keys() | after.keys() if before.get(one) != after.get(one)}
    assert moved == {key}, (text, done[path])
    meant = replace(before[key], requirement=after[key].requirement, locked=after[key].locked)
    assert meant == after[key]
    assert book.edit(done[path], after[key], target) == ()


NAMES = ["a", "b-c", "d.e", "@s/n", "x1", "@s/ü"[:3] + "u"]
VERSIONS = ["1.0.0", "^1.0.0", "~1.2.0", "1.x", ">=1 <2", "npm:real@^1.0.0", "npm:@t/real@1.0.0"]
entry = st.sampled_from(VERSIONS)
table = st.dictionaries(st.sampled_from(NAMES), entry, max_size=4)
END = st.sampled_from(["\n", "\r\n"])
TARGETS = st.sampled_from(["1.9.9", "2.0.0", "3.1.4", "2.0.0-rc.1"])
quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def package_files(draw: st.DrawFn) -> bytes:
    document: dict[str, object] = {"name": "ü", "version": "1.0.0"}
    for section in ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies"):
        document[section] = draw(table)
    document["overrides"] = {"o": draw(entry), "deep": {".": "1.0.0", "leaf": draw(entry)}}
    document["resolutions"] = {"**/r": "1.0.0"}
    document["volta"] = {"node": "20.0.0", "npm": "1.0.0"}
    document["packageManager"] = draw(st.sampled_from(["npm@1.0.0", "pnpm@1.0.0", "yarn@1.0.0"]))
    indent = draw(st.sampled_from([None, 1, 2, "\t"]))
    text = json.dumps(document, indent=indent, ensure_ascii=False, separators=draw(SEPARATORS))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return (mark + text.replace("\n", draw(END)) + draw(st.sampled_from(["", "\n", " \n\n"]))).encode()


SEPARATORS = st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :\t")])


@st.composite
def yaml_files(draw: st.DrawFn, overrides: bool) -> bytes:
    quote = st.sampled_from(['"', "'"])

    def block(entries: Mapping[str, str], depth: str) -> str:
        lines = []
        for name, text in entries.items():
            mark = draw(quote)
            key = f"{mark}{name}{mark}"
            value = text if draw(st.booleans()) and text[0] not in ">" else f"{mark}{text}{mark}"
            lines.append(f"{depth}{key}:{draw(st.sampled_from([' ', '   ']))}{value}{draw(COMMENT)}\n")
        return "".join(lines)

    text = "# ours: 1.0.0\npackages:\n  - 'p/*'\n"
    catalog = draw(table)
    text += f"catalog:\n{block(catalog, '  ')}" if catalog else ""
    text += f"catalogs:\n  old:\n{block(draw(table) | {'z': '^1.0.0'}, '    ')}"
    if overrides:
        text += f"overrides:\n{block({'o': draw(entry), 'p@1>q': draw(entry)}, '  ')}"
    return text.replace("\n", draw(END)).encode()


COMMENT = st.sampled_from(["", " # 1.0.0", "\t# why"])


@st.composite
def mod_files(draw: st.DrawFn) -> bytes:
    paths = draw(st.lists(st.sampled_from(range(6)), min_size=1, max_size=5, unique=True))
    lines = []
    for number in paths:
        path = draw(
            st.sampled_from(
                [f"example.com/m{number}", f'"example.com/m{number}"', f"example.com/M{number}/x"]
            )
        )
        version = draw(
            st.sampled_from(["v1.2.3", "v0.0.0-20240102150405-0123456789ab", '"v1.0.0"', "v1.0.0-rc.1"])
        )
        note = draw(st.sampled_from(["", " // indirect", " // v1.2.3", "\t//indirect"]))
        lines.append(f"{path}{draw(st.sampled_from([' ', '   ', chr(9)]))}{version}{note}\n")
    blocks = [
        f"require {lines[0]}",
        "require ( // these\n\t// first v1.2.3\n" + "".join(f"\t{line}" for line in lines[1:]) + ")\n",
        "replace (\n\texample.com/z => ../z\n\texample.com/y => example.com/y v1.0.0 // v1.0.0\n)\n",
        "exclude example.com/m1 v1.9.8\n",
        "retract [v1.0.0, v1.2.3] // bad\n",
        "tool example.com/m1/cmd\n",
        "ignore ./node_modules\n",
        "godebug default=go1.21\n",
    ]
    text = "module example.com/app // v1.2.3\n\ngo 1.24\n\ntoolchain go1.24.1\n\n"
    text += "\n".join(draw(st.permutations(blocks)))
    return text.replace("\n", draw(END)).removesuffix(draw(st.sampled_from(["", "\n"]))).encode()


CRATE = st.sampled_from(["1", "1.0", "1.0.0", "^1.2", "~1.0", "=1.0.0", ">=1, <2", "1.*", " 1.0 "])


@st.composite
def crate_files(draw: st.DrawFn) -> bytes:
    def one(name: str) -> str:
        text = draw(CRATE)
        mark = draw(st.sampled_from(['"', "'"]))
        return draw(
            st.sampled_from(
                [
                    f"{name} = {mark}{text}{mark} # 1.0\n",
                    f"{name} = {{ version = {mark}{text}{mark}, features = ['1.0'] }}\n",
                    f"{name}.version = {mark}{text}{mark}\n{name}.optional = true\n",
                    f"{name} = {{ # }} 1.0\n  optional = true,\n\tversion={mark}{text}{mark}, # last\n}}\n",
                    f'"{name}" = {{ package = "real-{name}", version = {mark}{text}{mark} }}\n',
                ]
            )
        )

    text = '[package]\nname = "app"\nversion = "1.0.0" # 1.0\nrust-version = "1.70"\n'
    for number, head in enumerate(draw(st.permutations(TABLES))):
        text += (
            f"{draw(st.sampled_from(['', '# 1.0', '  ']))}\n{head}\n" + one(f"a{number}") + one(f"b{number}")
        )
    text += (
        f'[dependencies.whole]\nversion = "{draw(CRATE)}"\n[package.metadata.x.dependencies]\na0 = "1.0"\n'
    )
    text += draw(st.sampled_from(["", "[patch.crates-io]\nz = { path = '../z', version = '1.0' }\n"]))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return (mark + text.replace("\n", draw(END))).encode()


TABLES = [
    "[dependencies]",
    "[dev-dependencies]",
    "[build-dependencies]",
    "[target.'cfg(unix)'.dependencies]",
    '[target."cfg(target_os = \\"x\\")".dev-dependencies]',
    "[workspace.dependencies]",
]
MEMBER = b'{"dependencies": {"a": "catalog:", "b-c": "catalog:old"}}'
FORMATS: dict[str, tuple[EcosystemName, str, str, st.SearchStrategy[bytes], dict[str, bytes]]] = {
    "package.json": ("npm", "package.json", "package.json", package_files(), {}),
    "pnpm-workspace.yaml": (
        *("npm", "package.json", "pnpm-workspace.yaml"),
        yaml_files(overrides=True),
        {"package.json": b'{"packageManager": "pnpm@9.0.0"}', "p/m/package.json": MEMBER},
    ),
    ".yarnrc.yml": (
        *("npm", "package.json", ".yarnrc.yml"),
        yaml_files(overrides=False),
        {
            "package.json": b'{"packageManager": "yarn@4.10.0", "workspaces": ["p/*"]}',
            "p/m/package.json": MEMBER,
        },
    ),
    "go.mod": ("go", "go.mod", "go.mod", mod_files(), {"go.sum": b""}),
    "Cargo.toml": ("cargo", "Cargo.toml", "Cargo.toml", crate_files(), {}),
}


@pytest.mark.parametrize("name", FORMATS)
@quick
@given(data=st.data(), pick=st.integers(0, 40), target=TARGETS)
def test_one_edit_changes_one_dependency_and_no_other_byte(
    name: str, data: st.DataObject, pick: int, target: str
) -> None:
    ecosystem, manifest, path, strategy, others = FORMATS[name]
    files = {**others, path: data.draw(strategy)}
    check_one_edit(ecosystem, manifest, files, path, pick, f"v{target}" if ecosystem == "go" else target)
