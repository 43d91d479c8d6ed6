"""Runs described commands for real: what asks a registry as the user would, all other code behind walls."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec.structs import replace

from upgrader.model import Command
from upgrader.outside.environment import is_secret
from upgrader.outside.git import Git
from upgrader.outside.sandbox import Sandbox
from upgrader.outside.shell import Finished, clean_env, registry_access, run

_CACHES = (".cache", "go", ".npm", ".cargo", ".rustup", ".pyenv")
_ROOTS = ("CARGO_HOME", "RUSTUP_HOME", "GOPATH", "GOROOT", "GOMODCACHE", "PYENV_ROOT", "NVM_DIR")
_CREDENTIALS = (
    *(".npmrc", ".netrc", ".pypirc", ".pip/pip.conf", ".config/pip/pip.conf", ".config/uv/uv.toml"),
    *(".local/share/uv/credentials", ".cargo/credentials", ".cargo/credentials.toml", ".git-credentials"),
    *(".config/git/credentials", ".config/gh", ".config/glab-cli", ".config/gcloud", ".docker/config.json"),
    *(".ssh", ".gnupg", ".aws", ".azure", ".kube"),
)
"""Below the home folder; a test that prints them would carry them into logs and reports."""
_NAMED_CREDENTIALS = ("npm_config_userconfig", "NPM_CONFIG_USERCONFIG", "NETRC", "PIP_CONFIG_FILE")
_SHORTEST = 6


class ToolRunner:
    """Checks, and install scripts too, run without the user's tokens, and without network unless it was asked for."""

    def __init__(self, git: Git, *, network: bool) -> None:
        self.git = git
        self.network = network

    def __call__(self, command: Command, checkout: Path, *, checking: bool, trusted: bool = True) -> Finished:
        """Run it in the checkout; raises CommandFailed when the tool is missing."""
        # What needs no registry while the checks' environment is built is somebody's code as well: install scripts.
        walled = checking or not command.network or not trusted
        network = self.network or (command.network and not checking)
        argv = list(command.argv)
        return run(
            _located(command, checkout),
            cwd=checkout / command.folder,
            env=clean_env(command.env, passthrough=() if walled else registry_access(argv)),
            timeout_s=command.timeout_s,
            idle_s=command.idle_s,
            sandbox=self._sandbox(checkout, network=network) if walled else None,
        )

    def of_pack(self, command: Command, checkout: Path, *, backup: Path) -> Finished:
        """Run what a rule pack asks for: behind the checks' walls, and with `backup` to write to.

        Raises CommandFailed when the tool is missing.
        """
        walls = self._sandbox(checkout, network=self.network and command.network)
        return run(
            _located(command, checkout),
            cwd=checkout / command.folder,
            env=clean_env(command.env),
            timeout_s=command.timeout_s,
            idle_s=command.idle_s,
            sandbox=replace(walls, writable=(*walls.writable, backup)),
        )

    def _sandbox(self, checkout: Path, *, network: bool) -> Sandbox:
        home = Path.home()
        roots = [Path(os.environ[name]) for name in _ROOTS if os.environ.get(name)]
        tools = [
            Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder.startswith("/")
        ]
        build = Path(os.environ.get("GOCACHE") or home / ".cache" / "go-build")
        build.mkdir(parents=True, exist_ok=True)
        return Sandbox(
            network=network,
            writable=(checkout, build),
            readable=(
                *(home / name for name in _CACHES),
                *roots,
                *tools,
                Path("/usr/local"),
                self.git.common_dir,
            ),
            locked=(self.git.top.resolve(), self.git.common_dir),
            hidden=tuple(_credentials(home, os.environ)),
        )


def _located(command: Command, checkout: Path) -> list[str]:
    """The argument list; a program of the checkout itself (.venv/bin/python) is named relative to its folder."""
    argv = list(command.argv)
    if os.sep in argv[0] and not argv[0].startswith(os.sep):
        argv[0] = str(checkout / command.folder / argv[0])
    return argv


def secrets_of(env: Mapping[str, str]) -> tuple[str, ...]:
    """Values that must appear in no log: of variables whose names speak of a secret, and passwords in addresses."""
    found = {value for name, value in env.items() if is_secret(name)}
    found |= {part for value in env.values() for part in _passwords(value)}
    return tuple(sorted(value for value in found if len(value) >= _SHORTEST))


def _passwords(text: str) -> Iterator[str]:
    """The passwords of the addresses in a value, as they stand and as they are meant."""
    for word in text.replace(",", " ").replace("|", " ").split() if "://" in text else ():
        try:
            parts = urlsplit(word)
            secret = parts.password or (parts.username if "@" in parts.netloc else "")
        except ValueError:
            continue
        if secret:
            yield from (secret, unquote(secret))


def _credentials(home: Path, env: Mapping[str, str]) -> Iterator[Path]:
    yield from (home / name for name in _CREDENTIALS)
    yield from (Path(env[name]) for name in _NAMED_CREDENTIALS if env.get(name, "").startswith("/"))
    for name in ("CARGO_HOME", "XDG_CONFIG_HOME"):
        if env.get(name):
            folder = Path(env[name])
            inner = ("credentials", "credentials.toml") if name == "CARGO_HOME" else ("pip/pip.conf", "gh")
            yield from (folder / part for part in inner)
