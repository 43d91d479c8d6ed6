"""What a child process is told: an environment built from nothing, and where a tool really is."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

_NAMES = frozenset(
    (
        *(
            "PATH",
            "HOME",
            "USER",
            "LOGNAME",
            "SHELL",
            "LANG",
            "LANGUAGE",
            "TZ",
            "TMPDIR",
            "TEMP",
            "TMP",
            "CI",
            "TERM",
        ),
        *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"),
        *(
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "NO_PROXY",
            "ALL_PROXY",
            "http_proxy",
            "https_proxy",
            "no_proxy",
            "all_proxy",
        ),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
        *(
            "GIT_SSL_CAINFO",
            "NIX_SSL_CERT_FILE",
            "RUSTUP_HOME",
            "RUSTUP_TOOLCHAIN",
            "PYENV_ROOT",
            "PYENV_VERSION",
        ),
        *(
            "NVM_DIR",
            "VOLTA_HOME",
            "ASDF_DIR",
            "ASDF_DATA_DIR",
            "MISE_DATA_DIR",
            "COREPACK_HOME",
            "PNPM_HOME",
        ),
        *(
            "BUN_INSTALL",
            "CC",
            "CXX",
            "AR",
            "PKG_CONFIG_PATH",
            "LD_LIBRARY_PATH",
            "DYLD_LIBRARY_PATH",
            "SDKROOT",
        ),
    )
)
"""Variables that tools need to find themselves, the network and their certificates."""
_FAMILIES = ("LC_*", "GO*", "CGO_*", "CARGO_*", "npm_config_*", "NPM_CONFIG_*", "PIP_*", "UV_*")
_SECRET = re.compile(r"token|secret|passw|passphrase|credential|auth|api_?key|_key$|_pass$", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^/@\s]*@")

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
_ACCESS: dict[str, tuple[str, ...]] = {
    "npm": ("npm_config_*", "NPM_CONFIG_*", "NPM_TOKEN", "NODE_AUTH_TOKEN"),
    "pip": ("PIP_*INDEX_URL",),
    "uv": ("UV_*INDEX*", "UV_KEYRING_PROVIDER"),
    "go": ("GOPROXY", "GOAUTH"),
    "cargo": ("CARGO_REGISTR*",),
}


def registry_access(argv: Sequence[str]) -> tuple[str, ...]:
    """The `passthrough` for a command that asks a registry: its own tool's credentials, and no other tool's.

    A requirements file may hold `${NPM_TOKEN}`, a build backend may print what it finds.
    """
    name = argv[0].rpartition(os.sep)[2]
    if name.startswith("python"):
        name = "pip" if "pip" in argv[1:4] else ""
    return (*_PROXIES, *_ACCESS.get(name, ()))


def clean_env(extra: Mapping[str, str] | None = None, *, passthrough: Sequence[str] = ()) -> dict[str, str]:
    """Return an environment for a child, built from nothing.

    It holds the paths, proxies, certificates and tool settings of this process, but no variable whose name speaks
    of a secret, and no user and password inside an address. `passthrough` are names or globs that the caller lets
    through as they are; `extra` is set last.
    """
    kept: dict[str, str] = {}
    for name, value in os.environ.items():
        if _is_wished(name, passthrough):
            kept[name] = value
        elif _wanted(name):
            kept[name] = _USERINFO.sub("", value)
    kept["PATH"] = absolute_path(kept.get("PATH", os.defpath))
    kept.setdefault("LANG", "C.UTF-8")
    kept.update(extra or {})
    return kept


def reaches(name: str, argv: Sequence[str]) -> bool:
    """Whether a command that asks a registry sees a variable of this process."""
    return _is_wished(name, registry_access(argv)) or _wanted(name)


def _is_wished(name: str, wishes: Sequence[str]) -> bool:
    return any(fnmatchcase(name, wish) for wish in wishes)


def is_secret(name: str) -> bool:
    """Whether a variable's name speaks of a secret."""
    return _SECRET.search(name) is not None and name != "SSH_AUTH_SOCK"


def _wanted(name: str) -> bool:
    if _SECRET.search(name):
        return False
    if name in _NAMES:
        return True
    return any(fnmatchcase(name, family) for family in _FAMILIES)


def absolute_path(path: str) -> str:
    """Drop the relative entries of a PATH: `.` or `node_modules/.bin` would let a project supply our tools."""
    return os.pathsep.join(entry for entry in path.split(os.pathsep) if entry.startswith(os.sep))


def find_tool(name: str, *, path: str | None = None) -> str | None:
    """Return the absolute path of a program on PATH, or None; never something relative to the project."""
    if os.sep in name:
        return name if name.startswith(os.sep) and os.access(name, os.X_OK) else None
    return shutil.which(
        name, path=absolute_path(os.environ.get("PATH", os.defpath) if path is None else path)
    )
