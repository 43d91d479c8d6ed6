"""The environment in which the real npm, pip, uv, go and cargo install from the server, and from nothing else."""

import os
import shutil
import sys
from pathlib import Path

from tests.loopback.site import Site

_PASSED_ON = ("LANG", "LC_ALL", "TMPDIR", "TERM", "TZ", "SYSTEMROOT", "GOROOT", "PYENV_ROOT", "PYENV_VERSION")
_GIT_CONFIG = "[user]\n\tname = Tide Water\n\temail = tide@example.com\n[init]\n\tdefaultBranch = main\n"


def find_tool(name: str) -> str | None:
    """The program's path: on PATH, or beside the running Python (uv comes with the development dependencies)."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


def client_env(site: Site, home: Path, *, variables: bool = True) -> dict[str, str]:
    """The whole environment for a child process whose user lives in `home`.

    Writes the user's configuration files below `home` (.npmrc, pip.conf, uv.toml, go/env, .cargo/config.toml,
    .gitconfig) and keeps every cache there, except Go's build cache: it is keyed by content, and building the
    standard library anew takes half a minute. With `variables=False` the registries stand in those files only,
    so that a test can see what is read from files.
    """
    config = home / ".config"
    _write_files(site, home, config)
    env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    env |= {
        "PATH": _path(home),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(config),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "NO_PROXY": "127.0.0.1",
        "npm_config_cache": str(home / ".npm"),
        "npm_config_globalconfig": str(home / "etc-npmrc"),
        "PIP_CACHE_DIR": str(home / ".cache/pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_CACHE_DIR": str(home / ".cache/uv"),
        "UV_PYTHON_DOWNLOADS": "never",
        "GOPATH": str(home / "go"),
        "GOCACHE": _go_build_cache(),
        "GOENV": str(config / "go/env"),
        "CARGO_HOME": str(home / ".cargo"),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME") or str(Path.home() / ".rustup"),
    }
    return env | (_variables(site) if variables else {})


def _variables(site: Site) -> dict[str, str]:
    return {
        "npm_config_registry": site.npm_url,
        "PIP_INDEX_URL": site.pip_simple_url,
        "UV_DEFAULT_INDEX": site.pip_simple_url,
        "UV_INDEX_URL": site.pip_simple_url,
        **_go_settings(site),
    }


def _go_settings(site: Site) -> dict[str, str]:
    """-modcacherw lets a test remove its folder; -mod=mod is left out, since it would hide an incomplete go.sum."""
    return {
        "GOPROXY": site.go_proxy_url,
        "GOSUMDB": "off",
        "GONOSUMDB": "*",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-modcacherw",
    }


def _write_files(site: Site, home: Path, config: Path) -> None:
    index = site.pip_simple_url
    retries = "fetch-retries=1\nfetch-retry-mintimeout=10\nfetch-retry-maxtimeout=100\n"
    texts = {
        home / ".npmrc": f"registry={site.npm_url}\nfund=false\nupdate-notifier=false\n{retries}",
        config / "pip/pip.conf": f"[global]\nindex-url = {index}\n",
        config / "uv/uv.toml": f'[[index]]\nurl = "{index}"\ndefault = true\n',
        config / "go/env": "".join(f"{k}={v}\n" for k, v in _go_settings(site).items()),
        home / ".cargo/config.toml": (
            '[source.crates-io]\nreplace-with = "loopback"\n\n'
            f'[source.loopback]\nregistry = "{site.cargo_index_url}"\n\n[net]\nretry = 1\n'
        ),
        home / ".gitconfig": _GIT_CONFIG,
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _path(home: Path) -> str:
    """The PATH of this process, and uv at its end where only the running Python has it."""
    path = os.environ.get("PATH", os.defpath)
    uv = find_tool("uv")
    if uv is None or shutil.which("uv"):
        return path
    link = home / "bin/uv"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(uv)
    return f"{path}{os.pathsep}{link.parent}"


def _go_build_cache() -> str:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return os.environ.get("GOCACHE") or str(cache / "go-build")
