"""pyproject.toml: the standard tables, uv's sources and workspaces, and the tables of other tools."""

from pathlib import Path

import pytest

from tests.ecosystems.pip.folder import held, make, one, read, rows
from upgrader.ecosystems import pip
from upgrader.errors import ManifestError
from upgrader.model import CannotEdit

WHOLE = """\
[build-system]
requires = ["hatchling>=1.20"]

[project]
name = "Thing"
requires-python = ">=3.10"
dependencies = [
  "a>=1,<2",  # one
  'B.c == 1.0; python_version < "4"',
]
[project.optional-dependencies]
x = ["d~=1.4"]
"y z" = ["thing[x]"]

[dependency-groups]
test = ["e", { include-group = "lint" }]
lint = ["f==2.*"]

[tool.uv]
dev-dependencies = ["g==3"]
constraint-dependencies = ["a<1.9", "h<2"]
"""


def test_reads_every_table(tmp_path: Path) -> None:
    project = read(tmp_path, {"pyproject.toml": WHOLE})
    assert rows(project) == [
        "pyproject.toml:8 a >=1,<2 - prod",
        "pyproject.toml:9 b-c == 1.0 1.0 prod",
        "pyproject.toml:12 d ~=1.4 - optional",
        "pyproject.toml:13 thing - - optional [the project itself]",
        "pyproject.toml:16 e - - dev",
        "pyproject.toml:17 f ==2.* - dev",
        "pyproject.toml:2 hatchling >=1.20 - build",
        "pyproject.toml:20 g ==3 3 dev",
        "pyproject.toml:21 a <1.9 - prod",
        "~pyproject.toml:21 h <2 - prod",
    ]
    assert project.held == ()
    assert one(project, "d").place.key == "project.optional-dependencies.x[0]"
    assert one(project, "d").group == "x"
    assert one(project, "b-c").marker == 'python_version < "4"'
    assert (project.project.name, project.project.runtime) == ("Thing", ">=3.10")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[tool.ruff]\nline-length = 100\n",
        '[project]\nname = "x"\n',
        '[project]\nname = "x"\ndependencies = []\n',
        '[build-system]\nrequires = []\nbuild-backend = "poetry.core.masonry.api"\n[project]\nname = "x"\n',
        '[project]\nname = "x"\n[tool.poetry]\npackages = [{ include = "x" }]\n',
        '[project]\nname = "x"\n[tool.poetry.dependencies]\npython = ">=3.9"\n',
    ],
)
def test_a_file_that_asks_for_nothing(tmp_path: Path, text: str) -> None:
    project = read(tmp_path, {"pyproject.toml": text})
    assert (rows(project), project.held) == ([], ())


BROKEN = {
    "a string": ('[project]\ndependencies = "a"', "pyproject.toml:2: project.dependencies: must be an array"),
    "a table": (
        '[project.dependencies]\na = "1"',
        "pyproject.toml:1: project.dependencies: must be an array",
    ),
    "a number inside": (
        "[project]\ndependencies = [\n  1]",
        "pyproject.toml:3: project.dependencies[0]: is not",
    ),
    "a caret": (
        '[project]\ndependencies = ["a^1"]',
        "pyproject.toml:2: project.dependencies[0]: 'a^1' is not",
    ),
    "an unknown group": ('[dependency-groups]\na = [{include-group = "b"}]', "there is no group 'b'"),
    "a circle": ('[dependency-groups]\na = [{include-group = "A"}]', "includes itself"),
    "include outside groups": ('[project]\ndependencies = [{include-group = "b"}]', "is not a requirement"),
}


