"""setup.cfg and setup.py: requirements that are written out, each at its line, and edits of one of them."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.ecosystems.pip.folder import held, make, packages, read, rows
from upgrader.ecosystems import pip
from upgrader.model import CannotEdit, Edit

CFG = """\
[metadata]
name = Thing
[flake8]
install_requires = nothing
[options]
packages = find:
python_requires = >=3.8
setup-requires = wheel; setuptools>=0.61
install_requires =
    a>=1,<2  # why
    # b==1
    B.c == 1.0 ; python_version < "4"

    d[x]~=1.4
tests_require = pytest
[options.extras_require]
my-docs =
    sphinx==7.1
test: e @ https://h.example/e-1.0.zip
"""


def test_setup_cfg(tmp_path: Path) -> None:
    project = read(tmp_path, {"setup.cfg": CFG})
    assert (project.held, project.project.name, project.project.runtime) == ((), "Thing", ">=3.8")
    assert rows(project) == [
        "setup.cfg:8 wheel - - build",
        "setup.cfg:8 setuptools >=0.61 - build",
        "setup.cfg:10 a >=1,<2 - prod",
        "setup.cfg:12 b-c == 1.0 1.0 prod",
        "setup.cfg:14 d ~=1.4 - prod",
        "setup.cfg:15 pytest - - dev",
        "setup.cfg:18 sphinx ==7.1 7.1 optional",
        "setup.cfg:19 e - - optional [url]",
    ]
    assert [row.group for row in packages(project)][-2:] == ["my-docs", "test"]


PY = """\
# -*- coding: utf-8 -*-
import os, setuptools
raise SystemExit("never run")
BASE = ["a>=1,<2", 'B.c==1.0']
BASE += ["plus==3"]
if os.name == "nt":
    BASE.append("win==1")
