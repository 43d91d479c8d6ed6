"""Two real releases of a package, each in an environment of its own, and code run in them before and after a pack."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from upgrader.rulebook.load import decode_pack
from upgrader.rulebook.ready import make_ready
from upgrader.rulebook.run import rewrite_store
from upgrader.rulebook.store import MemoryStore

RULES = Path(__file__).parents[2] / "rules"


def environment(folder: Path, *requirements: str) -> Path:
    """The interpreter of a new environment that has the requirements, from the index that pip is set up for."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    python = folder / "bin/python"
    install = [str(python), "-m", "pip", "install", "-q", "--only-binary", ":all:", *requirements]
    subprocess.run(install, check=True, timeout=600)
    return python


def rewritten(pack: str, code: str, unsafe: bool = False) -> str:
    """The code after the pack `<package>/<from>-to-<to>` of pip."""
    path = f"pip/{pack}.yml"
    ready = make_ready(decode_pack((RULES / path).read_bytes(), path, "bundled"))
    done = rewrite_store(MemoryStore({"app.py": code.encode()}), [ready], unsafe=unsafe, diffs=False)
    return done.after["app.py"].decode()


def printed(python: Path, code: str, strict: bool = False) -> str:
    """What the code prints; it must end well, and, where `strict`, warn of nothing that is deprecated."""
    command = [str(python), "-W", "error::DeprecationWarning" if strict else "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{done.stderr}\n{code}"
    return done.stdout
