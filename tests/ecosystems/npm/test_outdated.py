"""Saved output of npm outdated and npm audit; what is another tool's, or failed."""

import json
from typing import Any

import pytest

from upgrader.ecosystems import npm
from upgrader.errors import InputError

OTHERS = [
    pytest.param("", id="nothing"),
    pytest.param("[]", id="pip: none outdated"),
    pytest.param(
        '[{"name": "x", "version": "1", "latest_version": "2", "latest_filetype": "wheel"}]', id="pip"
    ),
    pytest.param(
        '{"dependencies": [{"name": "x", "version": "1", "vulns": []}], "fixes": []}', id="pip-audit"
    ),
    pytest.param(
        '{\n\t"Path": "a.example/m",\n\t"Version": "v1.0.0"\n}\n{\n\t"Path": "b.example/m"\n}', id="go list"
    ),
    pytest.param('{"Path": "a.example/m", "Main": true}', id="go list, one"),
    pytest.param(
        '{"crate_name": "app", "dependencies": [{"name": "x", "project": "1", "latest": "2"}]}',
        id="cargo outdated",
    ),
    pytest.param('{"database": {}, "lockfile": {}, "vulnerabilities": {"found": false}}', id="cargo audit"),
    pytest.param("    Updating x v1.0.0 -> v1.1.0\n", id="cargo update"),
    pytest.param(
        "Package Version Latest Type\n------- ------- ------ -----\nx 1 2 wheel\n", id="pip as text"
    ),
    pytest.param('{"name": "x", "status": "done"}', id="an object of words"),
    pytest.param('{"dependencies": {"a": {"version": "1.0.0"}}}', id="npm ls"),
    pytest.param('{"express": {"wanted"', id="cut"),
    pytest.param("hello", id="words"),
]


@pytest.mark.parametrize("text", OTHERS)
def test_other_tools_output_is_not_claimed(text: str) -> None:
    assert npm.recognises(text) is False


def outdated(rows: dict[str, Any]) -> list[tuple[Any, ...]]:
    text = 'npm warn Unknown user config "nodedir".\n' + json.dumps(rows, indent=2)
    assert npm.recognises(text)
    return [
        (r.name, r.current, r.wanted, r.latest, r.section, r.direct, r.problem)
        for r in npm.read_outdated(text, "f")
    ]


def row(current: str | None, wanted: str, latest: str, **more: str) -> dict[str, str]:
    return {
        **({"current": current} if current else {}),
        "wanted": wanted,
        "latest": latest,
        "dependent": "app",
        **more,
    }


def test_nothing_outdated() -> None:
    assert npm.recognises("{}\n")
    assert npm.read_outdated("{}\n", "f") == []


def test_rows_as_npm_writes_them() -> None:
    rows = {
        "lib": row("1.0.0", "1.2.0", "2.0.0"),
        "absent": row(None, "1.0.0", "1.0.0"),
        "count:@tide/tally@^1.0.0": row("1.0.0", "1.2.0", "2.0.0"),
        "old:plain@1 || 2": row("1.0.0", "1.0.0", "3.0.0"),
        "@tide/charts": row("1.0.0", "1.0.0", "0.9.0"),
    }
    assert outdated(rows) == [
        ("lib", "1.0.0", "1.2.0", "2.0.0", None, None, ""),
        ("absent", None, "1.0.0", "1.0.0", None, None, ""),
        ("@tide/tally", "1.0.0", "1.2.0", "2.0.0", None, None, ""),
        ("plain", "1.0.0", "1.0.0", "3.0.0", None, None, ""),
        ("@tide/charts", "1.0.0", "1.0.0", "0.9.0", None, None, ""),
    ]


def test_long_rows_tell_section_and_whether_direct() -> None:
    edges = [
        row("1.0.0", "1.0.0", "2.0.0", type="devDependencies", dependedByLocation=""),
        row("1.0.0", "1.0.0", "2.0.0", type="dependencies", dependedByLocation="packages/a"),
        row("1.0.0", "1.0.0", "2.0.0", type="dependencies", dependedByLocation="node_modules/b"),
        row("1.0.0", "1.0.0", "2.0.0", type="peerDependencies", dependedByLocation=""),
        row("1.0.0", "1.0.0", "2.0.0", type="optionalDependencies", dependedByLocation=""),
        row("1.0.0", "1.0.0", "2.0.0", type="devDependencies", dependedByLocation=""),
    ]
    assert [found[4:6] for found in outdated({"lib": edges})] == [
        ("dev", True),
        ("prod", True),
        ("prod", False),
        ("peer", True),
        ("optional", True),
    ]


ODD = [
    ({"lib": row("linked", "1.0.0", "1.0.0")}, "current is 'linked', not a version"),
    ({"lib": row("1.0.0", "git", "git")}, "wanted is 'git', not a version; latest is 'git', not a version"),
    ({"lib": {"current": "1.0.0", "wanted": "1.0.0", "dependent": "a"}}, "npm names no latest version"),
    ({"--save": row("1.0.0", "1.0.0", "2.0.0")}, "'--save' is not a name that npm knows."),
    ({"lib": {"current": 7, "wanted": "1.0.0", "latest": "1.0.0"}}, "current is '7', not a version"),
]


@pytest.mark.parametrize(("rows", "problem"), ODD)
def test_a_row_that_says_nothing_usable_is_a_problem(rows: dict[str, Any], problem: str) -> None:
    assert [found[6] for found in outdated(rows)] == [problem]


