"""What a child is told, and what it never learns."""

from __future__ import annotations

from pathlib import Path

import pytest

from upgrader.outside import shell

KEPT = {
    "HOME": "/home/u",
    "CI": "true",
    "LANG": "de_DE.UTF-8",
    "LC_TIME": "C",
    "SSL_CERT_FILE": "/ca.pem",
    "NODE_EXTRA_CA_CERTS": "/ca.pem",
    "CARGO_HOME": "/c",
    "CARGO_HTTP_CAINFO": "/ca.pem",
    "GOPATH": "/go",
    "GOPROXY": "https://proxy.example",
    "GOCACHE": "/gc",
    "npm_config_registry": "https://registry.example/",
    "PIP_INDEX_URL": "https://index.example/simple",
    "UV_CACHE_DIR": "/uv",
    "https_proxy": "http://proxy.example:3128",
}
DROPPED = {
    "GITHUB_TOKEN": "t",
    "NPM_TOKEN": "t",
    "npm_config__authToken": "t",
    "npm_config_//registry.example/:_authToken": "t",
    "UV_PUBLISH_PASSWORD": "t",
    "CARGO_REGISTRY_TOKEN": "t",
    "AWS_SECRET_ACCESS_KEY": "t",
    "CARGO_REGISTRIES_MINE_CREDENTIAL_PROVIDER": "t",
    "GOAUTH": "t",
    "PIP_API_KEY": "t",
    "VIRTUAL_ENV": "/v",
    "PYTHONPATH": "/p",
    "NODE_OPTIONS": "--require x",
    "LD_PRELOAD": "/x.so",
    "GIT_DIR": "/g",
    "RUSTC_WRAPPER": "/x",
    "SOMETHING_ELSE": "x",
}


@pytest.fixture
def _outer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**KEPT, **DROPPED}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_outer")
def test_tools_find_themselves_and_secrets_stay() -> None:
    env = shell.clean_env()
    assert {name: env.get(name) for name in KEPT} == KEPT
    assert [name for name in DROPPED if name in env] == []


def test_logins_inside_addresses_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:secret@index.example/simple")
    monkeypatch.setenv("GOPROXY", "https://u:secret@a.example,https://u:secret@b.example|direct")
    env = shell.clean_env()
    assert env["PIP_INDEX_URL"] == "https://index.example/simple"
    assert env["GOPROXY"] == "https://a.example,https://b.example|direct"
    for argv in (
        ["pip", "install"],
        ["python3", "-I", "-m", "pip", "install"],
        ["/w/.venv/bin/python", "-m", "pip"],
    ):
        allowed = shell.clean_env(passthrough=shell.registry_access(argv))
        assert allowed["PIP_INDEX_URL"] == "https://user:secret@index.example/simple"
        assert allowed["GOPROXY"] == "https://a.example,https://b.example|direct"


def test_every_tool_gets_its_own_credentials_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {
        "npm": "NPM_TOKEN",
        "uv": "UV_INDEX_CORP_PASSWORD",
        "go": "GOAUTH",
        "cargo": "CARGO_REGISTRIES_CORP_TOKEN",
    }
    for name in own.values():
        monkeypatch.setenv(name, "s3cret")
    for tool in (*own, "pip", "node", "python3"):
        env = shell.clean_env(passthrough=shell.registry_access([tool, "x"]))
        assert [name for name, value in env.items() if value == "s3cret"] == (
            [own[tool]] if tool in own else []
        )


@pytest.mark.usefixtures("_outer")
def test_the_caller_may_let_through_and_set() -> None:
    env = shell.clean_env(
        {"RUSTUP_TOOLCHAIN": "stable", "HOME": "/elsewhere"}, passthrough=("NPM_TOKEN", "SOMETHING_*")
    )
    assert (env["NPM_TOKEN"], env["SOMETHING_ELSE"]) == ("t", "x")
    assert (env["RUSTUP_TOOLCHAIN"], env["HOME"]) == ("stable", "/elsewhere")


def test_relative_entries_leave_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", ".:node_modules/.bin::/usr/bin:bin:/bin")
    assert shell.clean_env()["PATH"] == "/usr/bin:/bin"


def test_a_child_sees_only_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_TOKEN", "canary-value")
    done = shell.run(["sh", "-c", "env; cat /proc/self/environ"], cwd=tmp_path)
    assert b"canary-value" not in done.stdout
