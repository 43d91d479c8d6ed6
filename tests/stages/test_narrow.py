"""The parts of an inventory that a person asks for, and what is said of the rest."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.stages.worlds import dependency, inventory
from upgrader.errors import ConfigError
from upgrader.model import Held, Inventory, Place
from upgrader.stages.narrow import Filters, narrow

PLACES = (
    dependency("^4.0.0", "4.1.2", name="chalk"),
    dependency("^1.0.0", "1.3.0", name="left-pad", section="dev"),
    dependency("^2.0.0", "2.0.0", name="left-pad", folder="tests/fixtures/a"),
    dependency("^3.0.0", "3.0.0", name="zzz", folder="tests/fixtures/b"),
    dependency(">=2", "2.1", name="flask", ecosystem="pip", folder="py"),
)


def left(filters: Filters, found: Inventory | None = None) -> list[str]:
    chosen = narrow(found or inventory(*PLACES), filters).dependencies
    return [f"{item.name} {item.locked}" for item in chosen]


EVERYTHING = ["chalk 4.1.2", "left-pad 1.3.0", "left-pad 2.0.0", "zzz 3.0.0", "flask 2.1"]


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(packages=("*",)),
        Filters(reject=("nothing-*", "/^nothing$/")),
        Filters(ignore=("nothing",)),
        Filters(ignore_paths=("nowhere",)),
        Filters(packages=("chalk,left-pad", "zzz", "flask")),
    ],
)
def test_everything_stays(filters: Filters) -> None:
    assert left(filters) == EVERYTHING


@pytest.mark.parametrize(
    "filters, names",
    [
        (Filters(packages=("left-pad@^1",)), ["left-pad 1.3.0"]),
        (Filters(packages=("!chalk", "!flask")), ["left-pad 1.3.0", "left-pad 2.0.0", "zzz 3.0.0"]),
        (Filters(packages=("/pad$/,chalk",), reject=("left-pad@<2",)), ["chalk 4.1.2", "left-pad 2.0.0"]),
        (Filters(reject=("*-*", "zzz")), ["chalk 4.1.2", "flask 2.1"]),
        (Filters(sections=("dev",)), ["left-pad 1.3.0"]),
        (Filters(ecosystems=("pip",)), ["flask 2.1"]),
        (Filters(ignore_paths=("tests/fixtures",)), ["chalk 4.1.2", "left-pad 1.3.0", "flask 2.1"]),
        (Filters(ignore_paths=("tests/fixtures/a/package.json", "py")), EVERYTHING[:2] + EVERYTHING[3:4]),
    ],
)
def test_a_part_is_asked_for(filters: Filters, names: list[str]) -> None:
    assert left(filters) == names


def test_projects_of_other_ecosystems_are_not_told() -> None:
    made = narrow(inventory(*PLACES), Filters(ecosystems=("pip",)))
    assert {project.ecosystem for project in made.projects} == {"pip"}


def test_manifests_that_are_left_out_are_counted_and_their_faults_go_with_them() -> None:
    fault = Held(
        kind="unreadable",
        subject="tests/fixtures/c/package.json",
        reason="broken",
        place=Place(path="tests/fixtures/c/package.json", line=0),
    )
    found = replace(inventory(*PLACES), held=(fault,))
    made = narrow(found, Filters(ignore_paths=("tests/fixtures",)))
    (told,) = made.held
    assert (told.kind, told.subject) == ("policy", "ignore-paths")
    assert told.reason == (
        "3 manifests left out by ignore-paths: tests/fixtures/a/package.json, "
        "tests/fixtures/b/package.json, tests/fixtures/c/package.json"
    )
    assert [project.id for project in made.projects] == ["npm:package.json", "pip:py/pyproject.toml"]


@pytest.mark.parametrize(
    "filters, message, advice",
    [
        (
            Filters(packages=("chalc",)),
            "chalc: no manifest asks for a package of this name.",
            "Did you mean chalk?",
        ),
        (
            Filters(packages=("nope-*",)),
            "nope-*: no manifest asks",
            "`upgrade inventory` lists what there is.",
        ),
        (Filters(packages=("/^nope/",)), "/^nope/: no manifest asks", "`upgrade inventory` lists"),
        (Filters(reject=("left-pat",)), "left-pat: no manifest asks", "Did you mean left-pad?"),
        (Filters(reject=("!chalc",)), "!chalc: no manifest asks", "Did you mean chalk?"),
        (
            Filters(packages=("left-pad@^9",)),
            "left-pad@^9: left-pad is used at 1.3.0, 2.0.0, none of it in that range.",
            "Leave the range out",
        ),
    ],
)
def test_what_is_not_there_is_an_error(filters: Filters, message: str, advice: str) -> None:
    with pytest.raises(ConfigError) as caught:
        narrow(inventory(*PLACES), filters)
    assert caught.value.message.startswith(message)
    assert caught.value.advice.startswith(advice)
