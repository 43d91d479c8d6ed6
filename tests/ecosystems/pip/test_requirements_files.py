"""Requirements files of a folder: sections, includes, constraints, references, compiled files."""

from pathlib import Path

import pytest

from tests.ecosystems.pip.folder import held, make, one, read, rows
from upgrader.ecosystems import pip


def test_reads_every_line_with_its_place(tmp_path: Path) -> None:
    text = "# top\n\nA_b == 1.0  # why\nc[x]>=2,<3 ; python_version > '3.8'\nd\n"
    project = read(tmp_path, {"requirements.txt": text})
    assert rows(project) == [
        "requirements.txt:3 a-b == 1.0 1.0 prod",
        "requirements.txt:4 c >=2,<3 - prod",
        "requirements.txt:5 d - - prod",
    ]
    assert one(project, "c").marker == "python_version > '3.8'"
    assert project.held == ()
    assert project.project.lockfile is None
    assert project.project.tool == "pip"


def test_files_of_one_folder_are_one_project(tmp_path: Path) -> None:
    files = {
        "requirements-dev.txt": "-r requirements.txt\nb==2\n",
        "requirements.txt": "-c constraints.txt\na==1\n",
        "constraints.txt": "a==1\nz==9\n",
        "requirements/build.txt": "c==3\n",
        "requirements/prod.txt": "-r deep/more.inc\n",
        "requirements/deep.txt": "",
    }
    tree = make(tmp_path, files)
    found = pip.find_manifests(tree.walk())
    project = pip.read_project(tree, found[0])
    assert project.project.id == "pip:requirements.txt"
    assert project.project.folder == "."
    assert project.project.manifests[0] == "requirements.txt"
    assert set(found) <= set(pip.members(project))
    assert {pip.read_project(tree, path).project for path in found} == {project.project}
    assert sorted(rows(project)) == [
        "constraints.txt:1 a ==1 1 prod",
        "requirements-dev.txt:2 b ==2 2 dev",
        "requirements.txt:2 a ==1 1 prod",
        "requirements/build.txt:1 c ==3 3 build",
        "~constraints.txt:2 z ==9 9 prod",
    ]
    assert len(project.held) == 1
    assert project.held[0].reason.startswith("requirements/prod.txt:1: ")


@pytest.mark.parametrize(
    ("path", "manifest", "folder"),
    [
        ("requirements.txt", True, "."),
        ("dev-requirements.txt", True, "."),
        ("requirements_test.txt", True, "."),
        ("a/requirements/base.txt", True, "a"),
        ("constraints.txt", True, "."),
        ("notes.txt", False, ""),
        ("requirements.in", True, "."),
        ("requirements.pip", True, "."),
        ("requirements.toml", False, ""),
        ("requirementsfoo.md", False, ""),
        ("my-constraints-dev.txt", True, "."),
        ("my-requirements-notes.md", False, ""),
        ("requirements/app/notes.txt", False, ""),
        ("requirements/app/base.txt", True, "."),
        ("a/requirements/app/sub/kernel.in", True, "a"),
    ],
)
def test_which_files_are_manifests(tmp_path: Path, path: str, manifest: bool, folder: str) -> None:
    tree = make(tmp_path, {path: "a==1\n"})
    assert pip.find_manifests(tree.walk()) == ([path] if manifest else [])
    if manifest:
        assert pip.read_project(tree, path).project.folder == folder


def test_a_project_may_live_in_a_folder_called_requirements(tmp_path: Path) -> None:
    tree = make(tmp_path, {"requirements/requirements.txt": "a==1\n", "requirements/app/main.py": ""})
    assert pip.read_project(tree, "requirements/requirements.txt").project.folder == "requirements"


def test_a_file_of_another_group_is_told_once(tmp_path: Path) -> None:
    tree = make(
        tmp_path, {"a/requirements.txt": "-r ../requirements.txt\nx==1\n", "requirements.txt": "y==1\n"}
    )
    inner = pip.read_project(tree, "a/requirements.txt")
    assert rows(inner) == ["a/requirements.txt:2 x ==1 1 prod"]
    assert inner.project.manifests == ("a/requirements.txt", "requirements.txt")
    assert rows(pip.read_project(tree, "requirements.txt")) == ["requirements.txt:1 y ==1 1 prod"]


def test_constraints_hold_what_is_asked_for(tmp_path: Path) -> None:
    project = read(
        tmp_path,
        {
            "requirements.txt": "-c pins.txt\na>=1\nb\nc==3\n",
            "pins.txt": "a==1.5\nb==2.5 ; python_version < '3'\nb==2.6 ; python_version > '3'\nc==4\nd==5\n",
        },
    )
    assert rows(project)[:3] == [
        "requirements.txt:2 a >=1 1.5 prod",
        "requirements.txt:3 b - - prod",
        "requirements.txt:4 c ==3 3 prod",
    ]
    assert [row.direct for row in project.dependencies if row.place.path == "pins.txt"] == [True] * 4 + [
        False
    ]
    assert len({row.place.key for row in project.dependencies if row.name == "b"}) == 2


