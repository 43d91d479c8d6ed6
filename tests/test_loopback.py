"""The registries on loopback, as the real clients and as plain requests see them."""

import http.client
import io
import json
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import Site, client_env, materialise, pack_advisories
from tests.loopback.archives import sha256_hex, sha512_integrity

Env = dict[str, str]
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"


def run(argv: list[str], cwd: Path, env: Env, *, code: int | None = 0) -> str:
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)
    text = done.stdout + done.stderr
    assert code is None or done.returncode == code, f"{argv} ended with {done.returncode}:\n{text}"
    assert code is not None or done.returncode != 0, f"{argv} was to fail:\n{text}"
    return text


def ask(url: str, headers: Mapping[str, str] | None = None, body: object = None) -> tuple[int, Any, bytes]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def document(url: str, headers: Mapping[str, str] | None = None, body: object = None) -> Any:
    status, _, data = ask(url, headers, body)
    assert status == 200, (url, status, data)
    return json.loads(data)


# The real clients: what is locked passes, the fine upgrade passes, the breaking one fails with the test's name.


@pytest.mark.tools("npm", "node", "git")
def test_npm_installs_tests_and_breaks(sample: Callable[[str], Path], client: Env) -> None:
    shop = sample("npm/shop")
    run(["npm", "ci", "--ignore-scripts"], shop, client)
    run(["npm", "test"], shop, client)
    assert run(["git", "status", "--porcelain"], shop, client) == ""
    run(["npm", "install", "--no-audit", "tidewater-cord@2"], shop, client)
    run(["npm", "test"], shop, client)
    run(["npm", "install", "--no-audit", "tidewater-tally@2", "tidewater-swell@2"], shop, client)
    text = run(["npm", "test"], shop, client, code=None)
    failed = [line for line in _plain(text).splitlines() if line.startswith("not ok")]
    assert failed == ["not ok adds up the basket", "not ok tells the height of a wave"]


def _plain(text: str) -> str:
    """TAP or spec output with the numbers and marks taken out."""
    lines = (line.strip().replace("✖", "not ok") for line in text.splitlines())
    return "\n".join(
        " ".join(word for word in line.split() if word != "-" and not word.isdigit()) for line in lines
    )


@pytest.mark.tools("npm", "node", "git")
def test_npm_workspaces(sample: Callable[[str], Path], client: Env) -> None:
    harbour = sample("npm/workspaces")
    run(["npm", "ci"], harbour, client)
    run(["npm", "test"], harbour, client)
    assert run(["git", "status", "--porcelain"], harbour, client) == ""


@pytest.mark.tools("npm", "node", "git")
def test_npm_peers_move_together(sample: Callable[[str], Path], client: Env) -> None:
    shop = sample("npm/shop")
    lock = ["npm", "install", "--package-lock-only", "--no-audit"]
    assert "npm warn ERESOLVE" in run([*lock, "tidewater-harbor@2"], shop, client), "npm only warns here"
    assert "npm error ERESOLVE" in run(["npm", "ci"], shop, client, code=None)
    run([*lock, "tidewater-harbor@2", "tidewater-harbor-crane@2"], shop, client)
    run(["npm", "ci"], shop, client)


@pytest.mark.tools("npm", "node", "git")
def test_npm_install_script_leaves_a_mark(sample: Callable[[str], Path], client: Env) -> None:
    shop = sample("npm/shop")
    run(["npm", "install", "--ignore-scripts", "tidewater-barnacle@1.1.0"], shop, client)
    assert not (shop / "MARK").exists()
    run(["npm", "rebuild", "--foreground-scripts", "tidewater-barnacle"], shop, client)
    assert (shop / "MARK").is_file()


