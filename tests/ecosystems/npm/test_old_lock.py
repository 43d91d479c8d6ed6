"""package-lock.json of format 1: read whole, refreshed for one package, and format 1 afterwards."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ecosystems.npm.support import apply_edits, read, rows, run, update_of, write
from tests.loopback import Site
from upgrader.ecosystems import npm

LOCK = """{
  "name": "old",
  "lockfileVersion": 1,
  "requires": true,
  "dependencies": {
    "al": {"version": "npm:@s/real@1.2.0", "integrity": "x"},
    "fork": {"version": "git+ssh://git@github.example/a/b.git#0123", "from": "git+ssh://a"},
    "lib": {
      "version": "1.0.0",
      "resolved": "https://r.example/lib.tgz",
      "integrity": "x",
      "requires": {"leaf": "^1.0.0"},
      "dependencies": {
        "leaf": {"version": "1.1.0", "resolved": "https://r.example/leaf.tgz", "integrity": "x"}
      }
    },
    "leaf": {"version": "2.0.0", "resolved": "https://r.example/l2.tgz", "integrity": "x", "dev": true},
    "near": {"version": "file:near"},
    "bare": {"version": "3.0.0", "resolved": "http://r.example/bare.tgz", "optional": true}
  }
}
"""
MANIFEST = {
    "dependencies": {"al": "npm:@s/real@^1.0.0", "fork": "github:a/b", "lib": "^1.0.0", "near": "file:near"}
}


def test_every_package_with_version_section_and_line(tmp_path: Path) -> None:
    found = read(write(tmp_path, {"package.json": json.dumps(MANIFEST), "package-lock.json": LOCK}))
    assert found.project.lock_format == "1"
    assert {row.name: (row.locked, row.immovable) for row in found.dependencies if row.direct} == {
        "@s/real": ("1.2.0", ""),
        "fork": (None, "git reference"),
        "lib": ("1.0.0", ""),
        "near": (None, "path"),
    }
    others = [row for row in found.dependencies if not row.direct]
    assert [(row.name, row.locked, row.section, row.place.line) for row in others] == [
        ("leaf", "1.1.0", "prod", 14),
        ("leaf", "2.0.0", "dev", 17),
        ("bare", "3.0.0", "optional", 19),
    ]
    assert [item.kind for item in found.held] == ["policy"]


MOVES = [
    pytest.param("tidewater-tally", "2.0.0", [], id="out of range"),
    pytest.param("tidewater-gull", "1.0.1", ["1.1.0"], id="in range, a newer one held back"),
    pytest.param("tidewater-fibre", "1.0.1", ["1.1.0"], id="transitive, a newer one held back"),
]


@pytest.mark.tools("npm")
@pytest.mark.parametrize(("name", "target", "newer"), MOVES)
def test_a_refresh_moves_one_package_and_keeps_format_1(
    sample: Callable[[str], Path],
    client: dict[str, str],
    site: Site,
    name: str,
    target: str,
    newer: list[str],
) -> None:
    root = sample("npm/shop")
    argv = ["npm", "install", "--package-lock-only", "--lockfile-version=1", "--no-audit"]
    first = npm.relock(read(root).project, [])[0]
    run([type(first)(argv=tuple(argv), folder=".", why="", network=True)], root, client)
    before = {(row.place.key, row.name): row.locked for row in read(root).dependencies}
    assert read(root).project.lock_format.startswith("1")
    places = rows(root, name) or rows(root, name, direct=False)
    release = site.catalogue.release("npm", name, target)
    stamp = release.stamp[:19] + "Z" if release and release.stamp else None
    if places[0].direct:
        apply_edits(root, places, target)
    done = run(
        npm.relock(read(root).project, [update_of(places, target, released=stamp, newer=newer)]), root, client
    )
    assert done[-1].returncode == 0, done[-1].stderr
    after = {(row.place.key, row.name): row.locked for row in read(root).dependencies}
    assert {key[1] for key in before | after if before.get(key) != after.get(key)} == {name}
    assert target in {row.locked for row in read(root).dependencies if row.name == name}
    assert json.loads((root / "package-lock.json").read_bytes())["lockfileVersion"] == 1
