"""npm's configuration in npm's order, and credentials that go nowhere a project wishes them to go."""

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.ecosystems.npm.support import write
from upgrader.ecosystems import npm
from upgrader.ecosystems.base import Registry
from upgrader.ecosystems.npm.npmrc import expand_variables, parse_npmrc
from upgrader.model import Project

DEFAULT = "https://default.example/"


def locate(
    tmp_path: Path,
    *,
    env: Mapping[str, str] | None = None,
    project: str = "",
    user: str = "",
    site: str = "",
    default: str | None = DEFAULT,
    folder: str = ".",
) -> tuple[Registry, list[Sequence[str]]]:
    """Where a project in `repo/<folder>` asks; and what npm was asked."""
    root = tmp_path / "repo"
    files = {f"repo/{folder}/.npmrc": project, "home/.npmrc": user, "prefix/etc/npmrc": site}
    write(tmp_path, {path: text for path, text in files.items() if text} | {"repo/package.json": "{}"})
    asked: list[Sequence[str]] = []

    def ask(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str | None:
        assert not root.is_relative_to(cwd) or cwd == Path(cwd.anchor)
        asked.append(argv)
        return default

    found = Project(
        ecosystem="npm",
        folder=folder,
        manifest="package.json",
        manifests=("package.json",),
        lockfile=None,
        tool="npm",
    )
    variables = {"HOME": str(tmp_path / "home"), "npm_config_prefix": str(tmp_path / "prefix"), **(env or {})}
    return npm.locate_registry(root, found, variables, ask), asked


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_nothing_configured_asks_npm_once(tmp_path: Path) -> None:
    registry, asked = locate(tmp_path)
    assert (registry.url, registry.scopes, registry.credentials) == ("https://default.example", {}, {})
    assert (registry.cooldown_days, registry.problem) == (None, "")
    assert asked == [["npm", "config", "get", "registry"]]


def test_a_configured_registry_asks_nobody(tmp_path: Path) -> None:
    registry, asked = locate(tmp_path, user="registry=https://u.example/npm/")
    assert (registry.url, asked) == ("https://u.example/npm", [])


@pytest.mark.parametrize("default", [None, "", "undefined", "ftp://x.example/"])
def test_no_usable_answer_is_a_problem(tmp_path: Path, default: str | None) -> None:
    registry, _ = locate(tmp_path, default=default)
    assert registry.url == ""
    assert registry.problem


ORDER = [
    pytest.param({"npm_config_registry": "https://e.example/"}, "https://e.example", id="environment"),
    pytest.param(
        {"NPM_CONFIG_REGISTRY": "https://e.example"}, "https://e.example", id="environment in capitals"
    ),
    pytest.param({"npm_config_registry": ""}, "https://p.example", id="an empty variable does not count"),
    pytest.param({}, "https://p.example", id="project"),
]


@pytest.mark.parametrize(("env", "wanted"), ORDER)
def test_the_stronger_source_wins(tmp_path: Path, env: dict[str, str], wanted: str) -> None:
    project, user = "registry=https://p.example/", "registry=https://u.example/"
    assert (
        locate(tmp_path, env=env, site="registry=https://g.example/", project=project, user=user)[0].url
        == wanted
    )


def test_user_before_global(tmp_path: Path) -> None:
    user, site = "registry = https://u.example/", "registry=https://g.example/"
    assert locate(tmp_path, user=user, site=site)[0].url == "https://u.example"
    assert locate(tmp_path / "x", site="registry=https://g.example/")[0].url == "https://g.example"


def test_another_user_file_and_a_project_in_a_folder(tmp_path: Path) -> None:
    write(tmp_path, {"other": "registry=https://o.example/"})
    assert (
        locate(tmp_path, env={"npm_config_userconfig": str(tmp_path / "other")})[0].url == "https://o.example"
    )
    assert locate(tmp_path, project="registry=https://f.example", folder="app")[0].url == "https://f.example"


def test_scopes_from_every_source(tmp_path: Path) -> None:
    registry, _ = locate(
        tmp_path,
        env={"npm_config_@e:registry": "https://e.example/"},
        project="@p:registry=https://p.example/npm/",
        user="@u:registry=https://u.example/\n@p:registry=https://no.example/",
    )
    assert registry.scopes == {
        "@e": "https://e.example",
        "@p": "https://p.example/npm",
        "@u": "https://u.example",
    }


CREDENTIALS = [
    pytest.param("//u.example/npm/:_authToken=abc", "Bearer abc", id="token"),
    pytest.param("//u.example/npm:_authToken=abc", "Bearer abc", id="token, no slash"),
    pytest.param("//u.example/:_authToken=abc", "Bearer abc", id="token of the host"),
    pytest.param(
        "//u.example/:_authToken=no\n//u.example/npm/:_authToken=yes", "Bearer yes", id="the nearer path"
    ),
    pytest.param("//u.example/npm/:_auth=YTpi", "Basic YTpi", id="basic"),
    pytest.param(
        "//u.example/npm/:username=a\n//u.example/npm/:_password=Yg==", basic("a:b"), id="user and password"
    ),
    pytest.param(
        "//u.example/npm/:_authToken=${MY_TOKEN}", "Bearer secret", id="a variable in the user's file"
    ),
    pytest.param("_auth=YTpi", "Basic YTpi", id="old, without a host"),
    pytest.param("//u.example/npm/:_authToken=${NOT_SET}", None, id="a variable that is not set"),
    pytest.param("//u.example/other/:_authToken=abc", None, id="another path"),
    pytest.param("//u.example:8443/npm/:_authToken=abc", None, id="another port"),
    pytest.param("//x.u.example/npm/:_authToken=abc", None, id="another host"),
    pytest.param('//u.example/npm/:_authToken="a\\r\\nX-Evil: 1"', None, id="a second header line"),
    pytest.param("//u.example/npm/:username=a", None, id="no password"),
]


@pytest.mark.parametrize(("lines", "wanted"), CREDENTIALS)
def test_a_credential_belongs_to_host_and_path(tmp_path: Path, lines: str, wanted: str | None) -> None:
    registry, _ = locate(
        tmp_path, env={"MY_TOKEN": "secret"}, user=f"registry=https://u.example/npm/\n{lines}"
    )
    assert registry.credentials == ({"https://u.example/npm": wanted} if wanted else {})


def test_user_and_password_in_an_address(tmp_path: Path) -> None:
    registry, _ = locate(tmp_path, user="registry=https://a:b%40@u.example/npm/")
    assert registry.url == "https://u.example/npm"
    assert registry.credentials == {"https://u.example/npm": basic("a:b@")}


def test_a_credential_in_the_environment(tmp_path: Path) -> None:
    env = {"npm_config_//u.example/:_authToken": "abc", "npm_config_registry": "https://u.example/"}
    assert locate(tmp_path, env=env)[0].credentials == {"https://u.example": "Bearer abc"}


USER = "registry=https://u.example/\n//u.example/:_authToken=users\n_auth=dXNlcg=="
THEFTS = [
    pytest.param("registry=https://evil.example/", id="another registry"),
    pytest.param("registry=https://evil.example/\n//evil.example/:_authToken=${NPM_TOKEN}", id="a variable"),
    pytest.param(
        "registry=https://evil.example/\n//evil.example/:_authToken=x${NPM_TOKEN?}y", id="a part of it"
    ),
    pytest.param("registry=https://evil.example/\n//evil.example/:_auth=${NPM_TOKEN}", id="as basic"),
    pytest.param(
        "registry=https://evil.example/\n//evil.example/:username=a\n//evil.example/:_password=${NPM_TOKEN}",
        id="as password",
    ),
    pytest.param("registry=https://evil.example/\n_authToken=${NPM_TOKEN}", id="without a host"),
    pytest.param("registry=http://u.example/", id="the same host without TLS"),
    pytest.param("registry=https://u.example.evil.example/", id="a longer name"),
    pytest.param("registry=https://u.example:444/", id="another port"),
    pytest.param("registry=https://u.example@evil.example/", id="the host as user"),
    pytest.param("userconfig=./mine\nregistry=https://evil.example/", id="another user file"),
]


@pytest.mark.parametrize("project", THEFTS)
def test_a_project_can_not_send_a_users_secret_elsewhere(tmp_path: Path, project: str) -> None:
    registry, _ = locate(tmp_path, env={"NPM_TOKEN": "secret"}, project=project, user=USER)
    told = " ".join(registry.credentials.values())
    assert registry.url != "https://u.example"
    assert (
        registry.url or ".npmrc: " in registry.problem
    )  # npm itself would send it: nothing is asked, nothing moves
    assert not any(
        word in told for word in ("secret", "users", "dXNlcg", base64.b64encode(b"secret").decode())
    )


LEAKS = [
    "https://evil.example/${NPM_TOKEN}/",
    "https://${NPM_TOKEN}.evil.example/",
    "${CORP_URL}.evil.example/",
]


@pytest.mark.parametrize("address", LEAKS)
def test_a_project_can_not_put_a_variable_into_an_address(tmp_path: Path, address: str) -> None:
    env = {"NPM_TOKEN": "secret", "CORP_URL": "https://a:b@corp.example"}
    registry, _ = locate(tmp_path, env=env, project=f"registry={address}", user=USER)
    assert registry.url == ""
    assert "secret" not in registry.problem


def test_what_a_project_may_do(tmp_path: Path) -> None:
    """The common setup of CI: the token's variable stands in the project's file, for a registry the user knows too."""
    line = "//default.example/:_authToken=${NPM_TOKEN}"
    env = {"NPM_TOKEN": "secret", "CORP_URL": "https://corp.example/npm/"}
    assert locate(tmp_path / "a", env=env, project=line)[0].credentials == {
        "https://default.example": "Bearer secret"
    }
    known = "@corp:registry=https://corp.example/\n"
    project = f"{known}//corp.example/:_authToken=${{NPM_TOKEN}}"
    registry, _ = locate(tmp_path / "b", env=env, project=project, user=known)
    assert registry.credentials == {"https://corp.example": "Bearer secret"}
    own = "registry=https://own.example/\n//own.example/:_authToken=written-out"
    assert locate(tmp_path / "c", env=env, project=own)[0].credentials == {
        "https://own.example": "Bearer written-out"
    }
    assert (
        locate(tmp_path / "d", env=env, project="registry=${CORP_URL}/x/")[0].url
        == "https://corp.example/npm/x"
    )
    loop = "registry=http://127.0.0.1:1/\n"
    user = "//127.0.0.1:1/:_authToken=t"
    assert locate(tmp_path / "e", project=loop, user=user)[0].credentials == {
        "http://127.0.0.1:1": "Bearer t"
    }


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


COOLDOWNS = [
    ("min-release-age=7", "", 7.0),
    ("min-release-age=0.5", "", 0.5),
    ("min-release-age=0", "", None),
    ("min-release-age=soon", "", None),
    ("", "min-release-age=2", 2.0),
    ("min-release-age=7", "min-release-age=2", 7.0),
    ("before=<10>", "", 10.0),
    ("before=<10>\nmin-release-age=3", "", 10.0),
    ("before=<-10>", "", None),
    ("before=whenever", "min-release-age=4", 4.0),
]


@pytest.mark.parametrize(("project", "user", "wanted"), COOLDOWNS)
def test_npms_own_cooldown(tmp_path: Path, project: str, user: str, wanted: float | None) -> None:
    # `<10>` stands for ten days ago: a time in the table would make the tests' names change from run to run.
    project = re.sub(r"<(-?\d+)>", lambda days: ago(float(days[1])), project)
    found = locate(tmp_path, project=project, user=user)[0].cooldown_days
    assert (found is None) == (wanted is None)
    assert wanted is None or found == pytest.approx(wanted, abs=0.01)


def test_a_file_that_can_not_be_read_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, {"secret": "registry=https://x.example", "repo/package.json": "{}"})
    (tmp_path / "repo/.npmrc").symlink_to(tmp_path / "secret")
    assert (
        locate(tmp_path)[0].url == "https://default.example"
    )  # outside the project: as if it were not there
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.npmrc").write_bytes(b"#" * (2**20 + 1))
    assert "more than" in locate(tmp_path)[0].problem


