"""Targets and policies: what an audit chooses under them, what it holds, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stages.worlds import (
    Known,
    around,
    audited,
    dependency,
    inventory,
    package,
    project,
    release,
    the_one,
)
from upgrader.config import PackageRule, Settings
from upgrader.errors import ConfigError
from upgrader.model import Advisory, Audit, EcosystemName
from upgrader.stages.audit import make_audit
from upgrader.stages.policy import check_policies, policy_for

CRANE = package(
    "npm", "1.0.0", "1.0.4", "1.3.0", "2.0.0", "2.1.0-rc.1", tags={"latest": "2.0.0", "next": "2.1.0-rc.1"}
)


def rules(*tables: dict[str, Any], **facts: Any) -> Settings:
    made = [PackageRule(**{"match": ["crane"], **table}) for table in tables]
    return Settings(packages=made, source="upgrader.toml", **facts)


def target_of(audit: Audit) -> str:
    return the_one(audit).update.target.version if audit.assessments else ""


@pytest.mark.parametrize(
    "target, version",
    [
        ("latest", "2.0.0"),
        ("minor", "1.3.0"),
        ("patch", "1.0.4"),
        ("in-range", "1.3.0"),
        ("greatest", "2.1.0-rc.1"),
        ("newest", "1.0.4"),
        ("@latest", "2.0.0"),
        ("@next", "2.1.0-rc.1"),
        ("@beta", ""),
    ],
)
def test_a_target_in_npm(target: str, version: str) -> None:
    late = release("1.0.4", age=10)
    known = package("npm", "1.0.0", late, "1.3.0", "2.0.0", "2.1.0-rc.1", tags=CRANE.tags)
    audit = audited(dependency("^1.0.0", "1.0.0"), known, settings=Settings(target=target))
    assert target_of(audit) == version
    assert (audit.beyond_target, audit.up_to_date, audit.held) == (0 if version else 1, 0, ())


@pytest.mark.parametrize(
    "ecosystem, requirement, current, releases, target, version",
    [
        ("npm", "^0.2.0", "0.2.0", ["0.2.0", "0.3.0"], "minor", ""),
        ("npm", "^0.2.0", "0.2.0", ["0.2.0", "0.2.1", "0.3.0"], "minor", "0.2.1"),
        ("npm", "1.0.0", "1.0.0", ["1.0.0", "1.0.1"], "in-range", ""),
        ("npm", "*", "1.0.0", ["1.0.0", "3.0.0"], "in-range", "3.0.0"),
        ("npm", "^1.0.0-beta.1", "1.0.0-beta.1", ["1.0.0-beta.1", "1.0.0-beta.2"], "patch", "1.0.0-beta.2"),
        ("pip", ">=1,<2", "1.0", ["1.0", "1.9", "2.0"], "in-range", "1.9"),
        ("pip", "~=1.4", "1.4", ["1.4", "1.4.1", "1.5"], "patch", "1.4.1"),
        ("pip", "==1.0", "1.0", ["1.0", "2.0rc1"], "greatest", "2.0rc1"),
        ("cargo", "1.2", "1.2.0", ["1.2.0", "1.3.0", "2.0.0"], "in-range", "1.3.0"),
        ("go", "v1.2.0", "v1.2.0", ["v1.2.0", "v1.2.1", "v1.3.0"], "patch", "v1.2.1"),
        ("go", "v1.2.0", "v1.2.0", ["v1.2.0", "v1.3.0"], "@next", ""),
    ],
)
def test_a_target_elsewhere(
    ecosystem: EcosystemName, requirement: str, current: str, releases: list[str], target: str, version: str
) -> None:
    place = dependency(requirement, current, ecosystem=ecosystem)
    audit = audited(place, package(ecosystem, *releases), settings=Settings(target=target))
    assert target_of(audit) == version
    assert audit.beyond_target == (0 if version else 1)


def test_a_target_that_leaves_nothing_newer_is_up_to_date() -> None:
    audit = audited(dependency(), package("npm", "1.0.0"), settings=Settings(target="minor"))
    assert (audit.up_to_date, audit.beyond_target) == (1, 0)


def test_the_cooldown_counts_within_the_target() -> None:
    young = package("npm", "1.0.0", "1.0.1", release("1.0.2", age=1), "2.0.0")
    audit = audited(dependency(), young, settings=Settings(target="patch"))
    assert target_of(audit) == "1.0.1"
    assert {item.kind for item in the_one(audit).update.passed_over} == {"cooldown", "target"}


@pytest.mark.parametrize(
    "tables, version",
    [
        ([{"match": ["other"], "update": "patch"}], "2.0.0"),
        ([{"update": "patch", "ecosystem": "pip"}], "2.0.0"),
        ([{"update": "patch", "section": ["dev", "peer"]}], "2.0.0"),
        ([{"update": "patch", "path": "apps/**"}], "2.0.0"),
        ([{"match": ["crane@^2"], "update": "patch"}], "2.0.0"),
        ([{"update": "patch"}, {"update": "latest"}], "2.0.0"),
        ([{"allowed": "<2"}, {"allowed": ""}], "2.0.0"),
        ([{"update": "patch"}], "1.0.4"),
        ([{"match": ["cr*"], "update": "patch"}], "1.0.4"),
        ([{"match": ["/^cr/", "!crank"], "update": "patch"}], "1.0.4"),
        ([{"match": ["crane@^1"], "update": "patch"}], "1.0.4"),
        (
            [{"update": "patch", "ecosystem": ["npm", "pip"], "section": "prod", "path": "package.json"}],
            "1.0.4",
        ),
        ([{"update": "latest"}, {"match": ["*"], "update": "minor"}], "1.3.0"),
        ([{"allowed": "<1.3"}], "1.0.4"),
        ([{"allowed": "<2"}, {"update": "patch"}], "1.0.4"),
        ([{"prereleases": True, "update": "greatest"}], "2.1.0-rc.1"),
        ([{"prereleases": False, "update": "greatest"}], "2.0.0"),
        ([{"prereleases": False}, {"prereleases": True, "update": "greatest"}], "2.1.0-rc.1"),
    ],
)
def test_a_policy(tables: list[dict[str, Any]], version: str) -> None:
    audit = audited(dependency(), CRANE, settings=rules(*tables))
    assert target_of(audit) == version


def test_a_flag_narrows_a_policy_and_never_lifts_it() -> None:
    flagged = rules({"update": "patch"}, target="minor", flags=("target",))
    assert target_of(audited(dependency(), CRANE, settings=flagged)) == "1.0.4"
    flagged = rules({"update": "minor"}, target="patch", flags=("target",))
    assert target_of(audited(dependency(), CRANE, settings=flagged)) == "1.0.4"
    setting = rules({"update": "latest"}, target="patch")
    assert target_of(audited(dependency(), CRANE, settings=setting)) == "2.0.0"


def test_what_a_policy_shuts_out_is_held_with_its_place_and_reason() -> None:
    settings = rules({"allowed": "<2", "reason": "our Node is old"})
    audit = audited(dependency("^1.3.0", "1.3.0"), CRANE, settings=settings)
    (held,) = audit.held
    assert (held.kind, held.version) == ("policy", "2.0.0")
    assert held.reason == "2.0.0: outside <2, which upgrader.toml: packages[0] (our Node is old) allows"
    assert audit.up_to_date == 0


def test_never_is_held_and_its_advisories_are_told() -> None:
    told = Known({"1.0.0": [Advisory(id="X-1", fixed_in=("1.0.4",))]})
    audit = audited(dependency(), CRANE, settings=rules({"update": "never"}), advisories=told)
    assert audit.assessments == ()
    assert [(item.kind, item.reason) for item in audit.held] == [
        ("policy", "is never moved, says upgrader.toml: packages[0]")
    ]
    assert [fact.advisory.id for fact in audit.vulnerable] == ["X-1"]


def test_a_range_of_another_ecosystem_lets_nothing_through() -> None:
    audit = audited(dependency(), CRANE, settings=rules({"allowed": ">=1,<2"}))
    assert [item.kind for item in audit.held] == ["policy"]
    assert ">=1,<2 is no range of its ecosystem" in audit.held[0].reason


def test_cooldown_group_and_strategy_of_a_policy() -> None:
    young = package("npm", "1.0.0", release("1.0.1", age=5), "1.0.2")
    settings = rules({"cooldown_days": 200, "group": "cranes", "range_strategy": "bump"})
    item = dependency()
    policy = policy_for(item, settings)
    assert (policy.cooldown_days, policy.group, policy.strategy) == (200, "cranes", "bump")
    assert target_of(audited(item, young, settings=settings)) == ""
    update = the_one(
        audited(item, young, settings=rules({"group": "cranes", "range_strategy": "bump"}))
    ).update
    assert (update.together, update.strategy) == ("cranes", "bump")
    assert update.policies == (
        "in the group cranes, range strategy bump, says upgrader.toml: packages[0] (match crane)",
    )
    quick = rules({"cooldown_days": 200}, cooldown_days=0, flags=("cooldown_days",))
    assert policy_for(item, quick).cooldown_days == 0


def test_places_with_different_policies_move_apart() -> None:
    one = dependency("^1.0.0", "1.0.0", line=1)
    two = dependency("^1.0.0", "1.0.0", line=2, section="dev")
    audit = make_audit(
        inventory(one, two), around(CRANE, settings=rules({"section": "dev", "update": "patch"}))
    )
    assert sorted(item.update.target.version for item in audit.assessments) == ["1.0.4", "2.0.0"]


@pytest.mark.parametrize(
    "strategy, requirement, version, held",
    [
        ("in-range-only", "^1.0.0", "1.3.0", []),
        ("lockfile-only", "^1.0.0", "1.3.0", []),
        ("in-range-only", "1.0.0", "", []),
        ("auto", "^1.0.0", "2.0.0", []),
    ],
)
def test_a_strategy_that_leaves_the_manifest_alone(
    strategy: Any, requirement: str, version: str, held: list[str]
) -> None:
    audit = audited(dependency(requirement), CRANE, settings=Settings(range_strategy=strategy))
    assert target_of(audit) == version
    assert [item.kind for item in audit.held] == held


@pytest.mark.parametrize(
    "table, words",
    [
        ({"match": ["/(/"]}, "upgrader.toml: packages[0].match: /(/ is no regular expression"),
        ({"match": ["x@^^1"]}, "upgrader.toml: packages[0].match: 'x@^^1'"),
        (
            {"allowed": "^^1"},
            "upgrader.toml: packages[0].allowed: '^^1' is no range that cargo or go or npm or pip",
        ),
        (
            {"allowed": ">=1,<2", "ecosystem": "npm"},
            "upgrader.toml: packages[0].allowed: '>=1,<2' is no range that npm",
        ),
    ],
)
def test_a_bad_policy_is_named(table: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_policies(rules(table))
    assert caught.value.message.startswith(words)


def test_the_newest_for_the_runtime_is_told_where_it_is_another() -> None:
    known = package("npm", "1.0.0", release("2.0.0", runtime=">=18"), release("3.0.0", runtime=">=22"))
    place = dependency()
    found = inventory(place, projects=[project(runtime=">=18")])
    audit = make_audit(found, around(known, fits=lambda declared, needed: declared == needed))
    update = the_one(audit).update
    assert (update.target.version, update.latest) == ("2.0.0", "3.0.0")
    assert (update.latest_for_runtime, update.runtime) == ("2.0.0", ">=18")


def test_lockfile_only_has_nothing_to_refresh_in_go() -> None:
    place = dependency("v1.0.0", "v1.0.0", ecosystem="go")
    settings = Settings(range_strategy="lockfile-only")
    audit = audited(place, package("go", "v1.0.0", "v1.1.0"), settings=settings)
    assert audit.assessments == ()
    assert [item.reason for item in audit.held] == [
        "lockfile-only: go.mod itself holds the versions, there is no other lock to refresh"
    ]


def test_a_policy_against_prereleases_holds_for_the_flag_too() -> None:
    newer = package("npm", "1.0.0", "2.0.0", "2.1.0-rc.1")
    flag: dict[str, Any] = {"prereleases": True, "flags": ("prereleases",)}
    assert target_of(audited(dependency(), newer, settings=Settings(**flag))) == "2.1.0-rc.1"
    assert target_of(audited(dependency(), newer, settings=rules({"prereleases": False}, **flag))) == "2.0.0"