EXTRAS = {"test": ["t==1"], "docs": ("s~=2.0",)}
EXTRAS["more"] = ["m==5"]
setuptools.setup(
    name="Thing",
    python_requires=">=3.9",
    install_requires=BASE + [
        "d[x] == 1.0; python_version < '4'",  # é
        "e"
        "==2.0",
    ],
    setup_requires="wheel",
    extras_require=EXTRAS,
)
"""


def test_setup_py(tmp_path: Path) -> None:
    project = read(tmp_path, {"setup.py": PY})
    assert (project.held, project.project.name, project.project.runtime) == ((), "Thing", ">=3.9")
    assert rows(project) == [
        "setup.py:4 a >=1,<2 - prod",
        "setup.py:4 b-c ==1.0 1.0 prod",
        "setup.py:5 plus ==3 3 prod",
        "setup.py:7 win ==1 1 prod",
        "setup.py:8 t ==1 1 optional",
        "setup.py:8 s ~=2.0 - optional",
        "setup.py:9 m ==5 5 optional",
        "setup.py:14 d == 1.0 1.0 prod",
        "setup.py:15 e ==2.0 2.0 prod",
        "setup.py:18 wheel - - build",
    ]


def test_beside_a_pyproject_they_belong_to_it(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\ndynamic = ["dependencies"]\n'
    files = {"pyproject.toml": text, "setup.cfg": CFG, "setup.py": "from setuptools import setup\nsetup()\n"}
    files["requirements.txt"] = "z==1\n"
    tree = make(tmp_path, files)
    assert pip.find_manifests(tree.walk()) == ["pyproject.toml", "requirements.txt"]
    first, second = (pip.read_project(tree, path) for path in ("pyproject.toml", "requirements.txt"))
    assert (first.held, second.held) == ((), ())
    assert first.project.manifests == ("pyproject.toml", "setup.cfg")
    assert len(packages(first)) == 8
    assert rows(second) == ["requirements.txt:1 z ==1 1 prod"]


def test_beside_requirements_files_they_belong_to_them(tmp_path: Path) -> None:
    files = {"requirements.txt": "z==1\n", "setup.py": "setup(install_requires=['a==1'])"}
    tree = make(tmp_path, files)
    assert pip.find_manifests(tree.walk()) == ["requirements.txt"]
    project = pip.read_project(tree, "requirements.txt")
    assert rows(project) == ["requirements.txt:1 z ==1 1 prod", "setup.py:1 a ==1 1 prod"]
    assert [row.project for row in project.dependencies] == ["pip:requirements.txt"] * 2


HELD = {
    "a call": (
        "setup.py",
        "setup(\n install_requires=read())",
        "setup.py:2: install_requires: the dependencies are",
    ),
    "an f-string": ("setup.py", "setup(install_requires=[f'a=={v}'])", "are computed"),
    "an unknown name": ("setup.py", "from x import deps\nsetup(install_requires=deps)", "setup.py:2: "),
    "a comprehension": ("setup.py", "setup(install_requires=[x for x in y])", "are computed"),
    "a computed extra": ("setup.py", "setup(extras_require={'a': f()})", "extras_require.a: the"),
    "a merged extra": ("setup.py", "setup(extras_require={**x})", "extras_require: the"),
    "no requirement": ("setup.py", "setup(install_requires=['a^1'])", "'a^1' is not a requirement"),
    "old Python": ("setup.py", "print 'x'\nsetup()", "setup.py:1: not Python"),
    "a null": ("setup.py", "setup(\0)", "setup.py:1: not Python"),
    "deep": ("setup.py", "x = " + "(" * 5000 + ")" * 5000, "setup.py:1: not Python"),
    "deep lists": ("setup.py", "setup(install_requires=" + "-" * 20000 + "1)", "setup.py:"),
    "no UTF-8": ("setup.py", b"x = '\xff'", "setup.py:1: byte 5 is not UTF-8"),
    "another file": (
        "setup.cfg",
        "[options]\ninstall_requires = file: deps.in\n",
        "setup.cfg:2: options.install",
    ),
    "no requirement in cfg": ("setup.cfg", "[options]\ninstall_requires =\n  a\n  a^1\n", "setup.cfg:4: "),
}


@pytest.mark.parametrize(("name", "text", "reason"), HELD.values(), ids=HELD)
def test_what_is_not_written_out_is_held(tmp_path: Path, name: str, text: str | bytes, reason: str) -> None:
    found = held(read(tmp_path, {name: text}))
    assert len(found) == 1
    assert found[0].startswith(f"unreadable {name}:")
    assert reason in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "setup()",
        "setup(name='x')",
        "setup(install_requires=[])",
        "x = 1\ny.append('a')",
        "'\\d'\nsetup()",
        "a = a + ['x']\nb = a + b + b\nsetup(tests_require=[''])",
    ],
)
def test_a_setup_py_that_asks_for_nothing(tmp_path: Path, text: str) -> None:
    project = read(tmp_path, {"setup.py": text})
    assert (project.dependencies, project.held) == ((), ())


def test_names_that_go_in_circles_end(tmp_path: Path) -> None:
    text = "a = ['x==1']\n" + "".join(f"a = a + a + ['y{n}==1']\n" for n in range(30))
    assert len(read(tmp_path, {"setup.py": f"{text}setup(install_requires=a)"}).dependencies) == 31


def changed(text: bytes, answer: object) -> bytes:
    assert isinstance(answer, tuple)
    for edit in answer:
        assert isinstance(edit, Edit)
        old = edit.before.encode()
        assert text[edit.start : edit.start + len(old)] == old
        assert edit.line == text.count(b"\n", 0, edit.start) + 1
        text = text[: edit.start] + edit.after.encode() + text[edit.start + len(old) :]
    return text


@pytest.mark.parametrize(("name", "text"), [("setup.cfg", CFG), ("setup.py", PY)], ids=["cfg", "py"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "mark"])
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), target=st.sampled_from(["1.5.0", "9.5.0"]), end=st.sampled_from(["\n", "\r\n"]))
def test_only_the_meant_place_changes(
    tmp_path: Path, name: str, text: str, mark: str, data: st.DataObject, target: str, end: str
) -> None:
    before_text = (mark + "# ü\n" + text).replace("\n", end).encode()
    before = read(tmp_path, {name: before_text})
    assert before.held == ()
    row = data.draw(st.sampled_from([row for row in before.dependencies if not row.immovable]))
    answer = pip.edit(before_text, row, target)
    assert not isinstance(answer, CannotEdit)
    after_text = changed(before_text, answer)
    after = pip.read_project(make(tmp_path, {name: after_text}), name)
    for was, now in zip(before.dependencies, after.dependencies, strict=True):
        if was == row and answer:
            assert now == replace(was, requirement=answer[0].after, locked=now.locked)
            assert not pip.edit(after_text, now, target)
        else:
            assert now == was


@pytest.mark.parametrize("other", [b"", b"setup(", b"setup(install_requires=['a==1.1'])", b"\xff"])
def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path, other: bytes) -> None:
    row = read(tmp_path, {"setup.py": "setup(install_requires=['a==1.0'])"}).dependencies[0]
    assert isinstance(pip.edit(other, row, "2.0"), CannotEdit)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("r'a==1.0'", "r'a==2.0'"),
        ("'a' '==1.0'", "'a' '==2.0'"),
        ('"""a==1.0"""', '"""a==2.0"""'),
        ("u'a==1.0; x'", None),
        ("'a==\\x31.0'", None),
    ],
)
def test_odd_strings(tmp_path: Path, before: str, after: str | None) -> None:
    text = f"setup(install_requires=[{before}])".encode()
    project = read(tmp_path, {"setup.py": text})
    if after is None:
        assert project.held or isinstance(pip.edit(text, project.dependencies[0], "2.0"), CannotEdit)
        return
    assert changed(text, pip.edit(text, project.dependencies[0], "2.0")) == text.replace(
        before.encode(), after.encode()
    )


def test_extras_that_take_in_others(tmp_path: Path) -> None:
    cfg = "[options.extras_require]\ndocs =\n    a==1\nall =\n    %(docs)s\n    b==1\n"
    setup = (
        "more = {'x': ['c==1']}\nsetup(extras_require={**more, 'y': ['d==1'], 'z': read(), key(): ['e']})\n"
    )
    project = read(tmp_path, {"setup.py": setup, "setup.cfg": cfg})
    assert sorted(row.name for row in project.dependencies) == ["a", "b", "c", "d"]
    assert [item.reason.split(": ")[1] for item in project.held] == ["extras_require", "extras_require.z"]


def test_an_option_that_stands_twice_is_held(tmp_path: Path) -> None:
    text = "[options]\ninstall_requires = a==1\ninstall_requires = a==1\n"
    assert held(read(tmp_path, {"setup.cfg": text})) == [
        "unreadable setup.cfg:3: options.install_requires stands twice."
    ]
