"""What `explain` and the audit's forms tell of policies, targets, runtimes and places in several projects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report.samples_console import printed
from tests.stages.worlds import around, audited, dependency, inventory, package, project, release
from upgrader.config import PackageRule, Settings
from upgrader.model import Audit, EcosystemName, PackageName, Reported
from upgrader.report.markdown import markdown_audit
from upgrader.report.text import print_audit, print_explain
from upgrader.stages.audit import make_audit
from upgrader.stages.reported import audit_reported

CRANE = package(
    "npm", "1.0.0", "1.0.4", "1.3.0", "2.0.0-rc.1", "2.0.0-rc.2", "2.0.0", tags={"latest": "2.0.0"}
)


def explained(audit: Audit) -> str:
    return " ".join(printed(lambda console: print_explain(audit, "crane", console), width=400).split())


def ruled(**table: Any) -> Settings:
    return Settings(packages=[PackageRule(match=["crane"], **table)], source="upgrader.toml")


@pytest.mark.parametrize(
    "settings, locked, sentence",
    [
        (Settings(), "2.0.0", "It was looked up and there is nowhere to go"),
        (
            Settings(target="minor", source="upgrader.toml"),
            "1.3.0",
            "The newest release, 2.0.0, is not taken: a step of type major, and upgrader.toml: target minor",
        ),
        (
            Settings(target="patch", flags=("target",)),
            "1.3.0",
            "2.0.0, is not taken: a step of type major, and --target patch takes patch alone.",
        ),
        (
            Settings(range_strategy="in-range-only"),
            "1.3.0",
            "is not taken: outside the requirement ^1.0.0, and range strategy in-range-only stays in range.",
        ),
        (
            ruled(allowed="<2", reason="old Node"),
            "1.3.0",
            "is not taken: outside <2, which upgrader.toml: packages[0] (old Node) allows.",
        ),
        (
            ruled(update="minor"),
            "1.3.0",
            "Policies, of which the last counts moves to minor at most, says upgrader.toml: packages[0] (match crane)",
        ),
        (ruled(update="never"), "1.3.0", "policy: is never moved, says upgrader.toml: packages[0]"),
        (
            ruled(update="minor"),
            "1.0.0",
            "2.0.0-rc.1 … 2.0.0-rc.2 (2 releases) policy: a prerelease 2.0.0 policy: a step of type major",
        ),
        (ruled(range_strategy="widen"), "1.0.0", "Range strategy widen"),
    ],
)
def test_explain_says_why(settings: Settings, locked: str, sentence: str) -> None:
    assert sentence in explained(audited(dependency("^1.0.0", locked), CRANE, settings=settings))


@pytest.mark.parametrize(
    "releases, facts, sentence",
    [
        ([release("2.0.0", age=1)], {}, "cooldown: 2.0.0: released 1 days ago, held until it is 3 days old"),
        ([release("2.0.0", withdrawn="yanked", withdrawn_reason="broken")], {}, "yanked: broken"),
        (
            [release("2.0.0", runtime=">=22")],
            {"runtime": ">=18"},
            "runtime: 2.0.0: needs runtime >=22, the project runs on >=18",
        ),
    ],
)
def test_explain_says_what_a_release_lacks(releases: list[Any], facts: dict[str, Any], sentence: str) -> None:
    known = package("npm", "1.0.0", *releases)
    found = inventory(dependency(), projects=[project(**facts)])
    told = explained(make_audit(found, around(known, fits=lambda declared, needed: declared == needed)))
    assert sentence in told


def test_the_newest_for_the_runtime_is_noted_with_the_runtime_named() -> None:
    known = package("npm", "1.0.0", release("2.0.0", runtime=">=18"), release("3.0.0", runtime=">=22"))
    found = inventory(dependency(), projects=[project(runtime=">=18")])
    audit = make_audit(found, around(known, fits=lambda declared, needed: declared == needed))
    words = "2.0.0 is the newest for Node.js >=18; the latest, 3.0.0, needs another"
    assert words in printed(lambda console: print_audit(audit, console), width=200)
    assert "is the newest for Node.js" in markdown_audit(audit)
    assert words in explained(audit)


def test_one_row_with_all_places_of_all_projects() -> None:
    places = [dependency(folder=folder) for folder in ("a", "b", "c")]
    other = dependency("^1.0.0", "1.3.0", folder="d")
    audit = make_audit(inventory(*places, other), around(CRANE, folders=("a", "b", "c", "d")))
    text = printed(lambda console: print_audit(audit, console), width=200)
    assert text.count("crane ") == 2
    assert "3 places in 3 projects" in text
    assert "2 major" in text
    assert markdown_audit(audit).count("| `crane`") == 2
    wide = printed(lambda console: print_audit(audit, console, wide=True), width=300)
    assert all(f"{folder}/package.json" in wide for folder in "abcd")


def row(latest: str, wanted: str | None, ecosystem: EcosystemName = "npm") -> Reported:
    return Reported(
        ecosystem=ecosystem,
        name=PackageName("crane"),
        current="1.0.0",
        wanted=wanted,
        latest=latest,
        source="npm outdated (saved.json)",
    )


@pytest.mark.parametrize(
    "settings, latest, wanted, target, beyond, held",
    [
        (Settings(), "2.0.0", "1.3.0", "2.0.0", 0, 0),
        (Settings(target="minor"), "2.0.0", "1.3.0", "1.3.0", 0, 0),
        (Settings(target="patch"), "2.0.0", "1.3.0", "", 1, 0),
        (Settings(target="in-range"), "2.0.0", None, "", 1, 0),
        (ruled(update="patch"), "2.0.0", "1.3.0", "", 0, 1),
        (ruled(update="never"), "2.0.0", "1.3.0", "", 0, 1),
        (ruled(allowed="<2"), "2.0.0", "1.3.0", "1.3.0", 0, 0),
    ],
)
def test_saved_output_is_bounded_as_well(
    settings: Settings, latest: str, wanted: str | None, target: str, beyond: int, held: int
) -> None:
    audit = audit_reported(inventory(dependency()), [row(latest, wanted)], around(settings=settings))
    assert [item.update.target.version for item in audit.assessments] == ([target] if target else [])
    assert (audit.beyond_target, len(audit.held), audit.up_to_date) == (beyond, held, 0)
