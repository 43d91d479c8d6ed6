"""The real uv and pip against the registry on loopback: locate, look up, edit, relock, prepare, check."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.loopback import Site
from upgrader.ecosystems import pip
from upgrader.ecosystems.base import ProjectRead, Registry
from upgrader.model import CannotEdit, Command, Package, Release, Update
from upgrader.outside.files import Tree
from upgrader.outside.http import Client

Sample = Callable[[str], Path]


class Desk:
    """A sample project and a user's environment around it."""

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self.root = root
        self.env = dict(env)
        self.tree = Tree(root)
        self.manifest = next(iter(pip.find_manifests(self.tree.walk())))

    def read(self) -> ProjectRead:
        return pip.read_project(self.tree, self.manifest)

    def run(self, command: Command) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command.argv,
            cwd=self.root / command.folder,
            env=self.env | command.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, commands: Sequence[Command]) -> None:
        for command in commands:
            done = self.run(command)
            assert done.returncode == 0, f"{command.argv}\n{done.stdout}\n{done.stderr}"

    def registry(self) -> Registry:
        def ask(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str | None:
            raise AssertionError(f"asked {argv} although an index is configured")

        return pip.locate_registry(self.root, self.read().project, self.env, ask)

    def move(self, name: str, version: str) -> list[str]:
        """Edit every place and refresh the lockfile; the files that git sees changed."""
        read = self.read()
        places = [row for row in read.dependencies if row.name == name and row.direct]
        assert places
        for row in places:
            path = self.root / row.place.path
            answer = pip.edit(path.read_bytes(), row, version)
            assert not isinstance(answer, CannotEdit), answer
            for edit in answer:
                data = path.read_bytes()
                end = edit.start + len(edit.before.encode())
                path.write_bytes(data[: edit.start] + edit.after.encode() + data[end:])
        update = Update(
            dependencies=tuple(places),
            current=places[0].locked or "",
            target=Release(version=version),
            latest=version,
            in_range=None,
            move="unknown",
            source="loopback",
        )
        self.must(pip.relock(read.project, [update]))
        changed = subprocess.run(
            ["git", "diff", "--name-only"], cwd=self.root, capture_output=True, text=True, check=True
        )
        return changed.stdout.split()


@pytest.fixture
def shop(sample: Sample, client: dict[str, str]) -> Desk:
    return Desk(sample("pip/shop"), client)


@pytest.fixture
def requirements(sample: Sample, client: dict[str, str]) -> Desk:
    return Desk(sample("pip/requirements"), client)


def locked(read: ProjectRead) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in read.dependencies:
        if row.locked:
            found.setdefault(row.name, set()).add(row.locked)
    return found


@pytest.mark.tools("uv", "git")
def test_uv_moves_one_package_and_nothing_else(shop: Desk) -> None:
    before = locked(shop.read())
    assert shop.read().held == ()
    assert sorted(shop.move("tidewater-tally", "2.0.0")) == ["pyproject.toml", "uv.lock"]
    after = locked(shop.read())
    assert after == before | {"tidewater-tally": {"2.0.0"}}
    row = next(row for row in shop.read().dependencies if row.name == "tidewater-tally")
    assert row.requirement == ">=1.1,<3"


@pytest.mark.tools("uv", "git")
def test_uv_moves_a_package_that_asks_for_no_version(shop: Desk) -> None:
    assert shop.move("tidewater-keel", "1.1.0") == ["uv.lock"]
    assert locked(shop.read())["tidewater-keel"] == {"1.1.0"}


@pytest.mark.tools("uv", "git")
def test_a_refresh_follows_the_lockfile_of_a_user_who_froze_it(shop: Desk) -> None:
    shop.env |= {"UV_FROZEN": "1"}
    assert shop.move("tidewater-keel", "1.1.0") == ["uv.lock"]


@pytest.mark.tools("uv")
def test_a_uv_project_is_tested_in_an_environment_of_its_own(shop: Desk) -> None:
    project = shop.read().project
    shop.must(pip.prepare(shop.tree, project))
    assert (shop.root / ".venv/bin/python").exists()
    checks = pip.checks(shop.tree, project)
    assert [check.kind for check in checks] == ["tests", "start"]
    done = [shop.run(check.command) for check in checks]
    assert [item.returncode for item in done] == [0, 0]
    assert "test_ties_a_label (tests.test_basket.BasketTest.test_ties_a_label) ... ok" in done[0].stderr


def test_requirements_are_installed_and_tested_by_pip(requirements: Desk) -> None:
    assert sorted(requirements.move("tidewater-gull", "1.1.0")) == ["constraints.txt"]
    assert sorted(requirements.move("tidewater-cord", "1.1.0")) == ["constraints.txt", "requirements.txt"]
    project = requirements.read().project
    requirements.must(pip.prepare(requirements.tree, project))
    listed = requirements.run(Command(argv=(".venv/bin/python", "-I", "-m", "pip", "freeze")))
    assert {"tidewater-cord==1.1.0", "tidewater-gull==1.1.0", "tidewater-bell==1.0.0"} <= set(
        listed.stdout.split()
    )
    for check in pip.checks(requirements.tree, project):
        assert requirements.run(check.command).returncode == 0


def test_moving_a_line_leaves_every_other_byte(requirements: Desk) -> None:
    path = requirements.root / "dev-requirements.txt"
    before = path.read_bytes()
    requirements.move("tidewater-bell", "1.1.0")
    assert path.read_bytes() == before.replace(b"tidewater-bell==1.0.0", b"tidewater-bell==1.1.0")
    assert b"\r\n" in before


@pytest.mark.parametrize("name", ["shop", "requirements"])
def test_packages_are_looked_up_where_the_client_is_set_up(
    name: str, request: pytest.FixtureRequest, site: Site
) -> None:
    desk: Desk = request.getfixturevalue(name)
    registry = desk.registry()
    assert (registry.problem, registry.url) == ("", site.pip_simple_url.rstrip("/"))
    names = sorted({row.name for row in desk.read().dependencies if not row.is_runtime})
    with Client(hosts=[registry.url]) as client:
        answers = pip.look_up(client, registry, names)
    assert all(isinstance(answer, Package) and answer.releases for answer in answers)


def test_the_users_own_pip_tells_its_default(requirements: Desk) -> None:
    """What pip itself carries is asked from the pip of this environment; it names some index over https."""
    project = requirements.read().project
    env = {
        "HOME": str(requirements.root),
        "PATH": os.environ.get("PATH", os.defpath),
        "PIP_CONFIG_FILE": os.devnull,
    }

    def ask(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str | None:
        done = subprocess.run(argv, cwd=cwd, env=dict(env), capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    registry = pip.locate_registry(requirements.root, project, env, ask)
    assert registry.problem == ""
    assert registry.url.startswith("https://")