@pytest.mark.tools("git")
def test_pip_installs_tests_and_breaks(sample: Callable[[str], Path], client: Env) -> None:
    shop = sample("pip/requirements")
    run([sys.executable, "-m", "venv", "--without-pip", ".venv"], shop, client)
    python = str(shop / ".venv/bin/python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q"]
    run([*pip, "-r", "dev-requirements.txt"], shop, client)
    run([python, "-m", "unittest"], shop, client)
    run([python, "-m", "shop"], shop, client)
    run([*pip, "tidewater-cord==2.0.0", "tidewater-bell==1.1.0"], shop, client)
    run([python, "-m", "unittest"], shop, client)
    run([*pip, "tidewater-tally==2.0.0"], shop, client)
    assert "ERROR: test_adds_up_the_basket" in run([python, "-m", "unittest"], shop, client, code=None)
    outdated = [sys.executable, "-m", "pip", "--python", python, "list", "--outdated"]
    assert "tidewater-reef" not in run(outdated, shop, client), "its newest release is yanked"
    mark = Path(client["HOME"], "MARK")
    run([*pip, "tidewater-barnacle==1.1.0"], shop, client)
    assert mark.is_file(), "an sdist runs its build backend"
    mark.unlink()


@pytest.mark.tools("uv", "git")
def test_uv_locks_syncs_and_breaks(sample: Callable[[str], Path], client: Env) -> None:
    shop = sample("pip/shop")
    run(["uv", "lock", "--check"], shop, client)
    run(["uv", "sync", "--locked", "--all-extras"], shop, client)
    run(["uv", "run", "python", "-m", "unittest"], shop, client)
    assert run(["git", "status", "--porcelain"], shop, client) == ""
    run(["uv", "lock", "-P", "tidewater-swell==2.0.0"], shop, client)
    text = run(["uv", "run", "python", "-m", "unittest"], shop, client, code=None)
    assert "FAIL: test_tells_the_height_of_a_wave" in text


@pytest.mark.tools("go", "git")
def test_go_tests_and_breaks(sample: Callable[[str], Path], client: Env) -> None:
    shop = sample("go/shop")
    run(["go", "test", "./..."], shop, client)
    run(["go", "mod", "tidy"], shop, client)
    assert run(["git", "status", "--porcelain"], shop, client) == ""
    text = run(["go", "list", "-m", "-u", "all"], shop, client)
    assert "tidewater.example/reef v1.1.0\n" in text, "v1.2.0 retracts itself"
    assert "tidewater.example/driftwood v1.0.0 [v2.0.0+incompatible]" in text
    run(["go", "get", "tidewater.example/cord@v1.1.0"], shop, client)
    run(["go", "test", "./..."], shop, client)
    run(["go", "get", "tidewater.example/swell@v1.1.0"], shop, client)
    assert "--- FAIL: TestTellsTheHeightOfAWave/breeze" in run(
        ["go", "test", "./..."], shop, client, code=None
    )


@pytest.mark.tools("go", "git")
def test_go_reads_the_odd_manifest(sample: Callable[[str], Path], client: Env) -> None:
    odd = sample("go/odd")
    run(["go", "build", "./..."], odd, client)
    assert run(["git", "status", "--porcelain"], odd, client) == ""


@pytest.mark.tools("cargo", "git")
def test_cargo_tests_and_breaks(sample: Callable[[str], Path], client: Env) -> None:
    shop = sample("cargo/shop")
    run(["cargo", "test", "-q", "--locked", "--test", "shop"], shop, client)
    assert run(["git", "status", "--porcelain"], shop, client) == ""
    manifest = shop / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("version = '1.0.0'", "version = '2.0.0'"))
    run(["cargo", "test", "-q", "--test", "shop"], shop, client)
    manifest.write_text(manifest.read_text().replace('swell= "1"', 'swell= "2"'))
    text = run(["cargo", "test", "--test", "shop"], shop, client, code=None)
    assert "test tells_the_height_of_a_wave ... FAILED" in text


@pytest.mark.tools("cargo", "git")
def test_cargo_workspace(sample: Callable[[str], Path], client: Env) -> None:
    workspace = sample("cargo/workspace")
    run(["cargo", "check", "-q", "--locked", "--tests"], workspace, client)
    text = run(["cargo", "update", "--dry-run", "-v"], workspace, client)
    assert "tidewater-swell v1.0.0 -> v1.1.0 (available: v2.0.0)" in text


