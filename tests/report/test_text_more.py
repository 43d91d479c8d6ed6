"""Plan, inventory and explanation on a console."""

import msgspec
import pytest
from rich.console import Console

from tests.report.hostile import BATCHES
from tests.report.samples import (
    HELD,
    NPM,
    PIP,
    advisory,
    assessment,
    audit,
    dependency,
    full_audit,
    inventory,
    not_checked,
)
from tests.report.samples_console import printed
from tests.report.samples_run import plan, step
from upgrader.model import (
    AnyFact,
    Audit,
    Edit,
    Held,
    Inventory,
    Rollback,
    RuntimeFact,
    ScopeFact,
    ScriptFact,
    Unanswered,
    WithdrawnFact,
)
from upgrader.report.text import print_explain, print_inventory, print_plan

PLAN = """\
Plan for commit aaaaaaaaaaaa

Step 1 of 1: left-pad 1.0.0 → 2.0.0
  Branch upgrade/left-pad-2.0.0 (security, npm, folder .)
  Risk HIGH
    HIGH a major release (registry.example)
  Path 1.9.9 → 2.0.0
  After npm:right-pad@1.0.0->2.0.0
  Current state
    Component  Version  Health/Issues
    left-pad   1.0.0    vulnerable: GHSA-0000-0000-0001 (HIGH 7.5)
  Target state
    Component  Version  Benefits
    left-pad   2.0.0    fixes GHSA-0000-0000-0001
  Edits
    package.json:4
      - ^1.0.0
      + ^2.0.0
  Lockfile
    npm install --package-lock-only # refresh the lockfile; needs the network
  Environment of the checks
    CI=1 npm ci
  Checks, on the baseline and on the upgrade
    tests: npm test # package.json: scripts.test
  Risk assessment
    Risk              Likelihood  Impact  Mitigation
    Breaking changes  H           H       verified on a branch
  Rollback
    The branch is deleted.
      git branch -D upgrade/left-pad-2.0.0 # before the merge
  Timeline
    Phase        Tasks           Estimated duration
    Preparation  worktree, edit  unknown
  May change: package.json, package-lock.json

Held (1)
  fresh 1.2.0  cooldown: released 1 day ago, younger than 3 days (package.json:9). Wait, or set cooldown_days.

1 step, 1 held
Next: upgrade apply"""


def explained(found: Audit, name: str) -> list[str]:
    return printed(lambda console: print_explain(found, name, console)).splitlines()


def listed(found: Inventory, *, transitive: bool = False) -> list[str]:
    return printed(lambda console: print_inventory(found, console, transitive=transitive)).splitlines()


def test_a_whole_plan_at_width_120() -> None:
    assert printed(lambda console: print_plan(plan(step()), console, next_step="upgrade apply")) == PLAN


def test_an_empty_plan() -> None:
    lines = printed(lambda console: print_plan(plan(), console)).splitlines()
    assert lines[-1] == "Nothing to plan, 1 held."


def test_a_step_that_cannot_be_proven_or_taken_back_says_so() -> None:
    bare = msgspec.structs.replace(
        step(),
        edits=(),
        checks=(),
        prepare=(),
        rollback=Rollback(strategy="None.", commands=(), reversible=False),
    )
    lines = printed(lambda console: print_plan(plan(bare), console)).splitlines()
    assert "  Edits: none, only the lockfile moves" in lines
    assert "  Checks: none were found, so nothing can be proven" in lines
    assert "  Rollback: NOT reversible" in lines
    assert "  Environment of the checks" not in lines


def test_an_edit_over_several_lines_stays_on_its_line() -> None:
    edit = Edit(path="a[/]\x07.json", line=1, start=0, before="a\n  b", after="[/]")
    lines = printed(
        lambda console: print_plan(plan(msgspec.structs.replace(step(), edits=(edit,))), console)
    ).splitlines()
    assert lines[lines.index("  Edits") + 1 :][:3] == ["    a[/].json:1", "      - a b", "      + [/]"]