@pytest.mark.parametrize(("text", "reason"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_held_and_the_rest_goes_on(tmp_path: Path, text: str, reason: str) -> None:
    project = read(tmp_path, {"pyproject.toml": f'{text}\n[build-system]\nrequires = ["z"]\n'})
    assert [row.split()[1] for row in rows(project)] == ["z"]
    assert reason in held(project)[0]
    assert held(project)[0].startswith("unreadable pyproject.toml:")


@pytest.mark.parametrize(
    "text", ["[", "a = 1\na = 2", "\ufeff[a]", "a = [" + "[" * 3000, "a = 1" + "0" * 5000]
)
def test_what_is_no_toml_is_one_typed_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ManifestError, match=r"^pyproject\.toml:\d+: "):
        read(tmp_path, {"pyproject.toml": text})


FOREIGN = {
    "hatch's overrides": (
        '[tool.hatch.envs.x.overrides]\nmatrix.v.dependencies = ["a"]\n',
        "tool.hatch.envs.x.overrides.matrix.v.dependencies: hatch's own",
    ),
    "pixi": ('[tool.pixi.dependencies]\na = "1"\n', "tool.pixi.dependencies: pixi's own"),
    "pixi's features": (
        '[tool.pixi.feature.x.pypi-dependencies]\na = "1"\n',
        "tool.pixi.feature.x.pypi-dependencies: pixi's own",
    ),
    "rye": ('[tool.rye]\ndev-dependencies = ["a==1"]\n', "tool.rye.dev-dependencies: rye's own"),
    "dynamic": ('[project]\nname = "x"\ndynamic = ["dependencies"]\n', "are computed by the build backend"),
    "dynamic file": (
        '[project]\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\ndependencies = {file = ["deps.in"]}\n',
        "come from deps.in",
    ),
}


@pytest.mark.parametrize(("text", "reason"), FOREIGN.values(), ids=FOREIGN)
def test_another_tools_declaration_is_held(tmp_path: Path, text: str, reason: str) -> None:
    (found,) = held(read(tmp_path, {"pyproject.toml": text}))
    assert found.startswith("unreadable pyproject.toml:")
    assert reason in found


def test_dynamic_dependencies_from_a_requirements_file_are_read_there(tmp_path: Path) -> None:
    text = '[project]\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n'
    text += 'dependencies = {file = "requirements.txt"}\n'
    assert read(tmp_path, {"pyproject.toml": text, "requirements.txt": "a==1"}, "pyproject.toml").held == ()


@pytest.mark.parametrize("lock", ["poetry.lock", "pdm.lock", "pylock.toml"])
def test_another_tools_lockfile_keeps_everything_where_it_is(tmp_path: Path, lock: str) -> None:
    project = read(tmp_path, {"pyproject.toml": WHOLE, lock: ""})
    assert held(project)[0].startswith(f"unreadable {lock}:1: ")
    moving = [row.name for row in project.dependencies if not row.immovable]
    assert moving == ["hatchling"]


OTHERS = """\
[tool.pdm.dev-dependencies]
test = ["a==1", "-e file:///${PROJECT_ROOT}/sub#egg=sub"]
[tool.hatch.envs.default]
dependencies = ["b>=1"]
extra-dependencies = ["c~=1.0"]
[tool.hatch.build.hooks.vcs]
dependencies = ["d"]
[tool.flit.metadata]
requires = ["e==2"]
[tool.flit.metadata.requires-extra]
test = ["f"]
"""


def test_the_arrays_of_other_tools_are_read(tmp_path: Path) -> None:
    project = read(tmp_path, {"pyproject.toml": OTHERS})
    assert sorted(rows(project)) == [
        "pyproject.toml:11 f - - optional",
        "pyproject.toml:2 a ==1 1 dev",
        "pyproject.toml:2 sub - - dev [path]",
        "pyproject.toml:4 b >=1 - dev",
        "pyproject.toml:5 c ~=1.0 - dev",
        "pyproject.toml:7 d - - build",
        "pyproject.toml:9 e ==2 2 prod",
    ]
    assert [row.group for row in project.dependencies] == [
        "test",
        "test",
        "default",
        "default",
        "vcs",
        "requires",
        "test",
    ]
    assert held(project) == []


LIMITS = """\
[tool.pdm.resolution.overrides]
a = "1.0"
b = ">=1,<2"
c = "https://registry.example/c-1.0.tar.gz"
[tool.pdm.overrides]
d = "==1"
[tool.poetry.build-constraints]
lib = { setuptools = "<70" }
[tool.uv.extra-build-dependencies]
lib = ["ninja==1", { requirement = "torch==2", match-runtime = true }]
[tool.hatch.env]
requires = ["hatch-plugin==1"]
[tool.cibuildwheel]
test-requires = ["check==1"]
"""


def test_tables_that_limit_and_add_are_read_and_edited(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": LIMITS,
        "hatch.toml": '[envs.docs]\ndependencies = ["site==1"]\n[metadata]\nx = ["no"]\n',
        "uv.toml": 'constraint-dependencies = ["low==1"]\ndev-dependencies = ["dev==1"]\n',
    }
    project = read(tmp_path, files)
    assert sorted(rows(project)) == [
        "hatch.toml:2 site ==1 1 dev",
        "pyproject.toml:10 ninja ==1 1 build",
        "pyproject.toml:10 torch ==2 2 build",
        "pyproject.toml:12 hatch-plugin ==1 1 dev",
        "pyproject.toml:14 check ==1 1 dev",
        "uv.toml:2 dev ==1 1 dev",
        "~pyproject.toml:2 a 1.0 1.0 prod",
        "~pyproject.toml:3 b >=1,<2 - prod",
        "~pyproject.toml:4 c - - prod [url]",
        "~pyproject.toml:6 d ==1 1 prod",
        "~pyproject.toml:8 setuptools <70 - build",
        "~uv.toml:1 low ==1 1 prod",
    ]
    assert project.held == ()
    assert {"hatch.toml", "uv.toml"} <= set(project.project.manifests)
    for row in project.dependencies:
        data = (tmp_path / row.place.path).read_bytes()
        answer = pip.edit(data, row, "80.0")
        if row.immovable:
            continue
        assert not isinstance(answer, CannotEdit)
        (edit,) = answer
        assert data[edit.start :].startswith(edit.before.encode())


def test_a_tools_file_that_is_no_toml_is_held(tmp_path: Path) -> None:
    (found,) = held(read(tmp_path, {"pyproject.toml": "", "hatch.toml": "["}))
    assert found.startswith("unreadable hatch.toml:1: ")


SOURCES = """\
[project]
name = "x"
dependencies = ["a", "b", "c", "d", "e", "f"]
[project.optional-dependencies]
g = ["f"]
[tool.uv.sources]
a = { git = "https://h.example/a" }
B = { path = "../b", editable = true }
c = { url = "https://h.example/c.whl" }
d = { workspace = true }
e = { index = "corp" }
f = [{ git = "https://h.example/f", extra = "g" }]
"""


def test_sources_of_uv_keep_a_package_where_it_is(tmp_path: Path) -> None:
    project = read(tmp_path, {"pyproject.toml": SOURCES})
    assert [(row.name, row.immovable) for row in project.dependencies] == [
        ("a", "git reference"),
        ("b", "path"),
        ("c", "url"),
        ("d", "workspace member"),
        ("e", ""),
        ("f", ""),
        ("f", "git reference"),
    ]


ROOT = """\
[project]
name = "root"
dependencies = ["a==1"]
[tool.uv.workspace]
members = ["packages/*", "tools/**", "alone"]
exclude = ["packages/not*"]
[tool.uv.sources]
one = { workspace = true }
"""


def test_members_of_a_workspace_are_part_of_the_project(tmp_path: Path) -> None:
    member = '[project]\nname = "{}"\ndependencies = ["one", "b==2"]\n'
    files = {
        "pyproject.toml": ROOT,
        "packages/one/pyproject.toml": member.format("one"),
        "packages/not-me/pyproject.toml": member.format("not-me"),
        "packages/one/deep/pyproject.toml": member.format("deep"),
        "tools/x/y/pyproject.toml": member.format("y"),
        "packages/bad/pyproject.toml": "[",
    }
    project = read(tmp_path, files)
    assert project.project.manifests == (
        "pyproject.toml",
        "packages/one/pyproject.toml",
        "tools/x/y/pyproject.toml",
    )
    assert [row.immovable for row in project.dependencies if row.name == "one"] == [
        "the project itself",
        "workspace member",
    ]
    assert [(item.place.path, item.place.line) for item in project.held if item.place] == [
        ("packages/bad/pyproject.toml", 0),
        ("pyproject.toml", 5),
    ]


@pytest.mark.parametrize("glob", ["../outside", "/etc", "a/../../b"])
def test_members_outside_are_held(tmp_path: Path, glob: str) -> None:
    text = f'[tool.uv.workspace]\nmembers = ["{glob}"]\n'
    assert "leads outside" in held(read(tmp_path, {"pyproject.toml": text}))[0]


def test_manifests_beside_each_other_are_projects_of_their_own(tmp_path: Path) -> None:
    files = {"pyproject.toml": WHOLE, "requirements.txt": "a==1", "setup.py": "", "sub/pyproject.toml": ""}
    tree = make(tmp_path, files)
    assert pip.find_manifests(tree.walk()) == ["pyproject.toml", "requirements.txt", "sub/pyproject.toml"]
