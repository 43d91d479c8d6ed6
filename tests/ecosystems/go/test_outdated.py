"""Saved output of go list and govulncheck."""

import json

import pytest

from tests.ecosystems.go.books import PROJECT
from upgrader.ecosystems.go import outdated, read_outdated, recognises
from upgrader.errors import InputError
from upgrader.model import Reported

MAIN = {"Path": "example.com/app", "Main": True, "GoVersion": "1.22"}
PSEUDO = "v0.0.0-20180804101149-46c73eb196ba"


def listed(*modules: object) -> str:
    """As go prints it: one object after the other, with tabs."""
    return "".join(json.dumps(module, indent="\t") + "\n" for module in (MAIN, *modules))


def row(*modules: object) -> Reported:
    rows = read_outdated(listed(*modules), "saved.json")
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(
    "module",
    [
        pytest.param({"Version": "v1.0.0"}, id="no update"),
        pytest.param({"Version": "v1.0.0", "Update": {"Path": "example.com/a"}}, id="update without version"),
        pytest.param(
            {
                "Version": PSEUDO,
                "Update": {
                    "Path": "example.com/a",
                    "Version": "v2.0.0+incompatible",
                    "Time": "2017-11-27T01:29:08Z",
                },
            },
            id="update older than the commit in use",
        ),
        pytest.param(
            {
                "Version": "v1.0.0",
                "Update": {"Path": "example.com/a", "Version": "v1.9.0"},
                "Replace": {"Path": "example.com/a", "Version": "v1.0.0"},
            },
            id="the outer update of a replaced module",
        ),
    ],
)
def test_a_module_that_goes_nowhere(module: dict[str, object]) -> None:
    found = row({"Path": "example.com/a", **module})
    assert (found.current, found.problem) == (found.latest, "")


def test_main_modules_of_a_workspace_are_no_rows() -> None:
    assert read_outdated(listed({"Path": "example.com/b", "Main": True}), "saved.json") == []


def test_an_update_with_its_directness() -> None:
    update = {"Path": "example.com/a", "Version": "v1.2.0", "Time": "2025-12-04T02:15:13Z"}
    found = row({"Path": "example.com/a", "Version": "v1.1.0", "Update": update, "Indirect": True})
    assert (found.current, found.latest, found.direct) == ("v1.1.0", "v1.2.0", False)
    assert found.source == "go list (saved.json)"


def test_an_update_newer_than_the_commit_in_use() -> None:
    update = {"Path": "example.com/a", "Version": "v1.0.0", "Time": "2019-01-01T00:00:00Z"}
    assert row({"Path": "example.com/a", "Version": PSEUDO, "Update": update}).latest == "v1.0.0"


def test_the_replacement_counts() -> None:
    update = {"Path": "example.com/fork", "Version": "v1.0.4"}
    replace = {"Path": "example.com/fork", "Version": "v1.0.1", "Update": update}
    found = row({"Path": "example.com/a", "Version": "v1.0.0", "Replace": replace})
    assert (found.name, found.current, found.latest) == ("example.com/fork", "v1.0.1", "v1.0.4")


def test_a_folder_is_not_checked() -> None:
    found = row({"Path": "example.com/a", "Version": "v1.0.0", "Replace": {"Path": "../a", "Dir": "/src/a"}})
    assert (found.name, found.current, found.latest) == ("example.com/a", None, None)
    assert "the folder ../a" in found.problem


@pytest.mark.parametrize(
    "error", [{"Err": "git ls-remote: exit status 128"}, "git ls-remote: exit status 128"]
)
def test_an_error_is_not_clean(error: object) -> None:
    found = row({"Path": "example.com/a", "Version": "v1.0.0", "Error": error})
    assert (found.problem, found.latest) == ("git ls-remote: exit status 128", None)


def test_retracted_and_deprecated() -> None:
    module = {"Path": "example.com/a", "Version": "v1.0.0", "Deprecated": "use b"}
    assert (row(module).withdrawn, row(module).withdrawn_reason) == ("deprecated", "use b")
    found = row({**module, "Retracted": ["bad tag", "worse"]})
    assert (found.withdrawn, found.withdrawn_reason) == ("retracted", "bad tag; worse")