@pytest.mark.tools("npm", "uv", "go", "cargo", "git")
def test_configuration_in_files_alone_is_enough(fresh_site: Site, fixtures: Path, tmp_path: Path) -> None:
    env = client_env(fresh_site, tmp_path / "home", variables=False)
    assert not [key for key in env if fresh_site.url in env[key]]
    assert run(["npm", "config", "get", "registry"], tmp_path, env).strip() == fresh_site.npm_url
    assert run(["go", "env", "GOPROXY"], tmp_path, env).strip() == fresh_site.go_proxy_url
    assert fresh_site.pip_simple_url in run([sys.executable, "-m", "pip", "config", "list"], tmp_path, env)
    shop = materialise(fixtures, "pip/shop", tmp_path, fresh_site)
    run(["uv", "lock", "--check"], shop, env)


NO_DEFENCE = [
    pytest.param(
        "npm/npmrc-git", ["npm", "install", "--ignore-scripts"], marks=pytest.mark.tools("npm", "git")
    ),
    pytest.param("npm/lifecycle", ["npm", "install"], marks=pytest.mark.tools("npm")),
    pytest.param(
        "pip/setup-py", [sys.executable, "-m", "pip", "download", "--no-build-isolation", "./wreck"]
    ),
    pytest.param("cargo/build-rustc", ["cargo", "metadata"], marks=pytest.mark.tools("cargo")),
    pytest.param("cargo/toolchain-path", ["cargo", "--version"], marks=pytest.mark.tools("cargo", "rustup")),
]


@pytest.mark.parametrize(("case", "argv"), NO_DEFENCE)
def test_hostile_projects_leave_a_mark_without_defences(
    case: str, argv: list[str], sample: Callable[[str], Path], client: Env
) -> None:
    project = sample(f"hostile/{case}")
    subprocess.run(argv, cwd=project, env=client, capture_output=True, timeout=60, check=False)
    assert list(project.rglob("MARK")), "the fixture proves nothing if it does not fire here"


# The protocols.


def test_npm_packument(site: Site) -> None:
    full = document(site.npm_url + "tidewater-tally")
    assert list(full["versions"]) == ["1.0.0", "1.1.0", "1.2.0", "2.0.0"]
    assert full["dist-tags"] == {"latest": "2.0.0"} and set(full["time"]) > {"created", "modified", "2.0.0"}
    dist = full["versions"]["2.0.0"]["dist"]
    _, _, data = ask(dist["tarball"])
    assert sha512_integrity(data) == dist["integrity"]
    short = document(site.npm_url + "tidewater-barnacle", {"Accept": "application/vnd.npm.install-v1+json"})
    assert "time" not in short and short["versions"]["1.1.0"]["hasInstallScript"] is True
    assert document(site.npm_url + "@tidewater%2fcharts")["name"] == "@tidewater/charts"
    assert document(site.npm_url + "tidewater-reef")["versions"]["1.2.0"]["deprecated"].startswith(
        "the depths"
    )
    assert "1.1.0" not in document(site.npm_url + "tidewater-fog")["time"]
    assert document(site.npm_url + "tidewater-flotsam")["dist-tags"] == {
        "latest": "1.0.0",
        "next": "1.1.0-rc.1",
    }
    assert ask(site.npm_url + "no-such-package")[0] == 404


