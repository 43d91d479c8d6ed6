"""How cargo is started: quiet, in its own target folder, and without programs that the repository chose."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from upgrader.model import Command, Project

_LOCAL = {
    # The project's rust-toolchain file must not make rustup download and run another cargo (SAFETY T2); the toolchain
    # it names has to be there: `rustup toolchain install` is the operator's to say.
    "RUSTUP_AUTO_INSTALL": "0",
    "CARGO_TERM_COLOR": "never",
    "CARGO_TERM_PROGRESS_WHEN": "never",
}

HARDENED = {
    **_LOCAL,
    # `build.rustc` and the wrappers of a repository's .cargo/config.toml run even for `cargo update` (SAFETY T2).
    "RUSTC": "rustc",
    "RUSTC_WRAPPER": "",
    "RUSTC_WORKSPACE_WRAPPER": "",
}
"""For commands that only resolve and download."""

CHECKING = {
    **_LOCAL,
    # Never a shared target folder, whatever the operator's or the repository's settings say: with one, the baseline's
    # binaries pass for the upgrade's (SAFETY finding 1).
    "CARGO_TARGET_DIR": "target",
    "CARGO_BUILD_BUILD_DIR": "target",
    "CARGO_NET_OFFLINE": "true",
}
"""For commands that build and run the project: from what `prepare` has fetched, nothing resolved anew."""


def cargo(
    project: Project, *words: str, why: str, env: Mapping[str, str] = HARDENED, network: bool = False
) -> Command:
    """A cargo command in the project's folder."""
    return Command(argv=("cargo", *words), folder=project.folder, env=dict(env), why=why, network=network)


def building(project: Project, *words: str, why: str, env: Mapping[str, str] = CHECKING) -> Command:
    """A cargo command that compiles everything in an empty target folder: an hour, and long silences while linking."""
    return replace(cargo(project, *words, why=why, env=env), timeout_s=3600, idle_s=900)