def test_the_inventory_by_project() -> None:
    found = inventory(
        dependency("left-pad"),
        dependency("deep", direct=False, path="package-lock.json", line=40),
        dependency(
            "flask", None, project=PIP.id, ecosystem="pip", path="api/pyproject.toml", section="optional"
        ),
        projects=(NPM, PIP),
        held=(HELD,),
    )
    lines = listed(found)
    assert lines[1] == "package.json (npm, package-lock.json)"
    assert lines[3].split() == ["left-pad", "^1.0.0", "1.0.0", "prod", "package.json:4"]
    assert "api/pyproject.toml (pip, no lockfile)" in lines
    assert not [line for line in lines if "deep" in line]
    assert lines[-1] == "2 projects, 2 direct, 1 transitive, 1 held"
    assert [line for line in listed(found, transitive=True) if "deep" in line and "prod, transitive" in line]


def test_an_empty_inventory() -> None:
    assert listed(inventory(projects=())) == ["", "0 projects, 0 direct, 0 transitive"]
    assert "  no dependencies" in listed(inventory())


def test_explain_tells_everything_about_a_move() -> None:
    facts: tuple[AnyFact, ...] = (
        advisory(),
        WithdrawnFact(
            witness="withdrawn", source="registry.example", which="current", how="deprecated", reason="old"
        ),
        RuntimeFact(witness="runtime", source="registry.example", needs=">=20", declares=">=18", fits=False),
        ScopeFact(witness="scope", source="package.json:4", sections=("prod",), direct=True, places=1),
        ScriptFact(witness="script", source="registry.example", appeared=True),
        Unanswered(witness="advisories", source="OSV", reason="timed out"),
    )
    text = "\n".join(explained(audit(assessment(facts=facts, latest="3.0.0")), "Left_Pad"))
    for words in (
        "package.json:4 ^1.0.0, locked at 1.0.0 [prod]",
        "1.0.0 → 2.0.0",
        "HIGH a major release (semver, registry.example)",
        "2.0.0 has been out for 40 days (registry.example)",
        "GHSA-0000-0000-0001 HIGH 7.5, fixed by 2.0.0: pads without end (OSV)",
        "the current is deprecated: old",
        "needs >=20, the project runs on >=18: does not fit",
        "direct, prod, 1 place (package.json:4)",
        "runs code at install time, new",
        "not checked: timed out",
        "3.0.0  cooldown: released 1 day ago",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("found", "name", "words"),
    [
        (
            full_audit(),
            "fresh",
            "  fresh 1.2.0  cooldown: released 1 day ago, younger than 3 days (package.json:9).",
        ),
        (full_audit(), "lost", "  registry.example answered 503. Try again."),
        (full_audit(), "expres", "Did you mean express?"),
        (full_audit(), "nothing-like-it", "INCOMPLETE: 2 packages not checked"),
        (full_audit(), "left-pad", "Vulnerable, no update offered (1)"),
    ],
    ids=["held", "not checked", "near", "incomplete", "vulnerable"],
)
def test_explain_of_what_does_not_move(found: Audit, name: str, words: str) -> None:
    assert any(line.startswith(words) for line in explained(found, name))


def test_explain_claims_up_to_date_only_where_the_audit_looked() -> None:
    still = inventory(dependency("still"), dependency("deep", direct=False))
    looked = msgspec.structs.replace(audit(up_to_date=1), inventory=still)
    blind = msgspec.structs.replace(audit(), inventory=still)
    assert explained(looked, "still")[-1].startswith("It was looked up and there is nowhere to go")
    assert explained(blind, "still")[-1] == "The audit says nothing about it: not checked."
    assert explained(looked, "deep")[-1].startswith("Only direct dependencies are moved")


@pytest.mark.parametrize("name", [*BATCHES, ""], ids=lambda name: ascii(name)[:40])
def test_hostile_names_are_only_shown(name: str) -> None:
    found = msgspec.structs.replace(
        audit(
            assessment(name),
            held=(Held(kind="edit", subject=name, reason=name),),
            not_checked=(not_checked(name),),
        ),
        inventory=inventory(dependency(name, name), projects=(NPM,)),
    )

    def write(console: Console) -> None:
        print_explain(found, name, console)
        print_inventory(found.inventory, console, transitive=True)
        print_plan(plan(step(name, assessments=(assessment(name),))), console)

    assert not any(sign in printed(write) for sign in "\x1b\x9b\x07\u202e\u2066\u200b\u2060\r\0")
