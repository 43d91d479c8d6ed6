"""An edit that changes more, or less, than the one requirement it was made for leaves the file alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stages.books import Files, book
from upgrader.ecosystems import ECOSYSTEMS
from upgrader.model import CannotEdit, Dependency, EcosystemName, Edit, Project
from upgrader.stages.inventory import read_inventory
from upgrader.stages.reread import Change, check_changes

FORMS: dict[str, tuple[EcosystemName, str, str, str, dict[str, str]]] = {
    "package.json": (
        "npm",
        "a",
        "2.0.0",
        "package.json",
        {"package.json": '{"dependencies": {"a": "^1.0.0", "b": "^1.0.0"}}'},
    ),
    "an alias": (
        "npm",
        "a",
        "2.0.0",
        "package.json",
        {"package.json": '{"dependencies": {"x": "npm:a@^1.0.0"}}'},
    ),
    "a workspace": (
        "npm",
        "a",
        "2.0.0",
        "p/package.json",
        {"package.json": '{"workspaces": ["p"]}', "p/package.json": '{"devDependencies": {"a": "~1.0.0"}}'},
    ),
    "requirements": (
        "pip",
        "a",
        "2.0",
        "requirements.txt",
        {"requirements.txt": "-r b.txt\na==1.0 # why\nb>=1\n", "b.txt": "c==1\n"},
    ),
    "an include": (
        "pip",
        "c",
        "2.0",
        "b.txt",
        {"requirements.txt": "-r b.txt\na==1.0\n", "b.txt": "c==1.0\n"},
    ),
    "PEP 621": (
        "pip",
        "a",
        "2.0",
        "pyproject.toml",
        {"pyproject.toml": '[project]\nname = "x"\ndependencies = ["a>=1,<2", "b"]\n'},
    ),
    "Poetry": (
        "pip",
        "a",
        "2.0",
        "pyproject.toml",
        {
            "pyproject.toml": '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.9"\na = "^1.2"\n'
        },
    ),
    "Pipfile": ("pip", "a", "2.0", "Pipfile", {"Pipfile": '[packages]\na = "==1.0"\nb = "*"\n'}),
    "setup.cfg": (
        "pip",
        "a",
        "2.0",
        "setup.cfg",
        {"setup.cfg": "[options]\ninstall_requires =\n  a~=1.0\n  b\n"},
    ),
    "Cargo.toml": (
        "cargo",
        "a",
        "2.0.0",
        "Cargo.toml",
        {"Cargo.toml": '[package]\nname = "x"\n[dependencies]\na = "1"\nb = "1"\n'},
    ),
    "a Cargo workspace": (
        "cargo",
        "a",
        "2.0.0",
        "Cargo.toml",
        {
            "Cargo.toml": '[workspace]\nmembers = ["m"]\n[workspace.dependencies]\na = "1"\n',
            "m/Cargo.toml": '[package]\nname = "m"\n[dependencies]\na = { workspace = true }\n',
        },
    ),
    "go.mod": (
        "go",
        "example.com/a",
        "v1.5.0",
        "go.mod",
        {"go.mod": "module x\n\nrequire (\n\texample.com/a v1.2.3\n\texample.com/ab v1.2.3\n)\n"},
    ),
}


def found(name: str) -> tuple[Files, Dependency, Project, str]:
    ecosystem, package, target, path, texts = FORMS[name]
    tree = Files({file: text.encode() for file, text in texts.items()})
    inventory = read_inventory(tree, ECOSYSTEMS)
    (place,) = (
        item
        for item in inventory.dependencies
        if (item.ecosystem, item.name, item.place.path) == (ecosystem, package, path)
        and item.direct
        and not item.immovable
    )
    return tree, place, next(one for one in inventory.projects if one.id == place.project), target


@pytest.mark.parametrize("name", FORMS)
def test_a_right_edit_passes(name: str) -> None:
    tree, place, project, target = found(name)
    edits = ECOSYSTEMS[place.ecosystem].edit(tree.read(place.place.path), place, target)
    assert not isinstance(edits, CannotEdit)
    assert edits
    change = Change(place=place, target=target, edits=tuple(edits))
    assert check_changes(ECOSYSTEMS[place.ecosystem], project, tree, [change]) is None


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("fault", ["another", "too low", "nothing", "broken"])
def test_a_wrong_edit_leaves_the_file_alone(name: str, fault: str) -> None:
    tree, place, project, target = found(name)
    text = tree.read(place.place.path)
    (edit,) = ECOSYSTEMS[place.ecosystem].edit(text, place, target)  # type: ignore[misc]  # a refusal fails to unpack
    wrong = spoiled(edit, text, fault)
    change = Change(place=place, target=target, edits=(wrong,))
    told = check_changes(ECOSYSTEMS[place.ecosystem], project, tree, [change])
    assert told is not None
    assert told.reason.startswith(f"{place.place}: {place.name}: read again after the edit, ")


def spoiled(edit: Edit, text: bytes, fault: str) -> Edit:
    """The edit, but of the whole file up to its place: nothing, too little, or something else too."""
    facts: dict[str, Any] = {name: getattr(edit, name) for name in edit.__struct_fields__}
    match fault:
        case "nothing":
            return Edit(**{**facts, "after": edit.before})
        case "too low":
            low = edit.before.replace("1", "0").replace("2", "1")
            return Edit(**{**facts, "after": low})
        case "broken":
            return Edit(**{**facts, "start": 0, "before": text.decode(), "after": "\x00["})
        case _:
            whole = text.decode().replace("a", "z")
            return Edit(**{**facts, "start": 0, "before": text.decode(), "after": whole})


def test_a_neighbour_that_is_hit_is_named() -> None:
    tree = Files({"package.json": b"ab ^1.0.0\nb ^1.0.0\n"})
    plain = book("npm")
    read = plain.read_project(tree, "package.json")
    place = read.dependencies[1]
    edits = plain.edit(tree.read("package.json"), place, "2.0.0")
    assert not isinstance(edits, CannotEdit)
    told = check_changes(plain, read.project, tree, [Change(place=place, target="2.0.0", edits=tuple(edits))])
    assert told is not None
    assert told.reason == ("package.json:2: b: read again after the edit, ab asks for ^2.0.0 and not ^1.0.0.")
