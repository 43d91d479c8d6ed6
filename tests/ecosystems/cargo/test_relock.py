"""Commands that move one package in Cargo.lock, run by the real cargo against the registry on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ecosystems.cargo.worlds import HEAD, locked, lockfile, only, project, read, update, write
from tests.loopback import Site, client_env
from upgrader.ecosystems import cargo
from upgrader.errors import StepRefused, UpgraderError, VersionError
from upgrader.model import Command, Dependency, Edit, Project, Update
from upgrader.outside.files import Tree
from upgrader.outside.shell import run


def asked(tmp_path: Path, requirement: str, version: str) -> Dependency:
    lock = lockfile(locked("aa", version), locked("app", "0.1.0", "aa", source=""))
    return only(
        read(tmp_path, {"Cargo.toml": HEAD + f"[dependencies]\naa = '{requirement}'\n", "Cargo.lock": lock}),
        "aa",
    )


PRECISE = {
    "patch": ("1", "1.0.0", "1.0.5", [["-p", "aa@1.0.0", "--precise", "1.0.5"]]),
    "below one": ("0.3", "0.3.1", "0.3.2", [["-p", "aa@0.3.1", "--precise", "0.3.2"]]),
    "major": ("1", "1.0.0", "2.1.0", [["--workspace"], ["-p", "aa@2", "--precise", "2.1.0"]]),
    "minor below one": ("0.3", "0.3.1", "0.4.0", [["--workspace"], ["-p", "aa@0.4", "--precise", "0.4.0"]]),
    "0.0": ("0.0.3", "0.0.3", "0.0.4", [["--workspace"], ["-p", "aa@0.0.4", "--precise", "0.0.4"]]),
    "prerelease": ("1", "1.0.0", "2.0.0-rc.1", [["--workspace"], ["-p", "aa", "--precise", "2.0.0-rc.1"]]),
    "build metadata": ("1", "1.0.0+a", "1.0.1+b", [["-p", "aa@1.0.0+a", "--precise", "1.0.1+b"]]),
}


@pytest.mark.parametrize("name", PRECISE)
def test_commands(tmp_path: Path, name: str) -> None:
    requirement, current, target, wanted = PRECISE[name]
    commands = cargo.relock(project("sub"), [update(asked(tmp_path, requirement, current), target)])
    assert [list(command.argv) for command in commands] == [["cargo", "update", *words] for words in wanted]
    for command in commands:
        assert command.folder == "sub"
        assert command.network
        assert (
            command.env["RUSTC"],
            command.env["RUSTC_WRAPPER"],
            command.env["RUSTC_WORKSPACE_WRAPPER"],
        ) == ("rustc", "", "")


def test_an_entry_that_nobody_uses_has_nothing_to_be_set(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {"Cargo.toml": "[workspace]\n[workspace.dependencies]\naa = '1'\n", "Cargo.lock": lockfile()},
    )
    (command,) = cargo.relock(found.project, [update(only(found, "aa"), "2.0.0")])
    assert command.argv == ("cargo", "update", "--workspace")


def test_a_lockfile_that_could_not_be_read_is_refused(tmp_path: Path) -> None:
    files = {"Cargo.toml": HEAD + "[dependencies]\naa = '1.0.0'\n", "Cargo.lock": "<<<<<<< HEAD\n"}
    found = read(tmp_path, files)
    with pytest.raises(StepRefused, match=r"^Cargo\.lock: could not be read"):
        cargo.relock(found.project, [update(only(found, "aa"), "1.0.1")])


def test_withdrawn_targets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StepRefused, match="yanked: bad"):
        cargo.relock(
            project(),
            [update(asked(tmp_path, "1", "1.0.0"), "1.0.1", withdrawn="yanked", withdrawn_reason="bad")],
        )


@pytest.mark.parametrize("target", ["--config=x", "1.0", "", "1.0.0 --offline", "v1.0.0", "1.0.0\n"])
def test_what_is_no_version_reaches_no_command(tmp_path: Path, target: str) -> None:
    with pytest.raises(VersionError):
        cargo.relock(project(), [update(asked(tmp_path, "1", "1.0.0"), target)])


def test_touched() -> None:
    assert list(cargo.touched(project("a"))) == ["a/Cargo.lock"]
    assert list(cargo.touched(project(lock=False))) == []


def perform(root: Path, commands: list[Command], env: dict[str, str]) -> None:
    for command in commands:
        finished = run(command.argv, cwd=root / command.folder, env={**env, **command.env}, timeout_s=120)
        assert finished.ok, finished.output


def edit_all(root: Path, moved: Update) -> None:
    for place in moved.dependencies:
        path = root / place.place.path
        text = path.read_bytes()
        answer = cargo.edit(text, place, moved.target.version)
        assert isinstance(answer, tuple)
        for change in answer:
            assert isinstance(change, Edit)
            after = change.start + len(change.before.encode())
            text = text[: change.start] + change.after.encode() + text[after:]
        path.write_bytes(text)


def state(root: Path, found: Project) -> dict[tuple[str, str], str]:
    """Every locked package by name and place kind."""
    again = cargo.read_project(Tree(root), found.manifest)
    assert again.held == ()
    return {
        (item.name, item.place.key if item.direct else "lock"): item.locked or ""
        for item in again.dependencies
    }


MOVES = {
    "lock only": ("cargo/shop", "tidewater-swell", None),
    "requirement and lock": ("cargo/shop", "tidewater-cord", "2.0.0"),
    "shared entry": ("cargo/workspace", "tidewater-tally", None),
    "below one": ("cargo/workspace", "tidewater-foam", "0.2.0"),
}


@pytest.mark.tools("cargo")
@pytest.mark.parametrize("name", MOVES)
def test_real_cargo_moves_one_package(
    name: str, site: Site, client: dict[str, str], sample: Callable[[str], Path]
) -> None:
    fixture, crate, target = MOVES[name]
    root = sample(fixture)
    found = cargo.read_project(Tree(root), "Cargo.toml")
    places = tuple(item for item in found.dependencies if item.name == crate and item.direct)
    releases = [item for item in site.catalogue.releases("cargo", crate) if item.withdrawn is None]
    wanted = target or releases[-1].version
    moved = Update(
        dependencies=places,
        current=places[0].locked or "",
        target=update(places[0], wanted).target,
        latest=wanted,
        in_range=None,
        move="unknown",
        source="test",
    )
    assert moved.current not in ("", wanted)
    before = state(root, found.project)
    edit_all(root, moved)
    perform(root, list(cargo.relock(found.project, [moved])), client)
    after = state(root, found.project)
    changed = {key[0] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    direct = {item.name for item in found.dependencies if item.direct}
    assert changed & direct == {crate}
    assert {after[crate, place.place.key] for place in places} == {wanted}
    perform(root, list(cargo.prepare(Tree(root), found.project)), client)


def crate(site: Site, name: str, version: str, needs: str = "") -> None:
    text = f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n[dependencies]\n{needs}'
    site.publish("cargo", name, version, files={"Cargo.toml": text, "src/lib.rs": ""}, age="90d")


@pytest.mark.tools("cargo")
def test_real_cargo_leaves_the_version_another_crate_needs(fresh_site: Site, tmp_path: Path) -> None:
    for version in ("1.0.0", "1.1.0", "2.0.0", "2.1.0"):
        crate(fresh_site, "keel", version)
    crate(fresh_site, "mast", "1.0.0", 'keel = "1"\n')
    crate(fresh_site, "mast", "1.1.0", 'keel = "1"\n')
    env = client_env(fresh_site, tmp_path / "home")
    root = tmp_path / "app"
    write(root, {"Cargo.toml": HEAD + '[dependencies]\nkeel = "1.0"\nmast = "1"\n', "src/lib.rs": ""})
    generate = Command(argv=("cargo", "update", "-p", "keel", "--precise", "1.0.0"))
    perform(root, [generate, Command(argv=("cargo", "update", "-p", "mast", "--precise", "1.0.0"))], env)
    found = cargo.read_project(Tree(root), "Cargo.toml")
    moved = update(only(found, "keel"), "2.0.0")
    edit_all(root, moved)
    perform(root, list(cargo.relock(found.project, [moved])), env)
    assert state(root, found.project) == {
        ("keel", "dependencies.keel"): "2.0.0",
        ("keel", "lock"): "1.0.0",
        ("mast", "dependencies.mast"): "1.0.0",
    }


@pytest.mark.tools("cargo")
def test_real_cargo_runs_no_program_of_the_project(
    fixtures: Path, tmp_path: Path, client: dict[str, str]
) -> None:
    root = tmp_path / "app"
    shutil.copytree(fixtures / "hostile/cargo/build-rustc", root)
    (root / "evil.sh").chmod(0o755)
    found = cargo.read_project(Tree(root), "Cargo.toml")
    commands = [
        *cargo.relock(found.project, []),
        *cargo.prepare(Tree(root), found.project),
        cargo.outdated(found.project),
    ]
    try:
        perform(root, commands, client)
    except UpgraderError as fault:
        pytest.fail(str(fault))
    assert not list(tmp_path.rglob("MARK*"))
