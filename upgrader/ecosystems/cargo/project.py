"""How a Cargo project is fetched, built and tested, and which Rust it promises to run on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from upgrader.ecosystems.base import Ask, ProjectRead, Tree
from upgrader.ecosystems.cargo.commands import CHECKING, building, cargo
from upgrader.ecosystems.cargo.project_settings import foreign_program, project_settings
from upgrader.ecosystems.cargo.workspace import rust_order
from upgrader.errors import StepRefused
from upgrader.model import Check, Command, Project

__all__ = ["checks", "members", "prepare", "runtime_fits"]

_FORCED = "['--force-warn', 'deprecated']"


def members(read: ProjectRead) -> Sequence[str]:
    """Every manifest of the workspace: the root too, because a member may have led to it."""
    return read.project.manifests


def prepare(tree: Tree, project: Project) -> Sequence[Command]:
    """Download what the lockfile names; without one, resolve once so that the checks agree among themselves.

    Raises StepRefused where the project chooses the programs that cargo would start. A plan asks this before it holds
    any command, so that none runs there for a package that only the lockfile names either.
    """
    if reason := foreign_program(tree, project.folder):
        raise StepRefused(f"{reason}.", "Move that setting to $CARGO_HOME/config.toml if you trust it.")
    words = ("fetch", "--locked") if project.lockfile else ("fetch",)
    return [cargo(project, *words, why="download the locked crates", network=True)]


def checks(tree: Tree, project: Project) -> Sequence[Check]:
    """`cargo test`, `cargo check` for deprecations, and `cargo build`, over the whole workspace.

    There is no start check: which arguments a binary wants, and whether it should stay up, cargo does not say.
    """
    locked = ("--workspace", "--locked") if project.lockfile else ("--workspace",)
    test = building(project, "test", *locked, "--no-fail-fast", why="run all tests")
    build = building(project, "build", *locked, why="build everything")
    # Flags make another build of everything; in a folder of its own it does not undo the tests' build.
    own_folder = {"CARGO_TARGET_DIR": "target/deprecations", "CARGO_BUILD_BUILD_DIR": "target/deprecations"}
    warn = building(
        project,
        *("check", *locked, "--all-targets", "--message-format=json", "--config", _flags(tree, project)),
        why="collect deprecation warnings, also those the code silences",
        env={**CHECKING, **own_folder},
    )
    place = project.manifest
    return [
        Check(kind="tests", name=_named("cargo test", project), command=test, reader="cargo", source=place),
        Check(kind="deprecations", name=_named("cargo check", project), command=warn, source=place),
        Check(kind="build", name=_named("cargo build", project), command=build, source=place),
    ]


def runtime_fits(declared: str, needed: str) -> bool | None:
    """Whether the lowest Rust the project promises (`rust-version`) is enough; None when either cannot be read."""
    lowest, wanted = rust_order(declared), rust_order(needed)
    return None if lowest is None or wanted is None else lowest >= wanted


def _named(words: str, project: Project) -> str:
    return words if project.folder == "." else f"{words} ({project.folder})"


def _flags(tree: Tree, project: Project) -> str:
    """The setting that adds our flags to the project's own instead of replacing them.

    Cargo takes `target.*.rustflags` or else `build.rustflags`, and joins settings only inside one of the two; the
    environment's RUSTFLAGS would replace both.
    Source: https://doc.rust-lang.org/cargo/reference/config.html#buildrustflags
    """
    found = list(project_settings(tree, project.folder))
    by_target = any(
        "rustflags" in item.table("target", name) for item in found for name in item.table("target")
    )
    if not by_target and any("rustflags" in item.table("build") for item in found):
        return f"build.rustflags={_FORCED}"
    return f"target.'cfg(all())'.rustflags={_FORCED}"


def installed_runtime(env: Mapping[str, str], ask: Ask) -> str | None:
    """The Rust on this machine, for a project that declares none; asked where no rust-toolchain file can answer."""
    told = ask(("rustc", "--version"), cwd=Path("/"), env=env)
    return told.split()[1].split("-")[0] if told and len(told.split()) > 1 else None
