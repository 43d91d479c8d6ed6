"""The shell is told the values an option takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "words, offered",
    [
        ("upgrade plan --target ", {"latest", "minor", "patch", "in-range", "newest", "greatest", "semver"}),
        ("upgrade plan --target mi", {"minor"}),
        (
            "upgrade apply --range-strategy ",
            {"auto", "pin", "bump", "replace", "widen", "in-range-only", "lockfile-only"},
        ),
        ("upgrade audit --section ", {"prod", "dev", "optional", "peer", "build"}),
        ("upgrade audit --ecosystem ", {"npm", "pip", "go", "cargo"}),
        ("upgrade audit --fail-on ", {"none", "outdated", "minor", "major", "vuln"}),
        ("upgrade audit --via ", {"registry", "native"}),
    ],
)
def test_values_are_completed(words: str, offered: set[str], tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    place = len(words.split()) - (not words.endswith(" "))
    told = {"_UPGRADE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(place)}
    done = subprocess.run(
        [sys.executable, "-m", "upgrader"],
        env={**os.environ, "PYTHONPATH": root, **told},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == offered