LINES = [
    ("a=b", {"a": "b"}),
    (" a = b ", {"a": "b"}),
    ("a", {"a": "true"}),
    ("a=", {"a": ""}),
    ("a = 'b'", {"a": "b"}),
    ('a = "b c"', {"a": "b c"}),
    ("a=b=c==", {"a": "b=c=="}),
    ("a=b ; why", {"a": "b"}),
    ("a=b#c", {"a": "b"}),
    (r"a=b\#c", {"a": "b#c"}),
    ("; a=b\n# c=d\n\n", {}),
    ("a=b\n[section]\nc=d", {"a": "b"}),
    ("a=b\r\nc=d\r\n", {"a": "b", "c": "d"}),
]


@pytest.mark.parametrize(("text", "wanted"), LINES)
def test_lines_of_an_npmrc(text: str, wanted: dict[str, str]) -> None:
    assert parse_npmrc(text, str) == wanted


VARIABLES = [
    ("${A}", "1"),
    ("x${A}y${B}", "x1y2"),
    ("${NO}", "${NO}"),
    ("${NO?}", ""),
    (r"\${A}", r"\${A}"),
    ("$A", "$A"),
    ("${}", "${}"),
]


@pytest.mark.parametrize(("text", "wanted"), VARIABLES)
def test_variables(text: str, wanted: str) -> None:
    assert expand_variables(text, {"A": "1", "B": "2"}) == wanted


