"""Where crates are asked for and what the index says: cargo's configuration, tokens, answers good and bad."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.ecosystems.cargo.worlds import HEAD, read, write
from tests.loopback import Site
from upgrader.ecosystems import cargo
from upgrader.ecosystems.base import Registry
from upgrader.ecosystems.cargo.index_address import default_index
from upgrader.ecosystems.cargo.registry import decode, index_path
from upgrader.errors import RegistryError
from upgrader.model import NotChecked, Package, PackageName
from upgrader.outside.http import Client, Response
from upgrader.outside.shell import run

ASKED = "`https://index.example/config.json`"


def ask(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str | None:
    return f"error: download of config.json failed\n\nCaused by:\n  failed to download from {ASKED}\n"


def located(
    tmp_path: Path,
    *,
    home: str = "",
    project: str = "",
    credentials: str = "",
    manifest: str = "",
    env: Mapping[str, str] | None = None,
) -> Registry:
    """The registry of a project below `work/app`, with a configuration in its home and one of its own."""
    files = {"Cargo.toml": HEAD + manifest} | ({".cargo/config.toml": project} if project else {})
    found = read(tmp_path / "work/app", files)
    user = {"config.toml": home} | ({"credentials.toml": credentials} if credentials else {})
    write(tmp_path / "home/.cargo", user)
    variables = {"HOME": str(tmp_path / "home"), **(env or {})}
    return cargo.locate_registry(tmp_path / "work/app", found.project, variables, ask)


MIRROR = '[source.crates-io]\nreplace-with = "{}"\n'

PLACES = {
    "nothing configured": ("", "", "https://index.example"),
    "other settings": ('[net]\nretry = 1\n[registry]\ndefault = "corp"\n', "", "https://index.example"),
    "replaced": (
        MIRROR.format("m") + '[source.m]\nregistry = "sparse+https://m.example/index/"\n',
        "",
        "https://m.example/index",
    ),
    "replaced in two steps": (
        MIRROR.format("a")
        + '[source.a]\nreplace-with = "m"\n[source.m]\nregistry = "sparse+https://m.example/"\n',
        "",
        "https://m.example",
    ),
    "replaced by a named registry": (
        MIRROR.format("corp") + '[registries.corp]\nindex = "sparse+https://c.example/i/"\n',
        "",
        "https://c.example/i",
    ),
    "the project's file wins": (
        MIRROR.format("m") + '[source.m]\nregistry = "sparse+https://m.example/"\n',
        MIRROR.format("n") + '[source.n]\nregistry = "sparse+https://n.example/"\n',
        "https://n.example",
    ),
    "both files together": (
        '[source.m]\nregistry = "sparse+https://m.example/"\n',
        MIRROR.format("m"),
        "https://m.example",
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_places(tmp_path: Path, name: str) -> None:
    home, project, url = PLACES[name]
    found = located(tmp_path, home=home, project=project)
    assert (found.url, found.problem, found.credentials, found.scopes) == (url, "", {}, {})


PROBLEMS = {
    "vendored": (
        MIRROR.format("v") + '[source.v]\ndirectory = "vendor"\n',
        "'v' of cargo's configuration is no registry",
    ),
    "git index": (
        MIRROR.format("g") + '[source.g]\nregistry = "https://g.example/index"\n',
        "not a sparse one",
    ),
    "unknown": (MIRROR.format("x"), "'x' of cargo's configuration is no registry"),
    "circle": (
        MIRROR.format("a") + '[source.a]\nreplace-with = "b"\n[source.b]\nreplace-with = "a"\n',
        "in a circle",
    ),
    "no address": (MIRROR.format("m") + '[source.m]\nregistry = "sparse+https://"\n', "is not an address"),
    "broken": ("[source", "config.toml:1: not TOML"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems_leave_every_crate_unchecked(tmp_path: Path, name: str) -> None:
    home, problem = PROBLEMS[name]
    found = located(tmp_path, home=home)
    assert found.url == ""
    assert problem in found.problem
    with Client(hosts=["https://nowhere.example"]) as client:
        (answer,) = cargo.look_up(client, found, [cargo.normalise("a")])
    assert isinstance(answer, NotChecked)
    assert answer.reason == found.problem


def test_cargo_that_tells_nothing_is_a_problem(tmp_path: Path) -> None:
    project = read(tmp_path, {"Cargo.toml": HEAD}).project
    found = cargo.locate_registry(tmp_path, project, {}, lambda argv, *, cwd, env: None)
    assert found.url == ""
    assert "did not tell" in found.problem


def test_words_of_a_newer_cargo(tmp_path: Path) -> None:
    words = "[7] Could not connect to server (Failed to connect to index.example port 443 via 127.0.0.1 after 0 ms)"
    project = read(tmp_path, {"Cargo.toml": HEAD}).project
    assert (
        cargo.locate_registry(tmp_path, project, {}, lambda argv, *, cwd, env: words).url
        == "https://index.example"
    )


@pytest.mark.tools("cargo")
def test_the_real_cargo_tells_its_default() -> None:
    """And the name is a host's; the tests know no address of a registry."""

    def really(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str | None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "RUSTUP_HOME") if name in os.environ}
        finished = run(argv, cwd=cwd, env={**kept, **env}, timeout_s=60)
        return finished.stdout.decode().strip() if finished.ok else None

    assert default_index({}, really).startswith("https://")


