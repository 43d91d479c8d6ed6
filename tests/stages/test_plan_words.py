"""Branch names that git takes, and the path through majors."""

import subprocess

import pytest

from upgrader.stages.plan_words import LONGEST_BRANCH, branch_name, slug, timeline

NAMES = [
    ("left-pad", "1.0.0", "upgrade/left-pad-1.0.0"),
    ("@types/node", "20.1.0", "upgrade/types-node-20.1.0"),
    ("docks.example/Crane/v2", "v2.1.0", "upgrade/docks.example-crane-v2-v2.1.0"),
    ("Flask", "1!2.0+local", "upgrade/flask-1-2.0-local"),
    ("..", "..", "upgrade/package-package"),
    ("a..b", "1.0.0", "upgrade/a.b-1.0.0"),
    ("x.lock", "1.lock.lock", "upgrade/x-1"),
    ("", "", "upgrade/package-package"),
    ("-rf", "1", "upgrade/rf-1"),
    ("@{u}~^:?*[\\", "1", "upgrade/u-1"),
    ("größe", "1", "upgrade/gr-e-1"),
]


@pytest.mark.parametrize(("name", "version", "branch"), NAMES)
def test_branch_names(name: str, version: str, branch: str) -> None:
    assert branch_name(name, version, set(), "npm") == branch


def test_git_takes_every_one() -> None:
    long = [
        ("a" * 300, "1.0.0"),
        ("a", "v0.0.0-20240101000000-0123456789ab" + "x" * 200),
        ("." * 90, "." * 90),
    ]
    for name, version in [*(case[:2] for case in NAMES), *long]:
        branch = branch_name(name, version, set(), "npm")
        subprocess.run(["git", "check-ref-format", "--branch", branch], check=True, capture_output=True)
        assert len(branch) <= LONGEST_BRANCH


def test_a_long_name_loses_its_end_and_never_the_version() -> None:
    one = branch_name("a" * 100 + "x", "1.0.0", set(), "npm")
    two = branch_name("a" * 100 + "y", "1.0.0", set(), "npm")
    assert one.endswith("-1.0.0")
    assert one != two


def test_collisions() -> None:
    taken: set[str] = set()
    for _ in range(4):
        taken.add(branch_name("crane", "1.0.0", taken, "npm"))
    assert taken == {
        "upgrade/crane-1.0.0",
        "upgrade/npm-crane-1.0.0",
        "upgrade/npm2-crane-1.0.0",
        "upgrade/npm3-crane-1.0.0",
    }


def test_a_slug_is_never_empty_and_stays() -> None:
    for text in ("", "...", "---", "@", "A.lock"):
        assert slug(text)
        assert slug(slug(text)) == slug(text)


def test_the_timeline_knows_what_was_measured() -> None:
    assert {row.estimate for row in timeline({})} == {"unknown"}
    assert timeline({"lockfile": [2000]})[0].estimate == "2 s, median of 1 attempt"