ADVISORY = {
    "source": 1106913,
    "name": "lib",
    "dependency": "lib",
    "title": "Injection in lib",
    "url": "https://github.com/advisories/GHSA-35jh-r3h4-6jhm",
    "severity": "moderate",
    "cvss": {"score": 7.2, "vectorString": "CVSS:3.1/AV:N"},
    "range": "<1.0.4 || >=2.0.0 <2.1.0",
}


def audit(vulnerabilities: dict[str, Any]) -> str:
    return json.dumps({"auditReportVersion": 2, "vulnerabilities": vulnerabilities, "metadata": {}})


def test_an_audit_counts_advisories_and_not_what_hangs_on_them() -> None:
    text = audit(
        {
            "lib": {
                "name": "lib",
                "isDirect": False,
                "via": [ADVISORY, "other", ADVISORY],
                "effects": ["app"],
            },
            "app": {"name": "app", "isDirect": True, "via": ["lib"], "effects": []},
            "other": {
                "name": "other",
                "isDirect": True,
                "via": [{**ADVISORY, "url": "", "range": "*", "cvss": None}],
            },
        }
    )
    assert npm.recognises(text)
    lib, other = npm.read_outdated(text, "f")
    assert (lib.name, lib.current, lib.latest, lib.direct, lib.source) == (
        "lib",
        None,
        None,
        False,
        "npm audit (f)",
    )
    (advisory,) = lib.advisories
    assert (advisory.id, advisory.severity, advisory.score) == ("GHSA-35jh-r3h4-6jhm", "MODERATE", 7.2)
    assert advisory.fixed_in == ("1.0.4", "2.1.0")
    assert [(item.id, item.score, item.fixed_in) for item in other.advisories] == [("npm:1106913", None, ())]


def test_a_fix_is_the_package_itself_and_not_its_parent() -> None:
    open_ended = {**ADVISORY, "range": "<=1.0.3"}
    own = {
        "name": "lib",
        "isDirect": True,
        "via": [open_ended],
        "fixAvailable": {"name": "lib", "version": "1.0.4"},
    }
    parent = {**own, "fixAvailable": {"name": "app", "version": "9.0.0"}}
    assert npm.read_outdated(audit({"lib": own}), "f")[0].advisories[0].fixed_in == ("1.0.4",)
    assert npm.read_outdated(audit({"lib": parent}), "f")[0].advisories[0].fixed_in == ()


def test_a_cause_without_a_row_is_a_problem() -> None:
    found = npm.read_outdated(audit({"app": {"name": "app", "via": ["ghost"]}}), "f")
    assert [(item.name, bool(item.problem)) for item in found] == [("ghost", True)]


def test_a_clean_audit() -> None:
    assert npm.read_outdated(audit({}), "f") == []


REFUSED = [
    pytest.param(
        '{"error": {"code": "E401", "summary": "Unauthorized", "detail": ""}}',
        "E401, Unauthorized",
        id="failed outdated",
    ),
    pytest.param(
        '{"message": "405 Method Not Allowed", "method": "POST", "uri": "u", "headers": {}, "statusCode": 405, '
        '"error": {"summary": "", "detail": ""}}',
        "405 Method Not Allowed",
        id="failed audit",
    ),
    pytest.param('{"auditReportVersion": 3, "vulnerabilities": {}}', "version 2", id="audit of tomorrow"),
    pytest.param(
        '{"auditReportVersion": 2, "vulnerabilities": {"x": {"via": 1}}}', "vulnerabilities.x", id="odd audit"
    ),
    pytest.param('{"auditReportVersion": 2}', "version 2", id="audit without a list"),
    pytest.param(
        '{"type":"info","data":"Color legend"}\n{"type":"error","data":"No lockfile"}',
        "No lockfile",
        id="yarn",
    ),
    pytest.param('{"type":"info","data":"Color legend"}', "no table", id="yarn without a table"),
    pytest.param('{"error":{"code":"ERR_PNPM_X","message":"No lockfile"}}', "No lockfile", id="pnpm"),
    pytest.param("npm error code E401\nnpm error Unable to log in\n", "E401", id="npm's words alone"),
    pytest.param("npm error code E404\n{}\n", "E404", id="npm's words and an empty object"),
    pytest.param('{"statusCode": 503, "body": ""}', "does not say", id="an answer that is no audit"),
    pytest.param('{"type":"auditAdvisory","data":{}}\n', "no summary", id="an audit of yarn that breaks off"),
    pytest.param('{"advisories": {"1": {"id": 1}}, "metadata": {}}', "module_name", id="odd audit of npm 6"),
    pytest.param("Checking /x/package.json\n", "no row", id="ncu that breaks off"),
    pytest.param('{"packages": [{"resolved": [{}]}]}', "no name", id="odd taze"),
    pytest.param("Package Current Wanted Latest Location\nx 1\n", "not a row", id="odd table"),
    pytest.param("# npm audit report\n\nlib <1\n", "for people", id="audit as text"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_can_not_be_read_is_recognised_and_refused(text: str, words: str) -> None:
    assert npm.recognises(text)
    with pytest.raises(InputError) as caught:
        npm.read_outdated(text, "saved.json")
    assert "saved.json" in caught.value.message
    assert words in caught.value.message
    assert caught.value.advice


def test_what_is_not_npms_is_refused_too() -> None:
    with pytest.raises(InputError, match="not the output of npm"):
        npm.read_outdated("hello", "saved.json")