LEGAL = [
    pytest.param("//u.example/:_authToken=${NPM_TOKEN}", id="a token for the user's own server"),
    pytest.param(
        "@c:registry=https://c.example/\n//c.example/:_authToken=${GH_TOKEN}", id="a variable npm never sees"
    ),
    pytest.param(
        "@c:registry=https://c.example/\n//c.example/:_authToken=${UNSET}", id="a variable that is not set"
    ),
    pytest.param("save-prefix=~\nstrict-ssl=true\ncache=${HOME}/c", id="other settings"),
    pytest.param("proxy=http://same.example/", id="the user's own proxy"),
]
REROUTED = [
    "https-proxy=http://evil.example/",
    "proxy=http://evil.example/",
    "strict-ssl=false",
    "cafile=./evil.pem",
]
OWN = "registry=https://u.example/\n//u.example/:_authToken=own\nproxy=http://same.example/\n"


@pytest.mark.parametrize("project", LEGAL)
def test_ordinary_project_settings_are_no_problem(tmp_path: Path, project: str) -> None:
    env = {"NPM_TOKEN": "secret", "GH_TOKEN": "secret"}
    assert locate(tmp_path, env=env, project=project, user=OWN)[0].problem == ""


@pytest.mark.parametrize("project", REROUTED)
def test_a_project_can_not_reroute_a_users_credentials(tmp_path: Path, project: str) -> None:
    registry, _ = locate(tmp_path, project=project, user=OWN)
    assert registry.problem.startswith(f".npmrc: {project.partition('=')[0]}: ")
    assert locate(tmp_path, project=project, user="registry=https://u.example/")[0].problem == ""
