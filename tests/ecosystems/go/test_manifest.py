"""go.mod as an inventory, and edits of one version in it."""

import random
from pathlib import Path

import pytest

from tests.ecosystems.go.books import modules, read_one, tree
from upgrader.ecosystems.go import edit, find_manifests, normalise, read_project
from upgrader.errors import ManifestError, VersionError
from upgrader.model import CannotEdit, Dependency, Edit

HEAD = "module example.com/app\n\ngo 1.22\n\n"
MOD = (
    HEAD
    + """require example.com/one v1.0.0 // the first

require (
\texample.com/two/v2   v2.1.0
    "example.com/three"\tv0.0.0-20240102150405-0123456789ab
\t// four is old
\texample.com/four v3.0.0+incompatible // indirect; why not
\tgopkg.in/yaml.v2 v2.4.0 // indirect
\texample.com/tools v0.5.0 // indirect
)

tool example.com/tools/cmd/gen
"""
)


def test_lists_only_the_projects_own_modules() -> None:
    skipped = [
        "a/testdata/go.mod",
        "vendor/x/go.mod",
        "_old/go.mod",
        ".cache/go.mod",
        "go.mod.bak",
        "testdata/go.work",
    ]
    assert find_manifests(
        ["z/go.mod", "go.work", "go.mod", *skipped, "a/b/go.mod", "testdata.go/go.mod"]
    ) == [
        "a/b/go.mod",
        "go.mod",
        "go.work",
        "testdata.go/go.mod",
        "z/go.mod",
    ]


def test_every_requirement_with_its_line(tmp_path: Path) -> None:
    found = read_one(tmp_path, MOD)
    assert [(d.name, d.locked, d.direct, d.section, d.place.line) for d in found.values()] == [
        ("example.com/one", "v1.0.0", True, "prod", 5),
        ("example.com/two/v2", "v2.1.0", True, "prod", 8),
        ("example.com/three", "v0.0.0-20240102150405-0123456789ab", True, "prod", 9),
        ("example.com/four", "v3.0.0+incompatible", False, "prod", 11),
        ("gopkg.in/yaml.v2", "v2.4.0", False, "prod", 12),
        ("example.com/tools", "v0.5.0", True, "dev", 13),
    ]
    assert found["example.com/tools"].group == "tool"
    assert {d.requirement for d in found.values()} >= {"v1.0.0", "v3.0.0+incompatible"}


def test_the_project_tells_its_name_go_version_and_lockfile(tmp_path: Path) -> None:
    files = {"sub/go.mod": MOD, "sub/go.sum": ""}
    project = read_project(tree(tmp_path, files), "sub/go.mod").project
    assert (project.id, project.folder, project.lockfile) == ("go:sub/go.mod", "sub", "sub/go.sum")
    assert (project.name, project.runtime, project.tool) == ("example.com/app", "1.22", "go")


@pytest.mark.parametrize(
    ("replace", "name", "locked", "immovable"),
    [
        pytest.param("", "example.com/one", "v1.0.0", "", id="none"),
        pytest.param("replace example.com/other => ../x", "example.com/one", "v1.0.0", "", id="of another"),
        pytest.param(
            "replace example.com/one v1.9.9 => ../x", "example.com/one", "v1.0.0", "", id="other version"
        ),
        pytest.param(
            "replace example.com/one => example.com/one v1.0.7", "example.com/one", "v1.0.7", "", id="pin"
        ),
        pytest.param(
            "replace example.com/one => ../one",
            "example.com/one",
            None,
            "the folder ../one (go.mod:17)",
            id="folder",
        ),
        pytest.param(
            "replace example.com/one => example.com/me/one v1.1.0",
            *("example.com/me/one", "v1.1.0", "the fork example.com/me/one v1.1.0 (go.mod:17)"),
            id="fork",
        ),
        pytest.param(
            "replace example.com/one => ../x\nreplace example.com/one v1.0.0 => example.com/one v1.0.3",
            *("example.com/one", "v1.0.3", ""),
            id="the very version wins",
        ),
    ],
)
def test_a_replacement_is_what_is_used(
    tmp_path: Path, replace: str, name: str, locked: str | None, immovable: str
) -> None:
    one = read_one(tmp_path, MOD + replace + "\n")["example.com/one"]
    assert (one.name, one.locked, one.place.line) == (name, locked, 5)
    assert one.immovable.endswith(immovable)
    assert bool(one.immovable) is bool(immovable)


