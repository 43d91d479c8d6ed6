"""A handful of real packages from the real registries; run with `--online`, not by default."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.desk import FIXTURES
from tests.loopback import pack_advisories

CARGO = '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nitoa = "0.4.8"\n'
ROWS = [
    pytest.param(
        {
            "package.json": json.dumps(
                {"name": "shop", "dependencies": {"is-number": "^6.0.0", "left-pad": "1.1.0"}}
            )
        },
        {"is-number": "major", "left-pad": "minor"},
        marks=pytest.mark.tools("npm"),
        id="npm",
    ),
    pytest.param(
        {"requirements.txt": "six==1.15.0\nidna == 2.10  # pinned\n"},
        {"six": "minor", "idna": "major"},
        id="pip",
    ),
    pytest.param(
        {
            "go.mod": "module shop.example/shop\n\ngo 1.21\n\nrequire github.com/google/uuid v1.3.0\n",
            "go.sum": "",
        },
        {"github.com/google/uuid": "minor"},
        marks=pytest.mark.tools("go"),
        id="go",
    ),
    pytest.param({"Cargo.toml": CARGO}, {"itoa": "major"}, marks=pytest.mark.tools("cargo"), id="cargo"),
]


@pytest.mark.online
@pytest.mark.parametrize(("files", "moves"), ROWS)
def test_real_packages_are_looked_up(tmp_path: Path, files: dict[str, str], moves: dict[str, str]) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for name, text in files.items():
        (project / name).write_text(text)
    advisories = pack_advisories(FIXTURES / "advisories", tmp_path / "advisories")
    argv = [
        sys.executable,
        "-m",
        "upgrader",
        "audit",
        "--json",
        "--no-cache",
        "--advisories",
        str(advisories),
    ]
    env = {**os.environ, "UPGRADER_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(FIXTURES.parent)}
    done = subprocess.run(argv, cwd=project, env=env, capture_output=True, check=False)
    document = json.loads(done.stdout)
    assert document["not_checked"] == [], done.stderr
    assert {item["package"]: item["update"]["move"] for item in document["assessments"]} == moves
