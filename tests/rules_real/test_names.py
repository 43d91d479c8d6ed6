"""The names in the packs' tables against real releases: what a rename writes can be imported from the new one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.rules_real.releases import RULES, environment
from upgrader.rulebook.load import decode_pack

RELEASES = {
    "django/3-to-4": ["django>=4.2,<5", "psycopg2-binary"],
    "django/4-to-5": ["django>=5.1,<6", "psycopg2-binary"],
    "flask/2-to-3": ["flask>=3,<4"],
    "marshmallow/3-to-4": ["marshmallow>=4,<5"],
    "openai/0-to-1": ["openai>=1,<3"],
    "pandas/1-to-2": ["pandas>=2,<3"],
    "polars/0-to-1": ["polars>=1,<2"],
    "pytest/7-to-8": ["pytest>=8,<9"],
    "pytest/8-to-9": ["pytest>=9,<10"],
    "sqlalchemy/1-to-2": ["sqlalchemy>=2,<3"],
    "urllib3/1-to-2": ["urllib3>=2,<3", "six"],
    "werkzeug/2-to-3": ["werkzeug>=3,<4", "markupsafe"],
}
"""Pack to what has to be installed for every name on the right of its tables to be there."""

FINDER = """
import importlib, json, os, sys, warnings
warnings.simplefilter("ignore")
os.environ["OPENAI_API_KEY"] = "none"

def is_there(symbol):
    parts = symbol.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        try:
            for part in parts[end:]:
                found = getattr(found, part)
            return True
        except AttributeError:
            continue
    return False

print(json.dumps([name for name in json.load(sys.stdin) if not is_there(name)]))
"""


@pytest.mark.online
@pytest.mark.parametrize("pack", RELEASES)
def test_new_names_are_there(tmp_path: Path, pack: str) -> None:
    path = f"pip/{pack}.yml"
    form = decode_pack((RULES / path).read_bytes(), path, "bundled").form
    names = sorted(
        {new for rule in form.edits for new in (rule.rename or {}).values() if not set(new) & set("(*[")}
    )
    assert names
    python = environment(tmp_path / "new", *RELEASES[pack])
    command = [str(python), "-c", FINDER]
    done = subprocess.run(
        command, input=json.dumps(names), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