def test_a_replacement_of_a_module_that_is_not_required_is_listed(tmp_path: Path) -> None:
    found = read_one(tmp_path, MOD + "replace example.com/deep => example.com/deep v1.4.0\n")
    assert (found["example.com/deep"].direct, found["example.com/deep"].locked) == (False, "v1.4.0")


def test_of_two_lines_for_a_module_the_higher_is_used(tmp_path: Path) -> None:
    text = f"{HEAD}require example.com/a v1.10.0\nrequire example.com/a v1.9.0\n"
    read = read_project(tree(tmp_path, {"go.mod": text}), "go.mod")
    assert [(d.place.line, d.requirement, d.locked) for d in modules(read)] == [
        (5, "v1.10.0", "v1.10.0"),
        (6, "v1.9.0", "v1.10.0"),
    ]


@pytest.mark.parametrize(
    ("sample", "lines"),
    [
        ("flag-names", [6, 7, 8, 9, 10]),
        ("huge-version", [6]),
        ("truncated", [5, 7]),
        ("wrong-words", [5, 6, 7, 8]),
    ],
)
def test_hostile_lines_are_held_and_the_rest_goes_on(fixtures: Path, sample: str, lines: list[int]) -> None:
    files = {"go.mod": (fixtures / "hostile/go" / sample / "go.mod").read_bytes()}
    read = read_project(tree(fixtures / "hostile/go" / sample, {}), "go.mod")
    held = [item for item in read.held if item.kind == "unreadable"]
    assert sorted(item.place.line for item in held if item.place) == lines
    assert all(item.reason.startswith(f"go.mod:{item.place.line}: has ") for item in held if item.place)
    assert all("tidewater.example" in item.name for item in modules(read)), files


@pytest.mark.parametrize(
    "line",
    [
        "require -flag v1.0.0",
        "replace -flag => ../x",
        "replace example.com/zz => -flag v1.0.0",
        "replace example.com/one => a;b v1.0.0",
        "tool -flag",
        "tool /",
        'require "" v1.0.0',
    ],
)
def test_no_path_breaks_the_reader(tmp_path: Path, line: str) -> None:
    read = read_project(tree(tmp_path, {"go.mod": f"{MOD}{line}\n", "go.sum": ""}), "go.mod")
    assert len(read.dependencies) >= 5
    assert all(item.reason.startswith("go.mod:") for item in read.held)
    assert line.startswith("tool") or read.held


@pytest.mark.parametrize("sample", ["bom", "utf-16"])
def test_what_is_no_text_is_refused(fixtures: Path, sample: str) -> None:
    with pytest.raises(ManifestError, match=r"^go\.mod:1: "):
        read_project(tree(fixtures / "hostile/go" / sample, {}), "go.mod")


def test_normalise_refuses_what_is_no_module_path() -> None:
    assert normalise("example.com/Up") == "example.com/Up"
    with pytest.raises(VersionError):
        normalise("-exec=./evil.sh")


# -- edits


def applied(text: bytes, edits: object) -> bytes:
    """The text with the edits made; fails when there is none."""
    assert isinstance(edits, (list, tuple))
    assert len(edits) == 1
    made = edits[0]
    assert isinstance(made, Edit)
    before = made.before.encode()
    assert text[made.start : made.start + len(before)] == before
    assert text.count(b"\n", 0, made.start) + 1 == made.line
    return text[: made.start] + made.after.encode() + text[made.start + len(before) :]


def test_nothing_to_do_when_it_asks_for_the_target_already(tmp_path: Path) -> None:
    one = read_one(tmp_path, MOD)["example.com/one"]
    assert edit(MOD.encode(), one, "v1.0.0") == ()


@pytest.mark.parametrize(
    ("name", "target", "more", "says"),
    [
        pytest.param(
            "example.com/one", "v2.0.0", "", "import path changes to example.com/one/v2", id="next major"
        ),
        pytest.param(
            "example.com/two/v2", "v3.0.0", "", "path changes to example.com/two/v3", id="suffix to suffix"
        ),
        pytest.param("gopkg.in/yaml.v2", "v3.0.1", "", "path changes to gopkg.in/yaml.v3", id="gopkg.in"),
        pytest.param("example.com/one", "latest", "", "is not a version", id="a query"),
        pytest.param("example.com/one", "v1.1.0\nevil", "", "is not a version", id="two lines"),
        pytest.param(
            "example.com/one",
            "v1.1.0",
            "exclude example.com/one v1.1.0",
            "go.mod:17: v1.1.0 is exc",
            id="excluded",
        ),
        pytest.param(
            "example.com/one", "v1.1.0", "replace example.com/one => ../one", "the folder", id="folder"
        ),
    ],
)
def test_says_why_a_place_is_left_alone(tmp_path: Path, name: str, target: str, more: str, says: str) -> None:
    text = MOD + more + "\n"
    answer = edit(text.encode(), read_one(tmp_path, text)[name], target)
    assert isinstance(answer, CannotEdit)
    assert says in answer.reason