def test_error_lines_between_the_documents_become_rows() -> None:
    text = "go: downloading example.com/z v1.0.0\n" + listed({"Path": "example.com/a", "Version": "v1.0.0"})
    text += "go: example.com/gone@v1.2.3: reading https://p.example/x: 404 Not Found\n"
    rows = read_outdated(text, "saved.txt")
    assert [(r.name, bool(r.problem)) for r in rows] == [("example.com/a", False), ("example.com/gone", True)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "go: go.mod file not found in current directory or any parent directory\n", id="no go.mod"
        ),
        pytest.param("go: can't determine available upgrades using the vendor directory\n", id="vendored"),
        pytest.param("go list -m: example.com/a@v1: unknown revision\n", id="old wording"),
        pytest.param("govulncheck: loading packages: there are errors\n", id="govulncheck"),
        pytest.param(listed({"Path": "example.com/a", "Version": "v1.0.0"})[:-9], id="cut off"),
    ],
)
def test_a_failed_run_is_our_own_and_never_clean(text: str) -> None:
    assert recognises(text)
    with pytest.raises(InputError):
        read_outdated(text, "saved.txt")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("{}", id="empty object"),
        pytest.param(
            '{"left-pad": {"current": "1.0.0", "wanted": "1.1.0", "latest": "2.0.0"}}', id="npm outdated"
        ),
        pytest.param(
            '[{"name": "a", "version": "1", "latest_version": "2", "latest_filetype": "wheel"}]', id="pip"
        ),
        pytest.param('{"crate_name": "app", "dependencies": []}', id="cargo outdated"),
        pytest.param('{"error": {"code": "EJSONPARSE", "summary": "x"}}', id="npm error"),
        pytest.param("    Updating a v1.0.0 -> v1.1.0\n", id="cargo update"),
        pytest.param("error: no such command: `outdated`\n", id="cargo error"),
        pytest.param("npm error code ENOLOCK\n", id="npm text"),
        pytest.param(
            '{"dependencies": [{"name": "a", "version": "1", "vulns": []}], "fixes": []}', id="pip-audit"
        ),
    ],
)
def test_other_tools_output_is_not_ours(text: str) -> None:
    assert not recognises(text)


# -- govulncheck


OSV = {
    "osv": {
        "id": "GO-2024-0001",
        "summary": "Panic in Parse",
        "aliases": ["GHSA-x", "CVE-2024-1"],
        "database_specific": {"url": "https://vuln.example/GO-2024-0001"},
    }
}
CONFIG = {"config": {"protocol_version": "v1.0.0", "scanner_name": "govulncheck"}}


def finding(**frame: str) -> dict[str, object]:
    where = {"module": "example.com/a", "version": "v1.0.0", **frame}
    return {"finding": {"osv": "GO-2024-0001", "fixed_version": "v1.0.1", "trace": [where, {"module": "x"}]}}


def stream(*messages: object) -> str:
    return "".join(json.dumps(message, indent=2) + "\n" for message in (CONFIG, *messages))


def test_an_advisory_without_a_finding_is_nothing() -> None:
    text = stream({"progress": {"message": "Scanning"}}, OSV)
    assert recognises(text)
    assert read_outdated(text, "v.json") == []


def test_one_finding_told_thrice_is_one_at_its_deepest() -> None:
    text = stream(
        OSV,
        finding(),
        finding(package="example.com/a/p"),
        finding(package="example.com/a/p", function="Parse"),
    )
    rows = read_outdated(text, "v.json")
    assert [(r.name, r.current, r.latest) for r in rows] == [("example.com/a", "v1.0.0", None)]
    advisory = rows[0].advisories[0]
    assert (advisory.id, advisory.summary, advisory.fixed_in) == (
        "GO-2024-0001",
        "Panic in Parse",
        ("v1.0.1",),
    )
    assert (advisory.aliases, advisory.source) == (("CVE-2024-1", "GHSA-x"), "govulncheck (v.json): called")


def test_a_failed_scan_is_not_clean() -> None:
    with pytest.raises(InputError, match="govulncheck failed"):
        read_outdated(stream() + "govulncheck: loading packages: boom\n", "v.json")


@pytest.mark.parametrize("text", ['{"osv": 1}', '{"Path": "a", "Version": 3}', '{"finding": {"trace": 0}}'])
def test_wrong_types_are_an_input_error(text: str) -> None:
    with pytest.raises(InputError):
        read_outdated(text, "bad.json")


def test_the_command_writes_nothing_and_fetches_no_go() -> None:
    command = outdated(PROJECT)
    assert command.argv == ("go", "list", "-e", "-m", "-mod=readonly", "-u", "-json", "all")
    assert command.env["GOTOOLCHAIN"] == "local"
