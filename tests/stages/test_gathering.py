"""Reading inventories, narrowing them, asking registries, grouping: the small stages between."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from tests.stages.books import Files, book
from tests.stages.worlds import MANIFESTS, dependency, inventory, package, project, release
from upgrader.ecosystems.base import Ask, Ecosystem, ProjectRead, Registry, Tree
from upgrader.errors import ConfigError, ManifestError, RegistryError
from upgrader.model import Lookup, NotChecked, PackageName, Project
from upgrader.outside.http import Client
from upgrader.stages.inventory import read_inventory
from upgrader.stages.lookups import answer_for, ask_registries, locate_registries
from upgrader.stages.narrow import Filters, narrow, suggest


class Reads:
    """A book whose manifests are named `*.list`; a file's words are its members, `broken` cannot be read."""

    NAME = "npm"

    def find_manifests(self, paths: Sequence[str]) -> list[str]:
        return [path for path in paths if path.endswith(".list")]

    def find_inside(self, tree: Tree, paths: Sequence[str]) -> list[str]:
        return []

    def read_project(self, tree: Tree, manifest: str) -> ProjectRead:
        words = tree.read(manifest).decode().split()
        if words == ["broken"]:
            raise ManifestError(f"{manifest}:1: broken.", "Mend it.")
        made = Project(
            ecosystem="npm",
            folder=".",
            manifest=manifest,
            manifests=(manifest, *words),
            lockfile=None,
            tool="npm",
        )
        return ProjectRead(project=made, dependencies=(dependency(name=manifest, line=len(words)),))

    def members(self, read: ProjectRead) -> Sequence[str]:
        return read.project.manifests


def test_one_bad_manifest_never_stops_the_rest() -> None:
    tree = Files({"a.list": b"", "b.list": b"broken", "c.list": b""})
    found = read_inventory(tree, {"npm": cast(Ecosystem, Reads())})
    assert [item.id for item in found.projects] == ["npm:a.list", "npm:c.list"]
    (held,) = found.held
    assert (held.kind, held.subject, held.reason, held.advice) == (
        "unreadable",
        "b.list",
        "b.list:1: broken.",
        "Mend it.",
    )


def test_members_are_not_read_again() -> None:
    tree = Files(
        {"root.list": b"web/a.list web/b.list", "web/a.list": b"", "web/b.list": b"", "z/own.list": b""}
    )
    found = read_inventory(tree, {"npm": cast(Ecosystem, Reads())})
    assert [item.manifest for item in found.projects] == ["root.list", "z/own.list"]
    assert len(found.dependencies) == 2


PLACES = [
    dependency(name="left-pad"),
    dependency(name="@types/node", section="dev"),
    dependency("==1.0", "1.0", name="ruamel-yaml", ecosystem="pip"),
    dependency(name="deep", direct=False),
    dependency(name="real-name", alias="nick"),
]


def names(**facts: Any) -> list[str]:
    return [item.name for item in narrow(inventory(*PLACES), Filters(**facts)).dependencies]


@pytest.mark.parametrize(
    ("facts", "left"),
    [
        ({}, ["left-pad", "@types/node", "ruamel-yaml", "deep", "real-name"]),
        ({"packages": ("left-pad",)}, ["left-pad"]),
        ({"packages": ("LEFT-PAD",)}, ["left-pad"]),
        ({"packages": ("@types/*", "deep")}, ["@types/node", "deep"]),
        ({"packages": ("Ruamel.YAML",)}, ["ruamel-yaml"]),
        ({"packages": ("ruamel_*",)}, ["ruamel-yaml"]),
        ({"packages": ("nick",)}, ["real-name"]),
        ({"reject": ("*e*",)}, []),
        ({"ecosystems": ("pip",)}, ["ruamel-yaml"]),
        ({"sections": ("dev",)}, ["@types/node"]),
        ({"ignore": ("*",)}, ["deep"]),
    ],
)
def test_narrowing(facts: dict[str, Any], left: list[str]) -> None:
    if facts.get("reject"):
        left = [name for name in names() if "e" not in name]
    assert names(**facts) == left