CORP = '[registries.corp]\nindex = "sparse+https://corp.example/i/"\n'
EVIL = '[registries.corp]\nindex = "sparse+https://evil.example/i/"\n'
ASKS = '[dependencies]\na = "1"\nb = { version = "1", registry = "corp" }\n'
TOKEN = '[registries.corp]\ntoken = "s3cret"\n'


def test_crates_of_another_registry(tmp_path: Path) -> None:
    found = located(tmp_path, home=CORP, manifest=ASKS)
    assert found.scopes == {"b": "https://corp.example/i"}


@pytest.mark.parametrize(
    "manifest",
    [
        '[dependencies]\nb = { version = "1", registry = "unknown" }\n',
        '[dependencies]\nb = { version = "1", registry-index = "sparse+https://unknown.example/" }\n',
        ASKS + '[dev-dependencies]\nb = "1"\n',
    ],
    ids=["unknown name", "unknown address", "two registries"],
)
def test_crates_of_a_registry_that_is_not_configured(tmp_path: Path, manifest: str) -> None:
    found = located(tmp_path, home=CORP, manifest=manifest)
    assert found.scopes == {"b": "off"}
    with Client(hosts=["https://index.example"]) as client:
        (answer,) = cargo.look_up(client, found, [cargo.normalise("b")])
    assert isinstance(answer, NotChecked)
    assert "no sparse index" in answer.reason


def test_a_shared_entry_and_an_address_name_the_registry_too(tmp_path: Path) -> None:
    manifest = (
        '[workspace.dependencies]\nb = { version = "1", registry = "corp" }\n[dependencies]\nb.workspace = true\n'
        'c = { version = "1", registry-index = "sparse+https://corp.example/i/" }\n'
    )
    found = located(tmp_path, home=CORP, manifest=manifest)
    assert found.scopes == {"b": "https://corp.example/i", "c": "https://corp.example/i"}


def test_another_registry_may_be_replaced(tmp_path: Path) -> None:
    home = CORP + (
        '[source.c]\nregistry = "sparse+https://corp.example/i/"\nreplace-with = "m"\n'
        '[source.m]\nregistry = "sparse+https://m.example/"\n'
    )
    assert located(tmp_path, home=home, manifest=ASKS).scopes == {"b": "https://m.example"}


TOKENS = {
    "credentials.toml": ({"home": CORP, "credentials": TOKEN}, {"https://corp.example": "s3cret"}),
    "configuration": ({"home": CORP + 'token = "s3cret"\n'}, {"https://corp.example": "s3cret"}),
    "environment wins": (
        {"home": CORP, "credentials": TOKEN, "env": {"CARGO_REGISTRIES_CORP_TOKEN": "other"}},
        {"https://corp.example": "other"},
    ),
    "the project repeats the operator's server": (
        {"home": CORP, "project": CORP, "credentials": TOKEN},
        {"https://corp.example": "s3cret"},
    ),
    "the operator names the server in the environment": (
        {
            "project": EVIL,
            "credentials": TOKEN,
            "env": {"CARGO_REGISTRIES_CORP_INDEX": "sparse+https://corp.example/i/"},
        },
        {"https://corp.example": "s3cret"},
    ),
    "the project's own token": ({"project": EVIL + 'token = "its"\n'}, {"https://evil.example": "its"}),
    "in the address": (
        {"home": '[registries.corp]\nindex = "sparse+https://u:p@corp.example/i/"\n'},
        {"https://corp.example": "Basic dTpw"},
    ),
    "none": ({"home": CORP}, {}),
    "another registry's": ({"home": CORP, "credentials": '[registries.other]\ntoken = "x"\n'}, {}),
    "for publishing": ({"home": CORP, "credentials": '[registry]\ntoken = "x"\n'}, {}),
    "the project chooses the server": ({"home": CORP, "project": EVIL, "credentials": TOKEN}, {}),
    "only the project names a server": ({"project": EVIL, "credentials": TOKEN}, {}),
    "token in the environment, server in the project": (
        {"project": EVIL, "env": {"CARGO_REGISTRIES_CORP_TOKEN": "s3cret"}},
        {},
    ),
}


