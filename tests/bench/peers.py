"""The tools we are compared with, and how each is made to look everything up anew."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.bench.timing import Contender


def install_npm_peers(folder: Path) -> Path:
    """ncu and taze in a folder of their own (never in the repository); the folder of their programs."""
    programs = folder / "node_modules" / ".bin"
    if not (programs / "ncu").exists() or not (programs / "taze").exists():
        folder.mkdir(parents=True, exist_ok=True)
        quiet = ("--silent", "--no-audit", "--no-fund", "--prefix", str(folder))
        subprocess.run(["npm", "install", *quiet, "npm-check-updates", "taze"], check=True, cwd=folder)
    return programs


def npm_peers(programs: Path, project: Path, env: Mapping[str, str]) -> list[Contender]:
    """Ncu keeps nothing, taze is told to ask anew, npm gets an empty cache."""
    return [
        Contender("ncu", [str(programs / "ncu"), "--jsonUpgraded"], project, env),
        Contender(
            "taze major",
            [str(programs / "taze"), "major", "--force", "--silent"],
            project,
            {**env, "npm_config_registry": _asked_itself()},
            good=(0, 1),
            fresh=("TMPDIR",),
        ),
        Contender(
            "npm outdated",
            ["npm", "outdated", "--json"],
            project,
            env,
            good=(0, 1),
            fresh=("npm_config_cache",),
        ),
    ]


def _asked_itself() -> str:
    """The registry, spelled so that taze asks it: where it knows the name, it asks a metadata service of its own."""
    told = subprocess.run(["npm", "config", "get", "registry"], check=True, capture_output=True, text=True)
    scheme, _, rest = told.stdout.strip().partition("://")
    return f"{scheme}://{rest[:1].upper()}{rest[1:]}"


def python_peers(venv: Path, project: Path, env: Mapping[str, str], *, cold: bool) -> list[Contender]:
    """Uv and pip, in the environment that holds the project's packages."""
    uv = ["uv", "pip", "list", "--outdated", "--format", "json", "--python", str(venv)]
    pip = ["python3", "-m", "pip", "--python", str(venv), "list", "--outdated", "--format", "json"]
    return [
        Contender("uv pip list --outdated", [*uv, "--no-cache"] if cold else uv, project, env),
        Contender("pip list --outdated", [*pip, "--no-cache-dir"] if cold else pip, project, env),
    ]


def go_peer(project: Path, env: Mapping[str, str], *, cold: bool) -> Contender:
    """A copy of the project, as `go list` completes its go.sum; checksums are not asked for by either side."""
    own = project.with_name(f"{project.name}-peer")
    shutil.copytree(project, own, dirs_exist_ok=True)
    return Contender(
        "go list -m -u all",
        ["go", "list", "-m", "-u", "-json", "all"],
        own,
        {**env, "GOFLAGS": "-mod=mod", "GONOSUMDB": "*"},
        fresh=("GOMODCACHE",) if cold else (),
    )


def cargo_peer(project: Path, env: Mapping[str, str], *, cold: bool) -> Contender:
    """It looks for compatible updates alone."""
    return Contender(
        "cargo update --dry-run",
        ["cargo", "update", "--dry-run"],
        project,
        env,
        fresh=("CARGO_HOME",) if cold else (),
        furnish=_furnish_cargo if cold else None,
    )


def _furnish_cargo(folder: Path) -> None:
    """The user's configuration, which may name a mirror."""
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    for name in ("config.toml", "config", "credentials.toml"):
        if (home / name).is_file():
            shutil.copy(home / name, folder / name)
