"""The crates registry: the sparse index, downloads and the web API, below /cargo/."""

import json
import tomllib
from functools import cache
from typing import Any

from tests.loopback.archives import sha256_hex, tar_gz
from tests.loopback.catalogue import Catalogue, Release
from tests.loopback.wire import Answer, Request, as_archive, as_json, as_text

_KINDS = {"dependencies": "normal", "dev-dependencies": "dev", "build-dependencies": "build"}


def answer(catalogue: Catalogue, request: Request) -> Answer | None:
    """Answer a request below /cargo/.

    Sources: https://doc.rust-lang.org/cargo/reference/registry-index.html and registry-web-api.html
    """
    match request.parts[1:]:
        case ["index", "config.json"]:
            base = f"{request.base}/cargo"
            return as_json({"dl": f"{base}/dl/{{crate}}/{{crate}}-{{version}}.crate", "api": base})
        case ["index", *prefix, name] if "/".join([*prefix, name]) == index_path(name):
            lines = [index_line(r) for r in _find(catalogue, name)]
            return as_text("".join(line + "\n" for line in lines)) if lines else None
        case ["dl", name, file]:
            found = [r for r in _find(catalogue, name) if file == f"{name}-{r.version}.crate"]
            return as_archive(crate_file(found[0])) if found else None
        case ["api", "v1", "crates", name]:
            return _api(name, _find(catalogue, name))
        case _:
            return None


def index_path(name: str) -> str:
    """Where the index keeps a crate: `1/a`, `2/ab`, `3/a/abc`, `ab/cd/abcdef`, in lower case."""
    low = name.lower()
    if len(low) <= 2:
        return f"{len(low)}/{low}"
    return f"3/{low[0]}/{low}" if len(low) == 3 else f"{low[:2]}/{low[2:4]}/{low}"


def _find(catalogue: Catalogue, name: str) -> list[Release]:
    exact = next((n for n in catalogue.names("cargo") if n.lower() == name.lower()), name)
    return catalogue.releases("cargo", exact)


@cache
def crate_file(release: Release) -> bytes:
    """The `.crate` of a release."""
    return tar_gz(f"{release.name}-{release.version}", release.files)


def index_line(release: Release) -> str:
    """One line of the index: a JSON document."""
    manifest = tomllib.loads(release.manifest.decode())
    features = manifest.get("features", {})
    new_style = {k: v for k, v in features.items() if any(x.startswith("dep:") or "?/" in x for x in v)}
    line: dict[str, Any] = {
        "name": release.name,
        "vers": release.version,
        "deps": _dependencies(manifest),
        "cksum": sha256_hex(crate_file(release)),
        "features": {k: v for k, v in features.items() if k not in new_style},
        "yanked": release.withdrawn is not None,
        "links": manifest["package"].get("links"),
        "v": 2,
    }
    line |= {"features2": new_style} if new_style else {}
    if rust := manifest["package"].get("rust-version"):
        line["rust_version"] = rust
    if release.stamp:
        line["pubtime"] = release.stamp[:19] + "Z"
    return json.dumps(line, separators=(",", ":"))


def _dependencies(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    tables = [(manifest, None), *((table, target) for target, table in manifest.get("target", {}).items())]
    return [
        _dependency(name, wish if isinstance(wish, dict) else {"version": wish}, kind, target)
        for table, target in tables
        for section, kind in _KINDS.items()
        for name, wish in table.get(section, {}).items()
    ]


def _dependency(name: str, wish: dict[str, Any], kind: str, target: str | None) -> dict[str, Any]:
    return {
        "name": name,
        "req": wish["version"],
        "features": wish.get("features", []),
        "optional": wish.get("optional", False),
        "default_features": wish.get("default-features", True),
        "target": target,
        "kind": kind,
        "registry": None,
        "package": wish.get("package"),
    }


def _api(name: str, releases: list[Release]) -> Answer:
    if not releases:
        return as_json({"errors": [{"detail": f"crate `{name}` does not exist"}]}, status=404)
    versions = [_api_version(r) for r in reversed(releases)]
    crate = {"id": releases[0].name, "name": releases[0].name, "max_version": releases[-1].version}
    crate |= {"created_at": versions[-1]["created_at"], "updated_at": versions[0]["created_at"]}
    return as_json({"crate": crate, "versions": versions})


def _api_version(release: Release) -> dict[str, Any]:
    package = tomllib.loads(release.manifest.decode())["package"]
    return {
        "crate": release.name,
        "num": release.version,
        "created_at": release.stamp,
        "updated_at": release.stamp,
        "yanked": release.withdrawn is not None,
        "yank_message": release.withdrawn or None,
        "rust_version": package.get("rust-version"),
        "checksum": sha256_hex(crate_file(release)),
        "license": package.get("license"),
        "dl_path": f"/api/v1/crates/{release.name}/{release.version}/download",
    }
