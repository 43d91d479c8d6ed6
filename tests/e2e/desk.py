"""A user at a desk: runs `upgrade` in a sample, and remembers what every byte of it was."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.loopback import Site, client_env, materialise, pack_advisories

FIXTURES = Path(__file__).parents[2] / "fixtures"


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        loaded = json.loads(self.out)
        assert loaded["schema_version"] == 1
        return dict(loaded)


@dataclass(frozen=True)
class Desk:
    """A sample project and the environment of its user."""

    project: Path
    env: dict[str, str]
    advisories: Path

    def upgrade(self, *arguments: str, stdin: bytes = b"") -> Ran:
        """Run the command line as a user would, in the project."""
        argv = [sys.executable, "-m", "upgrader", *arguments]
        done = subprocess.run(
            argv, cwd=self.project, env=self.env, input=stdin, capture_output=True, check=False
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def asked(self, command: str, *arguments: str) -> Ran:
        """Run a command with the fixtures' advisories."""
        return self.upgrade(command, *arguments, "--advisories", str(self.advisories))

    def git(self, *arguments: str) -> str:
        """What git says, stripped."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.project, env=self.env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def branches(self) -> list[str]:
        """The local branches."""
        return self.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()

    def fingerprint(self) -> dict[str, str]:
        """Every file of the working tree, HEAD and the index: path to sha256."""
        files = [
            path for path in sorted(self.project.rglob("*")) if path.is_file() and ".git" not in path.parts
        ]
        files += [self.project / ".git/HEAD", self.project / ".git/index"]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def sit_down(site: Site, sample: str, folder: Path, home: Path) -> Desk:
    """Copy a sample out, and give its user an environment whose registries are the site's."""
    project = materialise(FIXTURES, sample, folder, site)
    advisories = pack_advisories(FIXTURES / "advisories", folder / "advisories")
    env = client_env(site, home) | {
        "UPGRADER_CACHE_DIR": str(folder / "cache"),
        "PYTHONPATH": str(FIXTURES.parent),
        "NO_COLOR": "1",
    }
    return Desk(project, env, advisories)
