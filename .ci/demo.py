"""The main job on a bundled sample: audit, plan, apply and report, against registries of its own on loopback.

The sample and its packages stand in fixtures/; nothing but this machine is asked.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.loopback import client_env, materialise, pack_advisories, serve  # noqa: E402 - after the path is set

FIXTURES = ROOT / "fixtures"
SAMPLE = "pip/requirements"


def main() -> int:
    """Run the four commands and show the report; 0 when they ended as the sample is made to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", default=SAMPLE, help="a folder below fixtures/, such as npm/shop")
    wishes = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="upgrade-demo-"))
    with serve(FIXTURES) as site:
        project = materialise(FIXTURES, wishes.sample, folder, site)
        advisories = pack_advisories(FIXTURES / "advisories", folder / "advisories")
        env = client_env(site, folder / "home")
        source = ["--advisories", str(advisories)]
        report = project.parent / "report.md"
        upgrade(["audit", *source], project, env)
        upgrade(["plan", "-o", str(folder / "plan.json"), *source], project, env)
        code = upgrade(["apply", str(folder / "plan.json"), "--report", str(report)], project, env)
        upgrade(["status"], project, env)
    print(f"\nproject: {project}\nreport:  {report}")
    # The sample holds one upgrade that breaks its tests: 1 (something was dropped) is the right end.
    return 0 if code == 1 and report.exists() else 1


def upgrade(arguments: list[str], project: Path, env: dict[str, str]) -> int:
    """Run one command as a user would, in the sample."""
    print(f"\n$ upgrade {' '.join(arguments)}", flush=True)
    return subprocess.run(
        [sys.executable, "-m", "upgrader", *arguments], cwd=project, env=env, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
