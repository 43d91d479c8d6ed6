"""PEP 723: the block of a script is read where it stands, and edited there."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.ecosystems.pip.folder import held, make, packages, read, rows
from upgrader.ecosystems import pip
from upgrader.errors import ManifestError
from upgrader.model import CannotEdit
from upgrader.outside.commit_tree import CommitTree
from upgrader.outside.git import Git
from upgrader.stages.inventory import read_inventory

SCRIPT = """\
#!/usr/bin/env -S uv run --script
# é
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "a>=1,<2",  # /// script
#
#   'B.c==1.0; python_version < "4"',
#   "g",
# ]
# [tool.uv.sources]
# g = { git = "https://h.example/g" }
# ///
# dependencies = ["z==1"]
import a  # ///
"""


def test_reads_the_block(tmp_path: Path) -> None:
    project = read(tmp_path, {"tools/x.py": SCRIPT})
    assert (project.held, project.project.runtime, project.project.folder) == ((), ">=3.11", "tools")
    assert rows(project) == [
        "tools/x.py:6 a >=1,<2 - prod",
        "tools/x.py:8 b-c ==1.0 1.0 prod",
        "tools/x.py:9 g - - prod [git reference]",
    ]
    tree = make(tmp_path, {})
    assert (pip.prepare(tree, project.project), pip.checks(tree, project.project)) == ((), ())


LOCK = """\
version = 1
[manifest]
requirements = [{ name = "a", specifier = ">=1,<2" }]
[[package]]
name = "a"
version = "1.5"
source = { registry = "https://r.example/simple" }
wheels = [{ url = "https://r.example/a.whl" }]
[[package]]
name = "below"
version = "0.1"
source = { registry = "https://r.example/simple" }
wheels = [{ url = "https://r.example/b.whl" }]
"""


def test_a_locked_script_is_a_project_of_its_own(tmp_path: Path) -> None:
    files = {"x.py": SCRIPT, "x.py.lock": LOCK, "y.py": SCRIPT, "setup.py": "", "setup.py.lock": LOCK}
    assert pip.find_manifests(make(tmp_path, files).walk()) == ["setup.py", "x.py"]
    project = read(tmp_path, files)
    assert (project.project.lockfile, project.project.tool) == ("x.py.lock", "uv")
    assert rows(project)[0] == "x.py:6 a >=1,<2 1.5 prod"
    assert rows(project)[-1] == "~x.py.lock:10 below - 0.1 prod"


def test_nothing_moves_beside_a_lock_that_cannot_be_read(tmp_path: Path) -> None:
    project = read(tmp_path, {"x.py": SCRIPT, "x.py.lock": "<<<<<<< HEAD\n"})
    assert held(project)[0].startswith("unreadable x.py.lock:1: ")
    assert "held by x.py.lock, which could not be read" in {row.immovable for row in project.dependencies}


NONE = {
    "nothing": "import a\n",
    "another type": "# /// other\n# dependencies = ['a']\n# ///\n",
    "no end": "# /// script\n# dependencies = ['a']\n",
    "cut by code": "# /// script\nimport a\n# dependencies = ['a']\n# ///\n",
    "no blank": "# /// script\n#dependencies = ['a']\n# ///\n",
    "indented": "  # /// script\n  # dependencies = ['a']\n  # ///\n",
}


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_what_is_no_block_asks_for_nothing(tmp_path: Path, text: str) -> None:
    project = read(tmp_path, {"x.py": text})
    assert (project.dependencies, project.held) == ((), ())


def test_a_second_block_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"^x\.py:4: a second block"):
        read(tmp_path, {"x.py": "# /// script\n# ///\n\n# /// script\n# ///\n"})


def test_many_beginnings_are_read_once(tmp_path: Path) -> None:
    assert read(tmp_path, {"x.py": "# /// script\n" * 100_000}).dependencies == ()


def test_no_toml_is_an_error_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"^x\.py:3: not TOML"):
        read(tmp_path, {"x.py": "\n# /// script\n# dependencies = x\n# ///\n"})


@pytest.mark.parametrize("item", ["1", '"a^1"', '""', "{}"])
def test_what_is_no_requirement_is_held(tmp_path: Path, item: str) -> None:
    text = f'# /// script\n# dependencies = [{item}, "z==1"]\n# ///\n'
    project = read(tmp_path, {"x.py": text})
    assert rows(project) == ["x.py:2 z ==1 1 prod"]
    assert held(project)[0].startswith("unreadable x.py:2: dependencies[0]: ")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    number=st.integers(0, 1),
    target=st.sampled_from(["1.5.0", "9.5.0"]),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
)
def test_only_the_meant_place_changes(tmp_path: Path, number: int, target: str, end: str, mark: str) -> None:
    text = (mark + SCRIPT).replace("\n", end).encode()
    before = read(tmp_path, {"x.py": text})
    row = packages(before)[number]
    answer = pip.edit(text, row, target)
    assert not isinstance(answer, CannotEdit)
    changed = text
    for edit in answer:
        old = edit.before.encode()
        assert text[edit.start : edit.start + len(old)] == old
        changed = text[: edit.start] + edit.after.encode() + text[edit.start + len(old) :]
    after = pip.read_project(make(tmp_path, {"x.py": changed}), "x.py")
    for was, now in zip(before.dependencies, after.dependencies, strict=True):
        expected = (
            replace(was, requirement=answer[0].after, locked=now.locked) if was == row and answer else was
        )
        assert now == expected


WHO = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
BLOCK = '# /// script\n# dependencies = ["a==1"]\n# ///\n'


def test_scripts_without_a_lockfile_are_found_by_their_bytes(tmp_path: Path) -> None:
    files = {
        "tools/run.py": f"#!/usr/bin/env -S uv run\n{BLOCK}",
        "windows.py": BLOCK.replace("\n", "\r\n"),
        "quoted.py": 'TEXT = "# /// script"\n',
        "open.py": "# /// script\n# dependencies = []\n",
        "setup.py": BLOCK,
        "twice.py": BLOCK + BLOCK,
        "plain.py": "import a\n",
        "notes.txt": BLOCK,
    }
    tree = make(tmp_path, dict(files))
    assert pip.find_inside(tree, tree.walk()) == ["tools/run.py", "twice.py", "windows.py"]
    found = read_inventory(tree, {"pip": pip})
    assert [(item.place.path, item.requirement) for item in found.dependencies] == [
        ("tools/run.py", "==1"),
        ("windows.py", "==1"),
    ]
    assert [item.subject for item in found.held] == ["twice.py"]
    assert read_inventory(tree, {"pip": pip}, look_inside=False).dependencies == ()


def test_a_commit_is_searched_like_a_folder(tmp_path: Path) -> None:
    make(tmp_path, {"tools/run.py": BLOCK, "plain.py": "import a\n", "run.txt": BLOCK})
    for words in (["init", "-q"], ["add", "-A"], [*WHO, "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    tree = CommitTree(Git.find(tmp_path), "HEAD")
    assert pip.find_inside(tree, tree.walk()) == ["tools/run.py"]
    assert pip.find_inside(tree, []) == []
    assert tree.search(b"nowhere", tree.walk()) == []
