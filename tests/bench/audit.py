"""`upgrade audit` and `upgrade inventory` against the tools people use today, live, in one run: a Markdown table.

    python -m tests.bench.audit [--rounds 5] [--only npm] [--peers DIR]

npm: 10, 60 and 300 packages against ncu, taze and `npm outdated`; 65 Python packages against uv and pip; a Go module
and a Cargo crate against their own tools; the inventory of 1,000 manifests with 50,000 dependencies. Cold: every answer
of a registry is fetched (`--no-cache`, peers with empty caches); warm: a run within the cache's lifetime. Ours runs
from compiled files, as an installed package does. Advisories come from an empty offline database: the peers ask for
none.

Needs npm, uv, go, cargo and registries that answer, at the addresses these tools are configured for. Peers from npm are
installed into `--peers` (a folder outside the repository; else a temporary one).
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import peers, projects
from tests.bench.timing import HEADER, Contender, alone, duel

REPOSITORY = Path(__file__).parents[2]
SLOW = ("npm outdated", "pip list --outdated")
"""Peers that take seconds: three pairs tell enough."""


class Bench:
    """The folders of one run, and how our program is called in them."""

    def __init__(self, folder: Path, rounds: int, peers_folder: Path | None) -> None:
        self.folder = folder
        self.rounds = rounds
        self.peers_folder = peers_folder or folder / "peers"
        self.advisories = projects.no_advisories(folder)
        self.env = {**os.environ, "UV_CACHE_DIR": str(folder / "uv")}

    def ours(self, name: str, project: Path, *, cold: bool) -> Contender:
        """An audit; warm ones have a cache of their own that outlives the run."""
        argv = ["audit", "--quiet", "--json", "--advisories", str(self.advisories)]
        return self.program(f"audit, {name}", [*argv, "--no-cache"] if cold else argv, project)

    def program(self, name: str, argv: list[str], project: Path) -> Contender:
        """Our program from this checkout, compiled, with a cache folder of its own."""
        env = {name: value for name, value in self.env.items() if name != "PYTHONDONTWRITEBYTECODE"}
        env |= {
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONPYCACHEPREFIX": str(self.folder / "compiled"),
            "UPGRADER_CACHE_DIR": str(self.folder / "cache"),
        }
        return Contender(name, [sys.executable, "-m", "upgrader", *argv], project, env, good=(0, 1, 3))

    def against(self, ours: Contender, theirs: Contender) -> str:
        """One row."""
        return duel(ours, theirs, min(self.rounds, 3) if theirs.name in SLOW else self.rounds)


def npm_rows(bench: Bench) -> Iterator[str]:
    """Cold against each peer; warm against ncu, which keeps nothing."""
    programs = peers.install_npm_peers(bench.peers_folder)
    for size in (10, 60, 300):
        project = projects.npm_project(bench.folder, size)
        rivals = peers.npm_peers(programs, project, bench.env)
        for rival in rivals:
            yield bench.against(bench.ours(f"{size} npm, cold", project, cold=True), rival)
        yield bench.against(bench.ours(f"{size} npm, warm", project, cold=False), rivals[0])


def python_rows(bench: Bench) -> Iterator[str]:
    """65 packages, both ways on both sides."""
    project, venv = projects.python_project(bench.folder), projects.python_environment(bench.folder)
    for cold in (True, False):
        name = f"{len(projects.PYTHON)} Python, {'cold' if cold else 'warm'}"
        for rival in peers.python_peers(venv, project, bench.env, cold=cold):
            yield bench.against(bench.ours(name, project, cold=cold), rival)


def go_rows(bench: Bench) -> Iterator[str]:
    """A module's requirements; the peer walks its whole graph."""
    project = projects.go_project(bench.folder)
    yield from _native_rows(bench, f"{len(projects.GO)} Go", project, peers.go_peer)


def cargo_rows(bench: Bench) -> Iterator[str]:
    """A crate's dependencies; the peer looks at all that is locked."""
    project = projects.cargo_project(bench.folder)
    yield from _native_rows(bench, f"{len(projects.CARGO)} Cargo", project, peers.cargo_peer)


def _native_rows(bench: Bench, name: str, project: Path, peer: Callable[..., Contender]) -> Iterator[str]:
    for cold in (True, False):
        ours = bench.ours(f"{name}, {'cold' if cold else 'warm'}", project, cold=cold)
        yield bench.against(ours, peer(project, bench.env, cold=cold))


def inventory_rows(bench: Bench) -> Iterator[str]:
    """1,000 manifests, no network."""
    for kind in ("npm", "python", "cargo"):
        project = projects.monorepo(bench.folder, kind)
        for form, flags in (("JSON", ["--json"]), ("text", [])):
            name = f"inventory, 1,000 {kind} manifests, 50,000 dependencies, {form}"
            yield alone(bench.program(name, ["inventory", *flags], project), min(bench.rounds, 3))


PARTS: Mapping[str, Callable[[Bench], Iterator[str]]] = {
    "npm": npm_rows,
    "python": python_rows,
    "go": go_rows,
    "cargo": cargo_rows,
    "inventory": inventory_rows,
}


def main() -> None:
    """Set the projects up in a temporary folder, run the duels, print each row as it is known."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; repeatable")
    parser.add_argument("--peers", type=Path, help="where npm's peers are, or are to be installed")
    given = parser.parse_args()
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%d}, {machine}, {given.rounds} rounds\n\n{HEADER}\n")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        bench = Bench(Path(name), given.rounds, given.peers and given.peers.resolve())
        for part in given.only or PARTS:
            for row in PARTS[part](bench):
                sys.stdout.write(f"{row}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
