"""Saved output of cargo's tools: rows with their traps, failed runs, and what is not ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ecosystems.cargo.worlds import project
from upgrader.ecosystems import cargo
from upgrader.errors import InputError
from upgrader.model import Reported

DRY_RUN = """\
    Updating `corp` index
     Locking 4 packages to latest compatible versions
    Updating flags v1.2.1 -> v1.3.2 (available: v2.10.0)
    Updating plain v0.2.100 -> v0.2.177
      Adding fresh v1.0.0 (available: v2.0.0)
    Removing stale v1.0.0
 Downgrading under v2.1.0 -> v2.0.0 (available: v2.1.0)
   Unchanged rusty v1.1.0 (requires Rust 1.99)
   Unchanged behind v0.7.3 (available: v0.9.2, requires Rust 1.85)
    Updating corp v1.0.0 (registry `corp`) -> v1.1.0
    Updating forge v0.1.0 (https://forge.example/x#0a1b2c) -> #3d4e5f
note: to see how you depend on a package, run `cargo tree --invert <dep>@<ver>`
warning: not updating lockfile due to dry run
"""


def short(rows: list[Reported]) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(row.name, row.current, row.wanted, row.latest) for row in rows]


def test_dry_run() -> None:
    assert cargo.recognises(DRY_RUN)
    rows = cargo.read_outdated(DRY_RUN, "saved.txt")
    assert short(rows) == [
        ("flags", "1.2.1", "1.3.2", "2.10.0"),
        ("plain", "0.2.100", "0.2.177", "0.2.177"),
        ("under", "2.1.0", "2.0.0", "2.1.0"),
        ("rusty", "1.1.0", "1.1.0", "1.1.0"),
        ("behind", "0.7.3", "0.7.3", "0.9.2"),
        ("corp", "1.0.0", "1.1.0", "1.1.0"),
    ]
    assert {row.source for row in rows} == {"cargo update (saved.txt)"}
    assert {row.direct for row in rows} == {None}


def test_dry_run_with_nothing_to_do() -> None:
    text = "    Updating `corp` index\n     Locking 0 packages to latest compatible versions\n"
    assert cargo.recognises(text)
    assert cargo.read_outdated(text, "x") == []


def test_rows_that_were_not_printed_are_not_up_to_date() -> None:
    text = DRY_RUN + "note: pass `--verbose` to see 2 unchanged dependencies behind latest\n"
    last = cargo.read_outdated(text, "saved.txt")[-1]
    assert "2 unchanged dependencies" in last.problem


OUTDATED: dict[str, Any] = {
    "crate_name": "app",
    "dependencies": [
        {
            "name": "flags",
            "project": "1.2.1",
            "compat": "1.3.2",
            "latest": "2.10.0",
            "kind": "Development",
            "platform": None,
        },
        {
            "name": "rand",
            "project": "0.7.3",
            "compat": "---",
            "latest": "0.9.2",
            "kind": "Normal",
            "platform": None,
        },
        {
            "name": "near",
            "project": "1.0.0",
            "compat": "1.1.0",
            "latest": "---",
            "kind": "Build",
            "platform": None,
        },
        {
            "name": "a->b->deep",
            "project": "0.8.0",
            "compat": "0.8.1",
            "latest": "Removed",
            "kind": None,
            "platform": "cfg(unix)",
        },
        {
            "name": "a->gone",
            "project": "0.8.0",
            "compat": "Removed",
            "latest": "Removed",
            "kind": "Normal",
            "platform": None,
        },
    ],
}


def test_cargo_outdated() -> None:
    text = (
        "warning: x\n"
        + json.dumps(OUTDATED)
        + "\n"
        + json.dumps({"crate_name": "b", "dependencies": []})
        + "\n"
    )
    assert cargo.recognises(text)
    rows = cargo.read_outdated(text, "saved.json")
    assert short(rows) == [
        ("flags", "1.2.1", "1.3.2", "2.10.0"),
        ("rand", "0.7.3", "0.7.3", "0.9.2"),
        ("near", "1.0.0", "1.1.0", "1.1.0"),
        ("deep", "0.8.0", "0.8.1", "0.8.1"),
    ]
    assert [row.section for row in rows] == ["dev", "prod", "build", None]
    assert [row.direct for row in rows] == [True, True, True, False]


def finding(name: str, version: str, **advisory: object) -> dict[str, object]:
    facts = {
        "id": "RUSTSEC-2017-0004",
        "package": name,
        "title": "Overflow",
        "aliases": ["CVE-2017-1000430"],
        **advisory,
    }
    return {
        "advisory": facts,
        "versions": {"patched": [">=0.5.2", "^0.4.9", "nonsense"], "unaffected": []},
        "package": {"name": name, "version": version, "source": None, "dependencies": []},
    }


def audit(*found: dict[str, object], **warnings: object) -> str:
    return json.dumps(
        {
            "database": {"advisory-count": 1},
            "lockfile": {"dependency-count": 2},
            "settings": {},
            "vulnerabilities": {"found": bool(found), "count": len(found), "list": found},
            "warnings": warnings,
        }
    )


def test_cargo_audit() -> None:
    text = audit(
        finding(
            "base", "0.5.1", cvss="CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", url="https://a.example"
        ),
        finding("talk", "1.0.0", informational="unsound"),
        finding("back", "1.0.0", withdrawn="2020-01-01"),
        finding("odd", "1.0.0", cvss="nonsense"),
        unmaintained=[
            {"kind": "unmaintained", "advisory": {"id": "R"}, "package": {"name": "old", "version": "1.0.0"}}
        ],
        yanked=[
            {
                "kind": "yanked",
                "package": {"name": "yank", "version": "1.0.1"},
                "advisory": None,
                "versions": None,
            }
        ],
    )
    assert cargo.recognises(text)
    base, odd, yanked = cargo.read_outdated(text, "saved.json")
    (advisory,) = base.advisories
    assert (base.name, base.current, base.latest) == ("base", "0.5.1", None)
    assert (advisory.id, advisory.severity, advisory.score) == ("RUSTSEC-2017-0004", "CRITICAL", 9.8)
    assert advisory.fixed_in == ("0.4.9", "0.5.2")
    assert odd.advisories[0].severity == "UNKNOWN"
    assert (yanked.name, yanked.withdrawn, yanked.advisories) == ("yank", "yanked", ())


def test_clean_audit() -> None:
    assert cargo.recognises(audit())
    assert cargo.read_outdated(audit(), "x") == []


FAILED = {
    "no manifest": "error: could not find `Cargo.toml` in `/x` or any parent directory\n",
    "no tool": "error: no such command: `outdated`\n\nhelp: view all installed commands with `cargo --list`\n",
    "no version": '    Updating `corp` index\nerror: failed to select a version for the requirement `a = "^9"`\n',
    "half way": DRY_RUN + "error: failed to get `a` as a dependency of package `b v0.1.0`\n",
}


@pytest.mark.parametrize("name", FAILED)
def test_a_failed_run_is_an_error(name: str) -> None:
    assert cargo.recognises(FAILED[name])
    with pytest.raises(InputError, match="cargo failed: "):
        cargo.read_outdated(FAILED[name], "saved.txt")


BROKEN = {
    "wrong type": '{"crate_name": "a", "dependencies": [{"name": 1}]}',
    "no version": '{"crate_name": "a", "dependencies": [{"name":"x","project":"one","compat":"---","latest":"---"}]}',
    "flag as a name": json.dumps(
        {**OUTDATED, "dependencies": [{**OUTDATED["dependencies"][0], "name": "--x"}]}
    ),
    "cut": '{"crate_name": "a", "dependencies": [',
    "audit without list": '{"database": {}, "lockfile": {}, "vulnerabilities": 1}',
    "nothing": "",
    "words": "Name  Project  Compat\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_output(name: str) -> None:
    with pytest.raises(InputError):
        cargo.read_outdated(BROKEN[name], "saved.json")


def test_cut_output_is_still_ours_and_an_error() -> None:
    text = json.dumps(OUTDATED)[:100]
    assert cargo.recognises(text)
    with pytest.raises(InputError, match=r"^saved\.json: line 1: not a whole JSON document"):
        cargo.read_outdated(text, "saved.json")


NOT_OURS = {
    "cut npm": '{"left-pad": {"current": "1.0.0",',
    "npm outdated": '{"left-pad": {"current": "1.0.0", "wanted": "1.0.0", "latest": "1.3.0"}}',
    "npm audit": '{"auditReportVersion": 2, "vulnerabilities": {}, "metadata": {"vulnerabilities": {}}}',
    "npm error": '{"error": {"code": "ENOLOCK"}}',
    "npm words": "npm error code E404\nnpm error 404 Not Found\n",
    "pip list": '[{"name": "a", "version": "1", "latest_version": "2", "latest_filetype": "wheel"}]',
    "pip-audit": '{"dependencies": [{"name": "a", "version": "1", "vulns": []}], "fixes": []}',
    "pip error": "ERROR: No matching distribution found for a\n",
    "go list": '{"Path": "example.com/a", "Main": true}\n{"Path": "example.com/b", "Version": "v1.0.0"}',
    "go error": "go: cannot find main module\n",
    "uv": "Updated a v1.0.0 -> v2.0.0\n",
    "empty": "",
}


@pytest.mark.parametrize("name", NOT_OURS)
def test_other_tools_are_not_claimed(name: str) -> None:
    assert not cargo.recognises(NOT_OURS[name])


def test_command() -> None:
    command = cargo.outdated(project("sub"))
    assert command.argv == ("cargo", "update", "--dry-run", "--verbose", "--color", "never")
    assert (command.folder, command.network, command.env["RUSTC_WRAPPER"]) == ("sub", True, "")
