"""The projects that are audited: made of the lists beside this file, which hold names and versions alone."""

from __future__ import annotations

import json
import random
import subprocess
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
NPM = (HERE / "npm.txt").read_text().split()
PYTHON = (HERE / "python.txt").read_text().split()
GO = (HERE / "go.txt").read_text().splitlines()
CARGO = (HERE / "cargo.txt").read_text().splitlines()
MANIFESTS = 1000
EACH = 50
"""Dependencies of each manifest of a monorepo."""


def npm_project(folder: Path, size: int) -> Path:
    """A package.json with the first packages of the list."""
    wanted = dict(item.rsplit("@", 1) for item in NPM[:size])
    manifest = {
        "name": "bench",
        "private": True,
        "dependencies": {key: f"^{value}" for key, value in wanted.items()},
    }
    return _written(folder / f"npm-{size}", {"package.json": json.dumps(manifest, indent=2)})


def python_project(folder: Path) -> Path:
    """A requirements.txt of pinned packages."""
    return _written(folder / "python", {"requirements.txt": "\n".join(PYTHON) + "\n"})


def python_environment(folder: Path) -> Path:
    """An environment in which the packages count as installed: tools read the metadata folders alone."""
    venv = folder / "venv"
    subprocess.run(["uv", "venv", "-q", str(venv)], check=True)
    site = next(venv.glob("lib/python*/site-packages"))
    for item in PYTHON:
        name, version = item.split("==")
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "RECORD").write_text("")
        (info / "INSTALLER").write_text("bench\n")
    return venv / "bin" / "python"


def go_project(folder: Path) -> Path:
    """A go.mod without a go.sum."""
    required = "".join(f"\t{line}\n" for line in GO)
    return _written(
        folder / "go", {"go.mod": f"module bench.example/m\n\ngo 1.20\n\nrequire (\n{required})\n"}
    )


def cargo_project(folder: Path) -> Path:
    """A crate with its lockfile."""
    rows = "".join('{} = "{}"\n'.format(*line.split()) for line in CARGO)
    package = '[package]\nname = "bench"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\n'
    project = _written(folder / "cargo", {"Cargo.toml": package + rows, "src/lib.rs": ""})
    subprocess.run(["cargo", "generate-lockfile", "-q"], check=True, cwd=project)
    return project


def no_advisories(folder: Path) -> Path:
    """A database that knows one withdrawn record per ecosystem, so that every package is checked and none is found."""
    base = folder / "advisories"
    for ecosystem in ("npm", "PyPI", "Go", "crates.io"):
        (base / ecosystem).mkdir(parents=True)
        with zipfile.ZipFile(base / ecosystem / "all.zip", "w") as archive:
            archive.writestr("NONE-1.json", json.dumps({"id": "NONE-1", "modified": "2026-01-01T00:00:00Z"}))
    return base


def monorepo(folder: Path, kind: str) -> Path:
    """1,000 manifests with 50 dependencies each: an npm workspace, a Cargo workspace, or Python projects."""
    dice = random.Random(1)
    names = [f"package-{number}" for number in range(3000)]
    files: dict[str, str] = {}
    for number in range(MANIFESTS):
        wanted = {
            name: f"{dice.randint(1, 9)}.{dice.randint(0, 20)}.{dice.randint(0, 9)}"
            for name in dice.sample(names, EACH)
        }
        files |= _member(kind, number, wanted)
    if kind == "npm":
        root = {"name": "root", "private": True, "workspaces": ["packages/*"]}
        files["package.json"] = json.dumps(root)
    elif kind == "cargo":
        files["Cargo.toml"] = '[workspace]\nmembers = ["crates/*"]\n'
    return _written(folder / f"monorepo-{kind}", files)


def _member(kind: str, number: int, wanted: dict[str, str]) -> dict[str, str]:
    if kind == "npm":
        ranges = [(name, f"{'^~'[at % 2]}{version}") for at, (name, version) in enumerate(wanted.items())]
        half = EACH // 2
        manifest = {
            "name": f"member-{number}",
            "dependencies": dict(ranges[:half]),
            "devDependencies": dict(ranges[half:]),
        }
        return {f"packages/member-{number}/package.json": json.dumps(manifest, indent=2)}
    if kind == "cargo":
        rows = "".join(f'{name} = "{version}"\n' for name, version in wanted.items())
        head = f'[package]\nname = "member-{number}"\nversion = "0.1.0"\n\n[dependencies]\n'
        return {f"crates/member-{number}/Cargo.toml": head + rows}
    if number % 2:
        pins = "".join(f"{name}=={version}\n" for name, version in wanted.items())
        return {f"services/member-{number}/requirements.txt": pins}
    rows = "".join(f'    "{name}>={version},<20",\n' for name, version in wanted.items())
    head = f'[project]\nname = "member-{number}"\nversion = "0.1.0"\ndependencies = [\n'
    return {f"services/member-{number}/pyproject.toml": f"{head}{rows}]\n"}


def _written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
