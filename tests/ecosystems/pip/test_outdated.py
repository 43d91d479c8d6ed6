"""Saved output of pip, uv and pip-audit; output of other worlds is left to them, a failed run is never clean."""

import json

import pytest

from upgrader.ecosystems import pip
from upgrader.errors import InputError
from upgrader.model import Project

LIST = json.dumps(
    [
        {"name": "PyYAML", "version": "6.0", "latest_version": "6.1", "latest_filetype": "wheel"},
        {"name": "typing_extensions", "version": "4.0", "latest_version": "5.0"},
    ]
)
AUDIT = {
    "dependencies": [
        {
            "name": "Flask",
            "version": "0.5",
            "vulns": [
                {
                    "id": "PYSEC-2",
                    "fix_versions": ["1.10", "1.9"],
                    "aliases": ["b", "a"],
                    "description": "One.\nTwo.",
                },
                {"id": "PYSEC-1", "fix_versions": [], "aliases": []},
            ],
        },
        {"name": "clean", "version": "1.0", "vulns": []},
        {"name": "mine", "skip_reason": "not found on the index"},
    ],
    "fixes": [],
}
OTHERS = {
    "npm outdated": '{"a": {"wanted": "1", "latest": "2", "dependent": "x"}}',
    "npm audit": '{"auditReportVersion": 2, "vulnerabilities": {}}',
    "npm list": '{"name": "x", "dependencies": {"a": {"version": "1"}}}',
    "cargo outdated": '{"crate_name": "x", "dependencies": []}',
    "cargo rows": '{"crate_name":"x","dependencies":[{"name":"a","project":"1","compat":"---","latest":"2"}]}',
    "cargo update": "    Updating a v1.0.0 -> v2.0.0\n",
    "go list": '{"Path": "a.example/x", "Version": "v1.0.0", "Update": {"Version": "v1.1.0"}}',
    "npm failed": '{"error": {"code": "E404", "summary": "x"}}',
    "words": "Everything is up to date.",
    "empty": "",
    "an empty list": "[]",
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_other_output_is_left_alone(text: str) -> None:
    assert not pip.recognises(text)


def test_rows_of_pip_and_uv() -> None:
    assert pip.recognises(LIST)
    rows = pip.read_outdated(LIST, "saved.json")
    assert [(row.name, row.current, row.latest, row.problem) for row in rows] == [
        ("pyyaml", "6.0", "6.1", ""),
        ("typing-extensions", "4.0", "5.0", ""),
    ]
    assert rows[0].source == "pip list --outdated (saved.json)"


def test_words_around_the_rows_do_not_matter() -> None:
    text = f"WARNING: There was an error checking the latest version of pip.\n{LIST}\n\n[notice] x\n"
    assert pip.recognises(text)
    assert len(pip.read_outdated(text, "x")) == 2


def test_a_row_that_says_nothing_usable_is_a_problem() -> None:
    rows = [
        {"name": "a", "version": "1.0-weird!", "latest_version": "2.0"},
        {"name": "b", "version": "1.0", "latest_version": "2.0", "editable_project_location": "/src/b"},
    ]
    first, second = pip.read_outdated(json.dumps(rows), "x")
    assert "not a version" in first.problem
    assert "/src/b" in second.problem


def test_rows_of_pip_audit() -> None:
    text = json.dumps(AUDIT)
    assert pip.recognises(text)
    flask, clean, mine = pip.read_outdated(text, "x")
    assert [item.id for item in flask.advisories] == ["PYSEC-1", "PYSEC-2"]
    assert flask.advisories[1].fixed_in == ("1.9", "1.10")
    assert flask.advisories[1].aliases == ("a", "b")
    assert flask.advisories[1].summary == "One."
    assert (clean.advisories, clean.problem, clean.latest) == ((), "", None)
    assert (mine.problem, mine.current) == ("not found on the index", None)


def test_the_old_layout_of_pip_audit() -> None:
    text = json.dumps(AUDIT["dependencies"])
    assert pip.recognises(text)
    assert len(pip.read_outdated(text, "x")) == 3


def test_when_all_were_skipped_none_is_clean() -> None:
    text = json.dumps(
        {"dependencies": [{"name": "a", "skip_reason": "s"}, {"name": "b", "skip_reason": "s"}]}
    )
    assert [row.problem for row in pip.read_outdated(text, "x")] == ["s", "s"]


FAILED = {
    "dead index": "WARNING: Retrying (Retry(total=0)) after connection broken\n[]",
    "no version": "ERROR: Could not find a version that satisfies the requirement a",
    "cut file": LIST[:-20],
    "cut audit": json.dumps(AUDIT)[:-9],
    "wrong types": '[{"name": 3, "version": "1", "latest_version": "2"}]',
    "no name": '[{"name": "-x", "version": "1", "latest_version": "2"}]',
    "uv without a solution": "error: No solution found when resolving dependencies\n  cause: none\n",
    "odd table": "Package Version Latest Type\na 1.0\n",
    "installed": '[{"name": "a", "version": "1.0"}]',
    "installed, the table": "Package Version\n------- -------\na       1.0\n",
    "pip-audit, the text": "Found 1 known vulnerability in 1 package\nName Version ID Fix Versions\n",
}


@pytest.mark.parametrize("text", FAILED.values(), ids=FAILED)
def test_a_failed_run_or_an_unread_form_is_said(text: str) -> None:
    assert pip.recognises(text)
    with pytest.raises(InputError):
        pip.read_outdated(text, "saved.txt")


def test_a_freeze_names_no_newer_version() -> None:
    rows = pip.read_outdated("a==1.0\nB_c===2.0\n", "x")
    assert [(row.name, row.current, row.latest, bool(row.problem)) for row in rows] == [
        ("a", "1.0", None, True),
        ("b-c", "2.0", None, True),
    ]


def test_a_lock_with_nothing_to_do_is_clean() -> None:
    text = "Resolved 2 packages in 3ms\nNo lockfile changes detected\n"
    assert pip.recognises(text)
    assert pip.read_outdated(text, "x") == []


def test_an_empty_list_is_no_row() -> None:
    assert pip.read_outdated("[]", "x") == []


def test_something_unknown_is_said() -> None:
    with pytest.raises(InputError, match=r"^saved\.txt: "):
        pip.read_outdated("hello", "saved.txt")


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_the_tools_own_command(tool: str) -> None:
    project = Project(
        ecosystem="pip", folder="a", manifest="a/x", manifests=("a/x",), lockfile=None, tool=tool
    )
    command = pip.outdated(project)
    assert command.argv[-3:] == ("--outdated", "--format", "json")
    assert command.folder == "a"
    assert tool == "uv" or "-I" in command.argv
