"""An upgrade that breaks the code is kept when a rule pack mends it; the command line rewrites on its own, too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.desk import Desk, sit_down
from tests.loopback import Site

PACK = """\
schema: 1
id: tally-1-to-2
title: tally 1 to 2
package: {ecosystem: pip, name: tidewater-tally, imports: [tidewater_tally]}
from: "<2"
to: ">=2"
references: [https://example.org/tally]
notes:
  breaking: [total() is now sum_of(), and takes the amounts one by one]
edits:
- id: total
  url: https://example.org/tally#total
  message: total(amounts) is now sum_of(*amounts)
  ast-grep:
    rule: {pattern: $T.total($A)}
    imports: {T: tidewater_tally}
    fix: $T.sum_of(*$A)
  tests:
  - name: a call
    before: |
      import tidewater_tally as t
      t.total([1])
    after: |
      import tidewater_tally as t
      t.sum_of(*[1])
flags:
- id: mean
  url: https://example.org/tally#mean
  message: mean() is gone; divide the sum yourself.
  symbols: [tidewater_tally.mean]
"""


@pytest.fixture
def desk(site: Site, tmp_path: Path, client: dict[str, str]) -> Desk:
    desk = sit_down(site, "pip/requirements", tmp_path, Path(client["HOME"]))
    file = desk.project / "rules/pip/tidewater-tally/1-to-2.yml"
    file.parent.mkdir(parents=True)
    file.write_text(PACK)
    (desk.project / "shop/mean.py").write_text("from tidewater_tally import mean\n\nmeans = [mean]\n")
    desk.git("add", "-A")
    desk.git("commit", "-qm", "a pack")
    return desk


def test_the_code_is_mended_on_the_branch(desk: Desk) -> None:
    before = desk.fingerprint()
    ran = desk.asked("apply", "tidewater-tally", "--json", "--report", "../report.md")
    [attempt] = ran.document["attempts"]
    assert attempt["outcome"] == "kept", ran.out + ran.err
    [file] = attempt["rewrite"]["files"]
    assert (file["path"], file["rules"]) == (
        "shop/basket.py",
        [{"rule": "total", "edits": 1, "pack": "tally-1-to-2"}],
    )
    branch = "upgrade/tidewater-tally-2.0.0"
    assert desk.git("log", "--format=%s", f"HEAD..{branch}").splitlines() == [
        "rewrite code for tidewater-tally 1.1.0 → 2.0.0",
        "upgrade tidewater-tally 1.1.0 → 2.0.0",
    ]
    assert desk.git("diff", "--name-only", f"{branch}~1", branch) == "shop/basket.py"
    assert "+    return tidewater_tally.sum_of(*prices)" in desk.git("diff", f"{branch}~1", branch)
    report = (desk.project / "../report.md").read_text()
    assert "| `shop/basket.py` | `total` | 1 |" in report
    assert "shop/mean.py:1: mean() is gone" in report
    assert desk.fingerprint() == before
    shown = desk.upgrade("show", "tidewater-tally", "--json")
    assert "shop/basket.py" in shown.out
    back = desk.upgrade("rollback", "tidewater-tally")
    assert back.code == 0, back.err
    assert desk.branches() == ["main"]


def test_the_plan_says_what_will_be_rewritten(desk: Desk) -> None:
    ran = desk.asked("plan", "tidewater-tally")
    for words in ("total(amounts) is now sum_of(*amounts)", "- t.total([1])", "+ t.sum_of(*[1])"):
        assert words in ran.out
    assert "breaking: total() is now sum_of()" in ran.out
    assert "1. mean() is gone; divide the sum yourself." in ran.out


COMPANIONS = """\
companions:
- {package: Tidewater_Cord, version: ">=2", reason: It is made for tally 2.}
- {package: tidewater-swell, version: ">=9", reason: It has the new units.}
- {package: tidewater-foam, version: ">=0.1", reason: Any will do.}
- {package: tidewater-nowhere, version: ">=1"}
- {package: tidewater-hatch, version: ">=1.1", when: [tidewater_tally.hatch]}
"""


@pytest.mark.parametrize("named", [("tidewater-tally",), ()])
def test_companions_move_in_the_same_step_or_it_says_why_not(desk: Desk, named: tuple[str, ...]) -> None:
    file = desk.project / "rules/pip/tidewater-tally/1-to-2.yml"
    file.write_text(PACK.replace("notes:\n", f"{COMPANIONS}notes:\n"))
    desk.git("commit", "-qam", "companions")
    assert desk.asked("plan", *named).code in (0, 1)
    plan = json.loads((desk.project / "upgrade-plan.json").read_text())
    [step] = [item for item in plan["steps"] if "tidewater-tally" in item["title"]]
    assert step["title"] == "tidewater-cord 1.0.0 → 2.0.0, tidewater-tally 1.1.0 → 2.0.0"
    assert {edit["path"] for edit in step["edits"]} == {"requirements.txt"}
    [pack] = step["packs"]
    assert pack["manual"] == [
        "tidewater-swell has to come along, >=9: It has the new units.; "
        "requirements.txt:8: stays at 1.0.0: no release in that range may be taken",
        "tidewater-hatch has to come along, >=1.1, where tidewater_tally.hatch is used",
        "mean() is gone; divide the sum yourself.",
    ]
    if named:
        ran = desk.asked("apply", "upgrade-plan.json", "--json")
        [attempt] = ran.document["attempts"]
        assert attempt["outcome"] == "kept", ran.out + ran.err
        left = [note["message"] for note in attempt["rewrite"]["notes"] if note["kind"] == "not run"]
        assert left == pack["manual"][:2]


def test_a_subfolder_is_planned_and_rewritten_by_the_packs_at_the_root(desk: Desk) -> None:
    (desk.project / "inner").mkdir()
    (desk.project / "inner/requirements.txt").write_text("tidewater-tally==1.1.0\n")
    (desk.project / "inner/till.py").write_text("import tidewater_tally as t\n\nt.total([1])\n")
    desk.git("add", "-A")
    desk.git("commit", "-qm", "inner")
    assert "rule pack tally-1-to-2 (project)" in desk.asked("plan", "-C", "inner", "-o", "plan.json").out
    ran = desk.upgrade("codemod", "tidewater-tally", "-C", "inner")
    assert "+t.sum_of(*[1])" in ran.out, ran.err
    assert "shop/" not in ran.out


def test_another_pack_than_the_planned_one_refuses_the_step(desk: Desk) -> None:
    assert desk.asked("plan", "tidewater-tally").code == 0
    plan = desk.project / "upgrade-plan.json"
    document = json.loads(plan.read_text())
    document["steps"][0]["packs"][0]["digest"] = "0" * 64
    plan.write_text(json.dumps(document))
    ran = desk.asked("apply", "upgrade-plan.json", "--json")
    [attempt] = ran.document["attempts"]
    assert (attempt["outcome"], attempt["stage"]) == ("refused", "rewrite")
    assert "is another one than was planned" in attempt["reason"]
    assert desk.branches() == ["main"]


def test_codemod_shows_a_diff_and_writes_only_when_told(desk: Desk) -> None:
    before = desk.fingerprint()
    ran = desk.upgrade("codemod", "tidewater-tally")
    assert ran.code == 0, ran.err
    assert "+    return tidewater_tally.sum_of(*prices)" in ran.out
    assert "shop/mean.py:1:29 look at: mean() is gone" in ran.out
    assert desk.fingerprint() == before

    basket = desk.project / "shop/basket.py"
    basket.write_text(basket.read_text() + "# mine\n")
    refused = desk.upgrade("codemod", "tidewater-tally", "--write")
    assert (refused.code, "shop/basket.py: uncommitted changes" in refused.err) == (2, True)

    written = desk.upgrade("codemod", "tidewater-tally", "--write", "--force", "--json")
    assert written.document["edits"] == 1
    assert "sum_of(*prices)" in basket.read_text()
    again = desk.upgrade("codemod", "tidewater-tally", "--check", "--from", "1.1.0", "--to", "2.0.0")
    assert (again.code, "nothing to change" in again.out) == (0, True)


def test_what_codemod_does_not_know_is_said(desk: Desk) -> None:
    for arguments, words in (
        (("left-pad",), "left-pad: no rule pack is about it"),
        (("tidewater-tally", "--to", "1.2"), "no rule pack lies between 1.1.0 and 1.2"),
        (("tidewater-tally", "--to", "x y"), "--to: 'x y' is not a version"),
        (("tidewater-tally", "nowhere"), "nowhere: no such file or folder"),
        (("tidewater-tally", "/"), "lies outside"),
    ):
        ran = desk.upgrade("codemod", *arguments)
        assert (ran.code, words in ran.err) == (2, True), ran.err