INCLUDES = {
    "absolute": ("-r /etc/passwd", "leads outside"),
    "upwards": ("-r ../../secret.txt", "leads outside"),
    "upwards through a folder": ("-r a/../../secret.txt", "leads outside"),
    "home": ("-r ~/secret.txt", "leads outside"),
    "address": ("-r https://evil.example/r.txt", "not a file of this repository"),
    "file address": ("-r file:///etc/passwd", "not a file of this repository"),
    "variable": ("-r ${HOME}/r.txt", "only the environment knows"),
    "missing": ("-r nothere.txt", "cannot be read"),
    "constraint": ("-c /etc/passwd", "leads outside"),
}


@pytest.mark.parametrize(("line", "reason"), INCLUDES.values(), ids=INCLUDES)
def test_an_include_that_is_not_ours_is_held_and_never_read(tmp_path: Path, line: str, reason: str) -> None:
    (tmp_path / "secret.txt").write_text("secret==1\n")
    (tmp_path / "repo").mkdir()
    project = read(tmp_path / "repo", {"requirements.txt": f"b==1\n{line}\n"})
    assert rows(project) == ["requirements.txt:1 b ==1 1 prod"]
    (found,) = project.held
    assert found.kind == "unreadable"
    assert found.reason.startswith("requirements.txt:2: ")
    assert reason in found.reason
    assert "root:" not in str(project)
    assert project.project.manifests == ("requirements.txt",)


def test_a_symlink_out_of_the_repository_is_held(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret==1\n")
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "link.txt").symlink_to(tmp_path / "secret.txt")
    project = read(tmp_path / "repo", {"requirements.txt": "-r link.txt\n"})
    assert rows(project) == []
    assert held(project)[0].startswith("unreadable requirements.txt:1: ")


def test_circles_and_doubles_end(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "-r x.txt\n-r x.txt\na==1\n",
        "x.txt": "-r requirements.txt\n-c x.txt\nb==2\n",
    }
    project = read(tmp_path, files)
    assert rows(project) == ["requirements.txt:3 a ==1 1 prod", "x.txt:3 b ==2 2 prod"]
    assert project.held == ()


def test_a_constraint_file_that_is_also_required_is_required(tmp_path: Path) -> None:
    files = {"requirements.txt": "-c x.txt\n-r y.txt\n", "y.txt": "-r x.txt\n", "x.txt": "a==1\n"}
    assert rows(read(tmp_path, files)) == ["x.txt:1 a ==1 1 prod"]


REFERENCES = {
    "git": ("git+https://h.example/r.git@v1#egg=Thing_x", "thing-x", "git reference"),
    "editable git": ("-e git+ssh://git@h.example/r.git#egg=thing&subdirectory=s", "thing", "git reference"),
    "mercurial": ("hg+https://h.example/r#egg=thing", "thing", "hg reference"),
    "wheel address": ("https://h.example/thing-1.0-py3-none-any.whl", "thing", "url"),
    "sdist address": ("https://h.example/thing-1.0.tar.gz#sha256=00", "thing", "url"),
    "direct reference": ("thing[x] @ https://h.example/x.zip ; python_version > '3'", "thing", "url"),
    "direct git reference": ("thing@git+https://h.example/x", "thing", "git reference"),
    "local wheel": ("./wheels/thing-1.0-py3-none-any.whl", "thing", "path"),
    "wheel beside": ("thing-1.0-py3-none-any.whl", "thing", "path"),
    "folder": ("./thing", "thing", "path"),
    "editable folder": ("-e libs/named[all]", "given-name", "path"),
    "file address of a folder": ("file:./thing", "thing", "path"),
    "folder with a setup.py": ("./old", "old-name", "path"),
    "repository without an egg": (
        "git+https://${TOKEN}@h.example/x/The_Thing.git@v1",
        "the-thing",
        "git reference",
    ),
    "editable repository": ("-e git+ssh://git@h.example/x/thing@main", "thing", "git reference"),
}


@pytest.mark.parametrize(("line", "name", "kind"), REFERENCES.values(), ids=REFERENCES)
def test_references_are_listed_and_stay(tmp_path: Path, line: str, name: str, kind: str) -> None:
    files = {
        "requirements.txt": f"{line}\n",
        "libs/named/pyproject.toml": '[project]\nname = "Given.Name"\n',
        "old/setup.py": "setup(name='Old_Name')\n",
    }
    project = read(tmp_path, files)
    assert rows(project) == [f"requirements.txt:1 {name} - - prod [{kind}]"]


