"""Two real releases of a Go module or a crate, and code compiled against them before and after packs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from upgrader.rulebook.load import decode_pack
from upgrader.rulebook.ready import make_ready
from upgrader.rulebook.run import rewrite_store
from upgrader.rulebook.store import MemoryStore

RULES = Path(__file__).parents[2] / "rules"


def rewritten(packs: Sequence[str], code: str, file: str) -> str:
    """The code after the packs, each `<ecosystem>/<package>/<from>-to-<to>`, in order."""
    ready = [make_ready(decode_pack((RULES / f"{pack}.yml").read_bytes(), pack, "bundled")) for pack in packs]
    done = rewrite_store(MemoryStore({file: code.encode()}), ready, unsafe=False, diffs=False)
    return done.after[file].decode()


def go_runs(folder: Path, code: str, modules: Sequence[str]) -> str:
    """What the program prints when it is built with the modules (`path@version`); it must be vetted and gofmt-clean."""
    go, gofmt = _tool("go"), _tool("gofmt")
    folder.mkdir()
    (folder / "main.go").write_text(code)
    (folder / "go.mod").write_text("module example.org/app\n\ngo 1.24\n")
    _run([go, "get", *modules], folder)
    _run([go, "mod", "tidy"], folder)
    _run([go, "vet", "./..."], folder)
    assert _run([gofmt, "-d", "main.go"], folder) == ""
    return _run([go, "run", "."], folder)


def cargo_runs(folder: Path, code: str, dependencies: Mapping[str, str], edition: str = "2021") -> str:
    """What the program prints when it is built with the dependencies (name to the TOML after `=`), without warnings."""
    cargo = _tool("cargo")
    (folder / "src").mkdir(parents=True)
    (folder / "src/main.rs").write_text(code)
    listed = "\n".join(f"{name} = {value}" for name, value in dependencies.items())
    manifest = (
        f'[package]\nname = "app"\nversion = "0.1.0"\nedition = "{edition}"\n\n[dependencies]\n{listed}\n'
    )
    (folder / "Cargo.toml").write_text(manifest)
    shared = folder.parent / "target"
    return _run([cargo, "run", "-q", "--target-dir", str(shared)], folder, silent=True)


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _run(command: Sequence[str], folder: Path, *, silent: bool = False) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}\n{done.stdout}"
    assert not silent or done.stderr == "", done.stderr
    return done.stdout