def test_a_line_that_moved_since_is_left_alone(tmp_path: Path) -> None:
    one = read_one(tmp_path, MOD)["example.com/one"]
    answer = edit(b"\n" + MOD.encode(), one, "v1.1.0")
    assert isinstance(answer, CannotEdit)
    assert "not required there any more" in answer.reason


@pytest.mark.parametrize(
    ("name", "target", "line"),
    [
        pytest.param(
            "example.com/one", "v1.1.0", "require example.com/one v1.1.0 // the first", id="single line"
        ),
        pytest.param("example.com/two/v2", "v2.2.0", "\texample.com/two/v2   v2.2.0", id="aligned"),
        pytest.param("example.com/three", "v1.0.0", '    "example.com/three"\tv1.0.0', id="quoted path"),
        pytest.param(
            "example.com/four",
            "v4.0.0+incompatible",
            "\texample.com/four v4.0.0+incompatible // indirect; why not",
            id="incompatible major",
        ),
    ],
)
def test_changes_the_version_alone(tmp_path: Path, name: str, target: str, line: str) -> None:
    done = applied(MOD.encode(), edit(MOD.encode(), read_one(tmp_path, MOD)[name], target)).decode()
    changed = [new for old, new in zip(MOD.split("\n"), done.split("\n"), strict=True) if old != new]
    assert changed == [line]


def test_a_pin_by_replace_moves_on_its_own_line(tmp_path: Path) -> None:
    text = MOD + 'replace example.com/one => example.com/one "v1.0.7" // pinned\n'
    done = applied(text.encode(), edit(text.encode(), read_one(tmp_path, text)["example.com/one"], "v1.1.0"))
    assert done == text.replace('"v1.0.7"', '"v1.1.0"').encode()
    assert read_one(tmp_path / "after", done)["example.com/one"].locked == "v1.1.0"


VERSIONS = ["v1.2.3", "v0.0.0-20240102150405-0123456789ab", "v1.10.0-rc.1", '"v1.0.0"', "v1.2"]


def random_manifest(dice: random.Random) -> str:
    """Requirements in every style there is."""
    lines = []
    for number in range(dice.randrange(1, 9)):
        path = dice.choice([f"example.com/m{number}", f'"example.com/m{number}"', f"example.com/M{number}/x"])
        note = dice.choice(["", " // indirect", " // why, v1.2.3", "\t//indirect"])
        lines.append(f"{path}{dice.choice([' ', '   ', chr(9)])}{dice.choice(VERSIONS)}{note}")
    blocks = [
        f"require {lines[0]}\n",
        "require (\n" + "".join(f"{dice.choice([chr(9), '', '    '])}{line}\n" for line in lines[1:]) + ")\n",
        "replace example.com/zzz => ../zzz\n",
        "exclude example.com/m1 v1.9.0\n",
    ]
    dice.shuffle(blocks)
    text = "module example.com/app\n\ngo 1.21\n\n" + "\n".join(blocks)
    return text.replace("\n", "\r\n") if dice.random() < 0.3 else text


def facts(read: dict[str, Dependency]) -> dict[str, tuple[object, ...]]:
    return {name: (d.requirement, d.locked, d.direct, d.place, d.immovable) for name, d in read.items()}


@pytest.mark.parametrize("seed", range(60))
def test_one_edit_changes_one_dependency_and_no_other_byte(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    text = random_manifest(dice).encode()
    before = read_one(tmp_path / "before", text)
    chosen = dice.choice([item for item in before.values() if item.name != "example.com/zzz"])
    done = applied(text, edit(text, chosen, "v1.77.0"))
    after = read_one(tmp_path / "after", done)
    was, now = facts(before), facts(after)
    assert {name for name in was if was[name] != now[name]} == {chosen.name}
    assert (after[chosen.name].requirement, after[chosen.name].locked) == ("v1.77.0", "v1.77.0")
    assert edit(done, after[chosen.name], "v1.77.0") == ()