@pytest.mark.parametrize("name", TOKENS)
def test_tokens_go_to_the_server_the_operator_meant(tmp_path: Path, name: str) -> None:
    given, wanted = TOKENS[name]
    found = located(tmp_path, manifest=ASKS, **given)  # type: ignore[arg-type]  # a table of keyword arguments
    assert found.credentials == wanted
    assert "s3cret" not in f"{found.url}{found.scopes}{found.problem}"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("A", "1/a"),
        ("ab", "2/ab"),
        ("abc", "3/a/abc"),
        ("abcd", "ab/cd/abcd"),
        ("Serde_JSON", "se/rd/serde_json"),
    ],
)
def test_index_path(name: str, path: str) -> None:
    assert index_path(PackageName(name)) == path


def response(body: str | bytes, name: str = "aa") -> Response:
    return Response(
        status=200,
        headers={},
        body=body.encode() if isinstance(body, str) else body,
        url=f"https://index.example/2/{name}",
        from_cache=False,
        age_s=7,
    )


def test_decode() -> None:
    package = decode(
        response(
            '{"name":"aa","vers":"1.10.0","yanked":false,"rust_version":"1.70","pubtime":"2024-05-01T02:00:00+02:00"}\n'
            '{"name":"aa","vers":"1.9.0","yanked":true,"deps":[{"x":1}],"features2":{}}\n'
            '{"name":"aa","vers":"1.0","yanked":false}\n'
            '{"name":"aa","vers":"3.0.0","yanked":false,"v":3}\n'
            '{"name":"aa","vers":"2.0.0-rc.1","pubtime":"yesterday"}\n\n'
        )
    )
    assert [(item.version, item.released_at, item.withdrawn, item.runtime) for item in package.releases] == [
        ("1.9.0", None, "yanked", None),
        ("1.10.0", "2024-05-01T00:00:00Z", "", "1.70"),
        ("2.0.0-rc.1", None, "", None),
    ]
    assert (package.name, package.source, package.age_s) == ("aa", "index.example", 7)


BAD_ANSWERS: dict[str, str | bytes] = {
    "html": "<!doctype html><title>Sign in</title>",
    "another crate": '{"name":"bb","vers":"1.0.0"}\n',
    "mixed": '{"name":"aa","vers":"1.0.0"}\n{"name":"bb","vers":"9.0.0"}\n',
    "no version known": '{"name":"aa","vers":"one"}\n',
    "nothing": "",
    "wrong type": '{"name":"aa","vers":1}\n',
    "list": "[]\n",
    "cut": '{"name":"aa","vers":"1.0.0"}\n{"name":"aa","ve',
    "not utf-8": b'{"name":"aa","vers":"1.0.\xff"}\n',
    "deep": '{"name":"aa","vers":"1.0.0","deps":' + "[" * 100_000,
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_bad_answers_are_no_packages(name: str) -> None:
    with pytest.raises(RegistryError):
        decode(response(BAD_ANSWERS[name]))


def test_live_look_up(fresh_site: Site) -> None:
    base = f"{fresh_site.url}/cargo/index"
    registry = Registry(ecosystem="cargo", url=base)
    names = [cargo.normalise(name) for name in ("tidewater-cord", "no-such-crate", "tidewater-foam")]
    fresh_site.publish("cargo", "tidewater-cord", "9.9.9", age="none", withdrawn="bad")
    before = fresh_site.count("/cargo/")
    with Client(hosts=[base]) as client:
        cord, missing, foam = cargo.look_up(client, registry, names)
    assert isinstance(cord, Package)
    assert isinstance(foam, Package)
    assert isinstance(missing, NotChecked)
    assert "404" in missing.reason
    assert missing.advice
    assert (cord.releases[-1].version, cord.releases[-1].withdrawn) == ("9.9.9", "yanked")
    assert cord.releases[0].released_at
    assert [item.version for item in foam.releases] == ["0.1.0", "0.1.1", "0.2.0"]
    assert fresh_site.count("/cargo/") - before == 3


def test_live_refusals_are_not_checked(fresh_site: Site) -> None:
    base = f"{fresh_site.url}/cargo/index"
    fresh_site.fail("/cargo/index/ti", 401)
    with Client(hosts=[base]) as client:
        name = cargo.normalise("tidewater-cord")
        (answer,) = cargo.look_up(client, Registry(ecosystem="cargo", url=base), [name])
        fresh_site.fail("/cargo/index/ti", 200, body=b"<html>", kind="text/html")
        (garbage,) = cargo.look_up(client, Registry(ecosystem="cargo", url=base), [name])
    assert isinstance(answer, NotChecked)
    assert "401" in answer.reason
    assert isinstance(garbage, NotChecked)
