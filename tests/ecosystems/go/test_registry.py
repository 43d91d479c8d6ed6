"""Where Go fetches modules, as its settings say."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.ecosystems.go.books import PROJECT
from tests.loopback import Site
from upgrader.ecosystems.base import Registry
from upgrader.ecosystems.go import locate_registry
from upgrader.ecosystems.go.registry import private_patterns, proxies_of
from upgrader.outside.shell import run


class Told:
    """`go env` with fixed answers; None for a missing tool."""

    def __init__(self, answers: Mapping[str, str] | str | None) -> None:
        self.answers = answers
        self.env: Mapping[str, str] = {}

    def __call__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str | None:
        """Remember the environment and answer."""
        assert tuple(argv[:3]) == ("go", "env", "-json")
        self.env = env
        if self.answers is None or isinstance(self.answers, str):
            return self.answers
        return json.dumps({name: self.answers.get(name, "") for name in argv[3:]})


def located(env: Mapping[str, str], answers: Mapping[str, str] | str | None = None) -> Registry:
    return locate_registry(Path(), PROJECT, env, Told(answers))


@pytest.mark.parametrize(
    ("goproxy", "proxies", "end"),
    [
        pytest.param("https://p.example", [("https://p.example", False)], None, id="one"),
        pytest.param(
            "https://p.example/go/,direct", [("https://p.example/go", False)], "direct", id="then direct"
        ),
        pytest.param(
            "https://p.example,off,https://q.example", [("https://p.example", False)], "off", id="off ends it"
        ),
        pytest.param(
            "https://p.example|http://127.0.0.1:1/x, ,https://q.example",
            [("https://p.example", True), ("http://127.0.0.1:1/x", False), ("https://q.example", False)],
            None,
            id="separators",
        ),
        pytest.param("p.example/go", [("https://p.example/go", False)], None, id="https is understood"),
    ],
)
def test_reads_goproxy(goproxy: str, proxies: list[tuple[str, bool]], end: str | None) -> None:
    registry = located({"GOPROXY": goproxy})
    assert (registry.problem, proxies_of(registry), registry.scopes.get("")) == ("", proxies, end)


@pytest.mark.parametrize(
    ("goproxy", "says"),
    [
        pytest.param("off", "forbidden", id="off"),
        pytest.param("direct", "repositories themselves", id="direct"),
        pytest.param("file:///srv/proxy", "a folder", id="a folder"),
        pytest.param("/srv/proxy", "a folder", id="a path"),
        pytest.param("proxy", "no address", id="one word"),
        pytest.param("https://p.example,ftp://q.example", "no address", id="ftp"),
        pytest.param(",", "no entries", id="only separators"),
        pytest.param("", "no GOPROXY is set", id="nothing, and no go"),
    ],
)
def test_says_why_there_is_no_proxy(goproxy: str, says: str) -> None:
    registry = located({"GOPROXY": goproxy})
    assert registry.url == ""
    assert says in registry.problem


def test_the_environment_goes_before_gos_files() -> None:
    answers = {"GOPROXY": "https://file.example", "GOPRIVATE": "file.example", "GONOPROXY": "file.example"}
    ours = located({"GOPROXY": "https://env.example", "GOPRIVATE": "env.example,*.corp.example/"}, answers)
    assert (ours.url, private_patterns(ours)) == ("https://env.example", ["env.example", "*.corp.example/"])
    theirs = located({}, answers)
    assert (theirs.url, private_patterns(theirs)) == ("https://file.example", ["file.example"])


def test_gonoproxy_goes_before_goprivate() -> None:
    registry = located({"GOPROXY": "https://p.example", "GOPRIVATE": "a.example", "GONOPROXY": "b.example"})
    assert private_patterns(registry) == ["b.example"]


def test_go_is_asked_without_fetching_another_go() -> None:
    told = Told({"GOPROXY": "https://p.example"})
    locate_registry(Path(), PROJECT, {"HOME": "/nowhere"}, told)
    assert told.env == {"HOME": "/nowhere", "GOTOOLCHAIN": "local"}


def test_garbage_from_go_is_no_setting() -> None:
    assert located({}, "<html>").problem.startswith("no GOPROXY is set")


# -- logins


NETRC = """# mine
machine p.example login ann password s3cret
machine p.example login second password no
machine q.example:8443/go
  login bob
  password pw%40
macdef init
machine m.example login macro password no

machine half.example login only
default login anyone password any
"""


@pytest.mark.parametrize(
    ("goproxy", "extra", "credentials"),
    [
        pytest.param("https://other.example", {}, {}, id="other host"),
        pytest.param("http://p.example", {}, {}, id="not without TLS"),
        pytest.param("https://p.example:444", {}, {}, id="other port"),
        pytest.param("https://q.example:8443", {}, {}, id="other path"),
        pytest.param("https://m.example", {}, {}, id="inside a macro"),
        pytest.param("https://half.example", {}, {}, id="no password"),
        pytest.param("https://p.example", {"GOAUTH": "off"}, {}, id="turned off"),
        pytest.param(
            "https://p.example", {"GOAUTH": "git /srv/x; my-helper -x"}, {}, id="other commands are not run"
        ),
        pytest.param(
            "https://p.example/x", {}, {"https://p.example": "Basic YW5uOnMzY3JldA=="}, id="first login"
        ),
        pytest.param(
            "https://q.example:8443/go/y",
            {},
            {"https://q.example:8443": "Basic Ym9iOnB3JTQw"},
            id="port and path",
        ),
        pytest.param(
            "https://p.example",
            {"GOAUTH": "my-helper; netrc"},
            {"https://p.example": "Basic YW5uOnMzY3JldA=="},
            id="named",
        ),
        pytest.param(
            "https://u:p%40w@z.example", {}, {"https://z.example": "Basic dTpwQHc="}, id="user in the address"
        ),
        pytest.param(
            "http://u:p@127.0.0.1:1", {}, {"http://127.0.0.1:1": "Basic dTpw"}, id="also without TLS"
        ),
    ],
)
def test_logins_go_to_their_own_server(
    tmp_path: Path, goproxy: str, extra: dict[str, str], credentials: dict[str, str]
) -> None:
    (tmp_path / ".netrc").write_text(NETRC)
    registry = located({"GOPROXY": goproxy, "HOME": str(tmp_path), **extra})
    assert registry.credentials == credentials
    assert "@" not in registry.url


def test_netrc_may_lie_elsewhere_or_nowhere(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("machine p.example login a password b")
    env = {"GOPROXY": "https://p.example", "HOME": str(tmp_path)}
    assert located(env).credentials == {}
    assert located({**env, "NETRC": str(tmp_path / "mine")}).credentials == {
        "https://p.example": "Basic YTpi"
    }


@pytest.mark.tools("go")
def test_real_go_tells_what_stands_in_its_file(site: Site, tmp_path: Path, client: dict[str, str]) -> None:
    (tmp_path / "goenv").write_text(f"GOPROXY={site.go_proxy_url},off\nGOPRIVATE=corp.example\n")
    (tmp_path / "go.mod").write_text("module x.example/x\n\ngo 1.99.0\n\ntoolchain go1.99.9\n")
    env = {name: value for name, value in client.items() if not name.startswith("GO")}
    env["GOENV"] = str(tmp_path / "goenv")

    def ask(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str | None:
        done = run(argv, cwd=cwd, env=env)
        return done.stdout.decode().strip() if done.ok else None

    registry = locate_registry(tmp_path, PROJECT, env, ask)
    assert (registry.url, registry.scopes) == (site.go_proxy_url, {"corp.example": "direct", "": "off"})
