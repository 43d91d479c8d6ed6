"""Sets everything up in .venv, then runs the demo or the tests: `python3 .ci/dev.py demo`, `python3 .ci/dev.py test`.

Needs Python 3.11 or newer and git; npm, go and cargo only for the tests that drive them (they skip with a reason where
one is missing, and fail in CI).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv"
PYTHON = HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
NODE_TOOLS = ("pnpm@10", "yarn@1", "bun@1")
"""Package managers that tests drive; they come from the npm registry, where there is an npm."""
CHECKS = (
    ("-m", "ruff", "check", "."),
    ("-m", "ruff", "format", "--check", "."),
    ("-m", "mypy"),
    ("-m", "pytest", "-n", "auto", "--dist", "worksteal"),
)


def main() -> int:
    """Set up, then run what was asked for."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs this may have an older one
        print(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    if len(sys.argv) < 2 or sys.argv[1] not in ("demo", "test"):
        print("usage: python3 .ci/dev.py demo | test [pytest arguments]", file=sys.stderr)
        return 2
    set_up()
    if sys.argv[1] == "demo":
        return run(".ci/demo.py", *sys.argv[2:])
    if sys.argv[2:]:
        return run("-m", "pytest", *sys.argv[2:])
    return next((code for check in CHECKS if (code := run(*check))), 0)


def set_up() -> None:
    """Make .venv and install the project with its development tools, once per state of pyproject.toml."""
    stamp = HOME / "set-up"
    parts = [(ROOT / "pyproject.toml").read_bytes(), sys.version.encode(), repr(NODE_TOOLS).encode()]
    state = hashlib.sha256(b"\0".join(parts)).hexdigest()
    if stamp.exists() and stamp.read_text() == state:
        return
    print("setting up .venv (once) …", file=sys.stderr, flush=True)
    venv.create(HOME, with_pip=True, clear=not PYTHON.exists())
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", f"{ROOT}[dev]"]
    if code := run(*install):
        sys.exit(code)
    if npm := shutil.which("npm"):
        options = ["--silent", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", str(HOME)]
        subprocess.run([npm, "install", *options, *NODE_TOOLS], check=True)
    stamp.write_text(state)


def run(*arguments: str) -> int:
    """Run the environment's Python and give its exit code."""
    folders = [str(PYTHON.parent), str(HOME / "node_modules/.bin"), os.environ.get("PATH", os.defpath)]
    path = os.pathsep.join(folders)
    return subprocess.run(
        [str(PYTHON), *arguments], cwd=ROOT, env={**os.environ, "PATH": path}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