def test_what_settings_ignore_is_told() -> None:
    found = narrow(inventory(*PLACES), Filters(ignore=("left-pad",)))
    assert [(item.kind, item.subject) for item in found.held] == [("policy", "left-pad")]


@pytest.mark.parametrize(
    ("name", "advice"), [("left-pda", "Did you mean left-pad?"), ("zzz", "`upgrade inventory`")]
)
def test_a_name_that_nothing_matches(name: str, advice: str) -> None:
    with pytest.raises(ConfigError, match=name) as told:
        names(packages=(name,))
    assert advice in told.value.advice
    assert suggest("zzz", ["left-pad"]) == ""


class Asks:
    """A book that answers look-ups, and fails for what a test wants to fail."""

    NAME = "npm"

    def __init__(self, *, broken: Sequence[str] = ()) -> None:
        self.broken = broken
        self.asked: list[list[str]] = []

    def locate_registry(self, root: Path, project: Project, env: Mapping[str, str], ask: Ask) -> Registry:
        if project.folder in self.broken:
            raise ConfigError(f"{project.folder}/.npmrc: no address.")
        return Registry(ecosystem="npm", url="https://registry.example")

    def look_up(self, client: Client, registry: Registry, names: Sequence[PackageName]) -> list[Lookup]:
        self.asked.append(list(names))
        if registry.problem:
            return [NotChecked(ecosystem="npm", name=name, reason=registry.problem) for name in names]
        return [package("npm", "1.0.0", name=name) for name in names]


def no_tool(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str | None:
    return None


def test_each_package_is_asked_for_once_per_registry(tmp_path: Path) -> None:
    world = Asks()
    books: Any = {"npm": world}
    places = [dependency(), dependency(folder="web"), dependency(name="anchor"), dependency(line=2)]
    held = inventory(*places)
    registries = locate_registries(held, books, tmp_path, {}, no_tool)
    answers = ask_registries(held.dependencies, registries, books, lambda registry: Client(hosts=[]))
    assert world.asked == [["anchor", "crane"]]
    assert sorted(answers) == [
        (f"npm:{folder}{MANIFESTS['npm']}", PackageName(name))
        for folder, name in [("", "anchor"), ("", "crane"), ("web/", "anchor"), ("web/", "crane")]
    ]
    assert isinstance(answer_for(answers, project(), PackageName("winch")), NotChecked)


def test_one_projects_configuration_does_not_stop_the_others(tmp_path: Path) -> None:
    books: Any = {"npm": Asks(broken=["web"])}
    held = inventory(dependency(), dependency(folder="web"))
    registries = locate_registries(held, books, tmp_path, {}, no_tool)
    answers = ask_registries(held.dependencies, registries, books, lambda registry: Client(hosts=[]))
    good, bad = (answers[f"npm:{folder}package.json", PackageName("crane")] for folder in ("", "web/"))
    assert not isinstance(good, NotChecked)
    assert isinstance(bad, NotChecked)
    assert bad.reason == "web/.npmrc: no address."


def test_a_client_that_cannot_be_made_leaves_the_packages_unchecked() -> None:
    def refuse(registry: Registry) -> Client:
        raise RegistryError("registry.example: not an address that is asked.")

    books: Any = {"npm": Asks()}
    place = dependency()
    registries = {place.project: Registry(ecosystem="npm", url="x")}
    (answer,) = ask_registries([place], registries, books, refuse).values()
    assert isinstance(answer, NotChecked)
    assert ask_registries([], {}, books, refuse) == {}


def test_the_small_world_has_a_book_for_each() -> None:
    assert [book(name).NAME for name in MANIFESTS] == list(MANIFESTS)
    assert release("1.0.0").released_at == "2026-02-21T12:00:00Z"