def test_etag_and_gzip(site: Site) -> None:
    url = site.npm_url + "tidewater-tally"
    _, headers, data = ask(url, {"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip" and data[:2] == b"\x1f\x8b"
    status, _, data = ask(url, {"If-None-Match": headers["ETag"], "Accept-Encoding": "gzip"})
    assert (status, data) == (304, b"")


def test_simple_index(site: Site) -> None:
    url = site.pip_simple_url + "tidewater-reef/"
    page = document(url, {"Accept": SIMPLE_JSON})
    newest = page["files"][-1]
    assert newest["yanked"] == "the depths are wrong, use 1.1.0" and newest["upload-time"].endswith("Z")
    _, _, wheel = ask(newest["url"])
    assert sha256_hex(wheel) == newest["hashes"]["sha256"] and len(wheel) == newest["size"]
    _, _, beside = ask(newest["url"] + ".metadata")
    assert sha256_hex(beside) == newest["core-metadata"]["sha256"]
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        assert archive.read("tidewater_reef-1.2.0.dist-info/METADATA") == beside
    _, headers, html = ask(url)
    assert headers["Content-Type"].startswith("text/html") and b'data-yanked="the depths are wrong' in html
    assert (
        "upload-time"
        not in document(site.pip_simple_url + "tidewater-fog/", {"Accept": SIMPLE_JSON})["files"][-1]
    )
    assert ask(site.pip_simple_url + "Tidewater_Reef/")[0] == 200, "redirected to the normalised name"
    assert ask(site.pip_simple_url + "no-such-project/")[0] == 404


def test_python_json_api(site: Site) -> None:
    body = document(f"{site.url}/pypi/tidewater-keel/json")
    assert body["info"]["version"] == "2.0.0" and body["releases"]["2.0.0"][0]["requires_python"] == ">=3.99"
    assert document(f"{site.url}/pypi/tidewater-reef/json")["info"]["version"] == "1.1.0"


def test_go_proxy(site: Site) -> None:
    base = site.go_proxy_url + "/tidewater.example"
    assert ask(f"{base}/!buoy/@v/list")[2] == b"v1.0.0\nv1.0.1\n"
    assert ask(f"{base}/Buoy/@v/list")[0] == 404, "a capital letter must be escaped"
    assert document(f"{base}/tally/v2/@latest")["Version"] == "v2.0.0"
    assert document(f"{base}/gull/@v/v1.1.0.info")["Time"] == f"{_ago(site, hours=1)}Z"
    assert ask(f"{base}/driftwood/@v/v2.0.0+incompatible.mod")[2] == b"module tidewater.example/driftwood\n"
    status, _, text = ask(f"{base}/tally/@v/v9.9.9.info")
    assert status == 404 and text.startswith(b"not found")


def _ago(site: Site, hours: int) -> str:
    stamp = site.now.timestamp() - hours * 3600
    return type(site.now).fromtimestamp(stamp, site.now.tzinfo).strftime("%Y-%m-%dT%H:%M:%S")


def test_cargo_index(site: Site) -> None:
    index = site.cargo_index_url.removeprefix("sparse+")
    config = document(index + "config.json")
    _, _, text = ask(index + "ti/de/tidewater-reef")
    newest = json.loads(text.splitlines()[-1])
    assert newest["yanked"] is True and newest["pubtime"].endswith("Z")
    url = config["dl"].format(crate="tidewater-reef", version="1.2.0")
    assert sha256_hex(ask(url)[2]) == newest["cksum"]
    versions = document(config["api"] + "/api/v1/crates/tidewater-keel")["versions"]
    assert versions[0]["rust_version"] == "1.999" and versions[0]["created_at"]
    assert ask(index + "no/-s/no-such-crate")[0] == 404


@pytest.mark.parametrize(
    ("package", "ids"),
    [
        pytest.param({"ecosystem": "npm", "name": "tidewater-cord"}, [], id="withdrawn-record"),
        pytest.param({"ecosystem": "Go", "name": "tidewater.example/tally"}, [], id="other-versions"),
        pytest.param({"ecosystem": "crates.io", "name": "tidewater-gull"}, [], id="nothing-known"),
        pytest.param({"ecosystem": "npm", "name": "tidewater-hatch"}, ["TEST-2026-0001"], id="npm"),
        pytest.param(
            {"ecosystem": "PyPI", "name": "Tidewater_Hatch"}, ["TEST-2026-0011"], id="pypi-normalised"
        ),
        pytest.param({"purl": "pkg:golang/tidewater.example/hatch"}, ["TEST-2026-0021"], id="go-by-purl"),
    ],
)
def test_advisories_are_found(site: Site, package: dict[str, str], ids: list[str]) -> None:
    found = document(f"{site.osv_url}/v1/query", body={"package": package, "version": "1.0.0"})
    assert [record["id"] for record in found.get("vulns", [])] == ids
    batch = document(
        f"{site.osv_url}/v1/querybatch", body={"queries": [{"package": package, "version": "1.0.1"}]}
    )
    assert batch == {"results": [{}]}, "1.0.1 has the fix"


def test_advisories_page_by_page(fresh_site: Site) -> None:
    fresh_site.osv_page_size = 1
    fresh_site.advisories.append(fresh_site.advisories[0] | {"id": "TEST-2026-0099"})
    query: dict[str, Any] = {"package": {"ecosystem": "npm", "name": "tidewater-hatch"}, "version": "1.0.0"}
    url = f"{fresh_site.osv_url}/v1/querybatch"
    first = document(url, body={"queries": [query]})["results"][0]
    second = document(url, body={"queries": [query | {"page_token": first["next_page_token"]}]})["results"][0]
    assert [page["vulns"][0]["id"] for page in (first, second)] == ["TEST-2026-0001", "TEST-2026-0099"]
    assert set(first["vulns"][0]) == {"id", "modified"} and "next_page_token" not in second
    assert ask(url, body={"queries": [query] * 1001})[0] == 400
    assert document(f"{fresh_site.osv_url}/v1/vulns/TEST-2026-0001")["aliases"] == ["ALIAS-2026-0001"]
    assert ask(f"{fresh_site.osv_url}/v1/vulns/NO-1")[0] == 404


def test_advisories_as_folders(site: Site, fixtures: Path, tmp_path: Path) -> None:
    packed = pack_advisories(fixtures / "advisories", tmp_path)
    assert sorted(path.name for path in packed.iterdir()) == ["Go", "PyPI", "crates.io", "npm"]
    data = (packed / "PyPI/all.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist()[0] == "TEST-2026-0011.json"
    assert ask(f"{site.osv_dump_url}/PyPI/all.zip")[2] == data


# The levers.


def test_faults_and_the_log(fresh_site: Site) -> None:
    url = fresh_site.npm_url + "tidewater-cord"
    fresh_site.fail("/npm/tidewater-cord", 429, times=1, headers={"Retry-After": "1"})
    assert [ask(url)[0], ask(url)[0]] == [429, 200]
    assert fresh_site.requests == [("GET", "/npm/tidewater-cord")] * 2
    fresh_site.fail("/npm/", 200, body=b"<html>", kind="text/html")
    assert ask(url)[2] == b"<html>"
    fresh_site.cut("/npm/")
    with pytest.raises(http.client.IncompleteRead):
        ask(url)
    fresh_site.heal()
    fresh_site.delay("/npm/", 0.01)
    assert ask(url)[0] == 200 and fresh_site.count("/npm/tidewater-cord", "GET") == 5


def test_publish_withdraw_and_hide(fresh_site: Site, site: Site) -> None:
    fresh_site.publish("npm", "tidewater-cord", "2.1.0", files={"index.js": "exports.tie = 1;\n"}, age="2h")
    full = document(fresh_site.npm_url + "tidewater-cord")
    assert full["dist-tags"]["latest"] == full["versions"]["2.1.0"]["version"] == "2.1.0"
    fresh_site.publish("pip", "tidewater-cord", "2.0.1")
    fresh_site.withdraw("pip", "tidewater-cord", "2.0.1", "a mistake")
    page = document(fresh_site.pip_simple_url + "tidewater-cord/", {"Accept": SIMPLE_JSON})
    assert page["files"][-1]["yanked"] == "a mistake"
    fresh_site.publish("cargo", "tidewater-new", "0.1.0", files={"Cargo.toml": _CRATE, "src/lib.rs": ""})
    assert b'"vers":"0.1.0"' in ask(f"{fresh_site.url}/cargo/index/ti/de/tidewater-new")[2]
    fresh_site.hide("go", "tidewater.example/cord", "v1.1.0")
    assert ask(f"{fresh_site.go_proxy_url}/tidewater.example/cord/@v/list")[2] == b"v1.0.0\n"
    fresh_site.hide("npm", "tidewater-tally")
    assert ask(fresh_site.npm_url + "tidewater-tally")[0] == 404
    assert document(site.npm_url + "tidewater-cord")["dist-tags"]["latest"] == "2.0.0", (
        "other sites are untouched"
    )


_CRATE = '[package]\nname = "tidewater-new"\nversion = "0.1.0"\nedition = "2021"\n'
