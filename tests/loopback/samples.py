"""Sample projects, copied out of `fixtures/` into a git repository of their own, with lockfiles that fit the server."""

import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path

from tests.loopback import npm
from tests.loopback.clients import client_env, find_tool
from tests.loopback.site import Site

RECIPE = "fixture.toml"
"""Stays behind: says which versions the generated lockfile holds (`locked = ["name==version"]`)."""

_UNADDRESSED = re.compile(
    r'(?P<head>node_modules/(?P<name>(?:@[^/"]+/)?[^/"]+)": \{\s*"version": "(?P<version>[^"]+)",)'
    r'(?P<gap>\s*)(?P<tail>"integrity")'
)

_COMMIT_ENV = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Tide Water",
    "GIT_AUTHOR_EMAIL": "tide@example.com",
    "GIT_AUTHOR_DATE": "2024-01-01T12:00:00+00:00",
    "GIT_COMMITTER_NAME": "Tide Water",
    "GIT_COMMITTER_EMAIL": "tide@example.com",
    "GIT_COMMITTER_DATE": "2024-01-01T12:00:00+00:00",
}


def materialise(
    fixtures: Path, sample: str, dest: Path, site: Site | None = None, *, git: bool = True
) -> Path:
    """Copy `fixtures/<sample>` to `dest/<sample>` and commit it there; answer that folder.

    Lockfiles that carry addresses are made here: `resolved` is added to package-lock.json, uv.lock and Cargo.lock
    are made by uv and cargo (once per server). Without a `site` none of that happens. Raises FileNotFoundError
    where the tool is missing, CalledProcessError where it fails.
    """
    project = dest / sample
    shutil.copytree(fixtures / sample, project, ignore=shutil.ignore_patterns("__pycache__", RECIPE))
    for toolchain in project.rglob("rust-toolchain.toml"):
        toolchain.write_bytes(toolchain.read_bytes().replace(b"@HERE@", str(project).encode()))
    if site is not None:
        for lockfile in sorted(project.rglob("package-lock.json")):
            _add_addresses(lockfile, site)
        recipe = fixtures / sample / RECIPE
        if recipe.is_file():
            _add_lockfile(project, sample, tomllib.loads(recipe.read_text("utf-8"))["locked"], site)
    if git:
        commit_all(project, "Start the shop")
    return project


def commit_all(project: Path, message: str) -> str:
    """Commit every file of `project` (a repository is made where there is none) and answer the commit's hash."""
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.devnull, **_COMMIT_ENV}
    if not (project / ".git").exists():
        _run(["git", "init", "-q", "-b", "main"], project, env)
    _run(["git", "add", "-A"], project, env)
    _run(
        ["git", "-c", "core.hooksPath=" + os.devnull, "commit", "-q", "--allow-empty", "-m", message],
        project,
        env,
    )
    return _run(["git", "rev-parse", "HEAD"], project, env).strip()


def _add_addresses(lockfile: Path, site: Site) -> None:
    """Put `resolved` between `version` and `integrity`, as npm itself does where a registry is configured."""

    def with_address(match: re.Match[str]) -> str:
        release = site.catalogue.release("npm", match["name"], match["version"])
        if release is None:
            return match[0]
        address = f'"resolved": "{npm.tarball_url(site.url, release)}",'
        return f"{match['head']}{match['gap']}{address}{match['gap']}{match['tail']}"

    # Bytes, because read_text would lose the line endings.
    text = lockfile.read_bytes().decode()
    lockfile.write_bytes(_UNADDRESSED.sub(with_address, text).encode())


def _add_lockfile(project: Path, sample: str, locked: list[str], site: Site) -> None:
    name = "Cargo.lock" if (project / "Cargo.toml").is_file() else "uv.lock"
    with site.lockfile_lock:
        if sample not in site.lockfiles:
            with tempfile.TemporaryDirectory(prefix="loopback-") as home:
                env = client_env(site, Path(home))
                (_lock_cargo if name == "Cargo.lock" else _lock_uv)(project, locked, env)
            site.lockfiles[sample] = (project / name).read_bytes()
    (project / name).write_bytes(site.lockfiles[sample])


def _lock_uv(project: Path, locked: list[str], env: dict[str, str]) -> None:
    pins = [argument for pin in locked for argument in ("-P", pin)]
    _run([_tool("uv"), "lock", "-q", *pins], project, env)


def _lock_cargo(project: Path, locked: list[str], env: dict[str, str]) -> None:
    _run([_tool("cargo"), "generate-lockfile", "-q"], project, env)
    for pin in locked:
        name, _, version = pin.partition("==")
        _run(["cargo", "update", "-q", "--offline", "--package", name, "--precise", version], project, env)


def _tool(name: str) -> str:
    found = find_tool(name)
    if found is None:
        raise FileNotFoundError(f"{name} is needed to make this sample's lockfile")
    return found


def _run(argv: list[str], cwd: Path, env: dict[str, str]) -> str:
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise subprocess.CalledProcessError(
            done.returncode, argv, done.stdout, f"\n{done.stdout}\n{done.stderr}"
        )
    return done.stdout