@pytest.mark.parametrize("line", ["git+https://h.example/-.git", "-e .", ".", "../x", "https://h.example/"])
def test_a_reference_without_a_name_is_held(tmp_path: Path, line: str) -> None:
    project = read(tmp_path, {"requirements.txt": f"{line}\n"})
    assert rows(project) == []
    assert held(project)[0].startswith("immovable requirements.txt:1: a ")


BROKEN = ["a==", "^1.0", "a==${V}", "--nonsense", "a b c", "\0", "a==1 --hash"]


@pytest.mark.parametrize("line", BROKEN)
def test_a_broken_line_is_held_and_the_rest_goes_on(tmp_path: Path, line: str) -> None:
    project = read(tmp_path, {"requirements.txt": f"a==1\n{line}\nc==3\n"})
    assert [row.split()[1] for row in rows(project)] == ["a", "c"]
    (found,) = project.held
    assert (found.kind, found.reason[:19]) == ("unreadable", "requirements.txt:2:")


def test_an_undecodable_file_is_held_and_the_others_go_on(tmp_path: Path) -> None:
    project = read(tmp_path, {"requirements.txt": b"a==1\n\xff\xff\xff\n", "requirements-dev.txt": "b==1\n"})
    assert rows(project) == ["requirements-dev.txt:1 b ==1 1 dev"]
    assert held(project)[0].startswith("unreadable requirements.txt:2: ")


def test_marks_in_front_of_the_text(tmp_path: Path) -> None:
    project = read(tmp_path, {"requirements.txt": "a==1\n".encode("utf-16")})
    assert rows(project) == ["requirements.txt:1 a ==1 1 prod"]


COMPILED = """\
#
# This file is autogenerated by pip-compile with Python 3.11
# by the following command:
#
#    pip-compile --output-file=requirements.txt requirements.in
#
asgi==3.0
    # via web
web==4.0
    # via -r requirements.in
both==1.0
    # via
    #   -r requirements.in
    #   web
project==1.0  # via mine (pyproject.toml)
"""


def test_a_compiled_file_tells_what_is_transitive(tmp_path: Path) -> None:
    project = read(tmp_path, {"requirements.txt": COMPILED})
    assert [row.name for row in project.dependencies if not row.direct] == ["asgi"]


def test_sections_come_from_the_files_names(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "a==1",
        "requirements-test.txt": "-r more.txt\nb==1",
        "more.txt": "c==1",
        "requirements-optional.txt": "d==1",
        "requirements/docs.txt": "e==1",
        "requirements/base.txt": "f==1",
    }
    found = {row.name: (row.section, row.group) for row in read(tmp_path, files).dependencies}
    assert found == {
        "a": ("prod", ""),
        "b": ("dev", "test"),
        "c": ("dev", "more"),
        "d": ("optional", "optional"),
        "e": ("dev", "docs"),
        "f": ("prod", "base"),
    }


@pytest.mark.parametrize(
    ("files", "runtime"),
    [
        ({}, None),
        ({".python-version": "3.11\n"}, "==3.11.*"),
        ({".python-version": "cpython-3.12.1\n"}, "==3.12.1"),
        ({".python-version": "pypy3.10\n"}, None),
        ({".python-version": ""}, None),
        (
            {"pyproject.toml": '[project]\nname="x"\nrequires-python=">=3.9"\n', ".python-version": "3.11"},
            ">=3.9",
        ),
        ({"pyproject.toml": "not toml ["}, None),
    ],
)
def test_the_python_a_folder_declares(tmp_path: Path, files: dict[str, str], runtime: str | None) -> None:
    assert read(tmp_path, {"requirements.txt": "a\n", **files}).project.runtime == runtime


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.py", "setup(name='x')"),
        ("setup.cfg", "[flake8]\n"),
        ("setup.py", "setup(install_requires=open('requirements.txt').read())"),
    ],
)
def test_what_declares_nothing_of_its_own_is_not_held(tmp_path: Path, name: str, text: str) -> None:
    assert read(tmp_path, {"requirements.txt": "a==1\n", name: text}).held == ()


def test_folders_inside_a_shelf_belong_to_the_project_above(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "-r requirements/app/base.txt\n",
        "requirements/app/base.in": "a>=1\n",
        "requirements/app/base.txt": "a==1.0\n",
        "requirements/app/kernel.txt": "b==1\n",
        "lib/requirements/__init__.py": "",
        "lib/requirements/words/base.txt": "c==1\n",
    }
    tree = make(tmp_path, files)
    project = pip.read_project(tree, "requirements.txt")
    assert sorted(row.split(" ")[1] for row in rows(project)) == ["a", "a", "b"]
    assert [path for path in pip.find_manifests(tree.walk()) if path.startswith("lib")] == []
