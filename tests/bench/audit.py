"""`upgrade audit` against ncu (60 npm packages) and `uv pip list --outdated` (65 Python packages), live, in one run.

    python -m tests.bench.audit [--rounds 5]

Needs npm, uv and registries that answer. Advisories come from an empty offline database: the peers ask for none.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.bench.timing import Contender, duel

HERE = Path(__file__).parent
NPM = (HERE / "npm.txt").read_text().split()
PYTHON = (HERE / "python.txt").read_text().split()


def main() -> None:
    """Set the projects up in a temporary folder, run the duels, print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        npm, python, ncu = _npm_project(folder), _python_project(folder), _install_ncu(folder)
        venv = _environment(folder)
        advisories = _no_advisories(folder)
        env = {**os.environ, "UPGRADER_CACHE_DIR": str(folder / "cache"), "UV_CACHE_DIR": str(folder / "uv")}
        ours = [
            sys.executable,
            "-m",
            "upgrader",
            "audit",
            "--quiet",
            "--json",
            "--advisories",
            str(advisories),
        ]
        cold, good = [*ours, "--no-cache"], (0, 1, 3)
        uv = ["uv", "pip", "list", "--outdated", "--format", "json", "--python", str(venv)]
        rows = [
            duel(
                Contender(f"upgrade audit, {len(NPM)} npm, cold", cold, npm, env, good),
                Contender("ncu", [str(ncu), "--jsonUpgraded"], npm, env),
                rounds,
            ),
            duel(
                Contender(f"upgrade audit, {len(NPM)} npm, warm", ours, npm, env, good),
                Contender("ncu", [str(ncu), "--jsonUpgraded"], npm, env),
                rounds,
            ),
            duel(
                Contender(f"upgrade audit, {len(PYTHON)} Python, cold", cold, python, env, good),
                Contender("uv pip list --outdated, cold", [*uv, "--no-cache"], python, env),
                rounds,
            ),
            duel(
                Contender(f"upgrade audit, {len(PYTHON)} Python, warm", ours, python, env, good),
                Contender("uv pip list --outdated, warm", uv, python, env),
                rounds,
            ),
        ]
    sys.stdout.write(
        "| ours | wall s / CPU s / peak MiB | peer | wall s / CPU s / peak MiB | wall ratio | CPU ratio |\n"
    )
    sys.stdout.write("|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n")


def _npm_project(folder: Path) -> Path:
    project = folder / "npm"
    project.mkdir()
    wanted = dict(item.rsplit("@", 1) for item in NPM)
    manifest = {
        "name": "bench",
        "private": True,
        "dependencies": {key: f"^{value}" for key, value in wanted.items()},
    }
    (project / "package.json").write_text(json.dumps(manifest, indent=2))
    return project


def _python_project(folder: Path) -> Path:
    project = folder / "python"
    project.mkdir()
    (project / "requirements.txt").write_text("\n".join(PYTHON) + "\n")
    return project


def _environment(folder: Path) -> Path:
    """An environment in which the packages count as installed: uv reads the metadata folders alone."""
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


def _install_ncu(folder: Path) -> Path:
    prefix = folder / "peers"
    prefix.mkdir()
    command = [
        "npm",
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--prefix",
        str(prefix),
        "npm-check-updates",
    ]
    subprocess.run(command, check=True, cwd=prefix)
    return prefix / "node_modules" / ".bin" / "ncu"


def _no_advisories(folder: Path) -> Path:
    """A database that knows one withdrawn record per ecosystem, so that every package is checked and none is found."""
    base = folder / "advisories"
    for ecosystem in ("npm", "PyPI"):
        (base / ecosystem).mkdir(parents=True)
        with zipfile.ZipFile(base / ecosystem / "all.zip", "w") as archive:
            archive.writestr("NONE-1.json", json.dumps({"id": "NONE-1", "modified": "2026-01-01T00:00:00Z"}))
    return base


if __name__ == "__main__":
    main()
