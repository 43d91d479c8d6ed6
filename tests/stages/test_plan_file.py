"""A plan as a file: read back as written, and refused where an edit made it dangerous or stale."""

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped] # it brings no types
import msgspec
import pytest

from tests.stages.books import Files
from tests.stages.test_plan import BASE, CRANE, planned
from tests.stages.worlds import dependency, package
from upgrader.errors import PlanError
from upgrader.model import Plan
from upgrader.stages.narrow import suggest
from upgrader.stages.plan_file import check_freshness, decode_plan, encode_plan, plan_schema, select_steps

FILES = {"package.json": b"crane ^1.0.0\n", "lock": b"locked\n"}


def plan() -> Plan:
    return planned([dependency()], CRANE)


def edited(path: str, value: object) -> bytes:
    """The plan's file with one place changed; `steps.0.branch`."""
    document: Any = json.loads(encode_plan(plan()))
    place = document
    *heads, last = path.split(".")
    for key in heads:
        place = place[int(key) if key.isdigit() else key]
    place[int(last) if last.isdigit() else last] = value
    return json.dumps(document).encode()


def test_it_is_read_back_as_it_was_written() -> None:
    made = plan()
    assert decode_plan(encode_plan(made), "plan.json") == made
    assert decode_plan(b"\xef\xbb\xbf" + encode_plan(made), "plan.json") == made
    assert encode_plan(decode_plan(encode_plan(made), "plan.json")) == encode_plan(made)


def test_the_schema_describes_it() -> None:
    schema = json.loads(plan_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(encode_plan(plan())), schema)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("steps.0.branch", "upgrade/my-own-name"),
        ("steps.0.branch", "upgrade/team/crane-1.0.1"),
        ("steps.0.edits.0.after", "~1.0.1"),
        ("steps.0.checks", []),
        ("steps", []),
        ("steps.0.title", "words of mine"),
    ],
)
def test_edits_that_people_make(path: str, value: object) -> None:
    decode_plan(edited(path, value), "plan.json")


BAD_PATHS = [
    "/etc/passwd",
    "../x",
    "a/../../x",
    ".git/config",
    "web/.GIT/hooks/x",
    "",
    "a//b",
    "C:/x",
    "a\\b",
    "a\nb",
]
PLACES = ["edits.0.path", "allowed.0", "folder", "commands.0.folder", "prepare.0.folder", "lockfile"]


@pytest.mark.parametrize("bad", BAD_PATHS)
@pytest.mark.parametrize("place", PLACES)
def test_paths_that_leave_the_repository(place: str, bad: str) -> None:
    with pytest.raises(PlanError, match=r"plan\.json: npm:crane"):
        decode_plan(edited(f"steps.0.{place}", bad), "plan.json")


@pytest.mark.parametrize(
    "branch",
    ["main", "upgrade", "upgrade/", "upgrade/../main", "upgrade/a..b", "upgrade/a b", " upgrade/a", "upgrade/a.lock",
     "upgrade//a", "upgrade/a.", "upgrade/-a", "upgrade/a~1", "refs/heads/upgrade/a", "upgrade/a\n"],
)  # fmt: skip
def test_branches_that_are_not_ours(branch: str) -> None:
    with pytest.raises(PlanError, match="branch"):
        decode_plan(edited("steps.0.branch", branch), "plan.json")


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("schema_version", 99, "schema_version 99"),
        ("steps.0.assessments", [], "assessment"),
        ("steps.0.assessments.0.update.dependencies", [], "assessment"),
        ("steps.0.edits.0.start", -1, "before its file"),
        ("steps.0.edits.0.path", "other.txt", "does not list"),
        ("steps.0.commands.0.argv", [], "empty"),
        ("steps.0.risk", "NONE", r"\$\.steps\[0\]\.risk"),
        ("steps.0.edits.0.start", "1", r"\$\.steps\[0\]\.edits\[0\]\.start"),
        ("base_commit", None, r"\$\.base_commit"),
        ("files", {"../x": "0"}, "files"),
    ],
)
def test_other_faults_are_named(path: str, value: object, told: str) -> None:
    with pytest.raises(PlanError, match=told):
        decode_plan(edited(path, value), "plan.json")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff",
        b'{"steps":' + b"[" * 100_000,
        b'{"schema_version": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "cut", "list", "nothing", "bytes", "deep", "long number"],
)
def test_what_is_no_plan(data: bytes) -> None:
    with pytest.raises(PlanError, match=r"^plan\.json: "):
        decode_plan(data, "plan.json")


def test_steps_that_stand_twice() -> None:
    made = plan()
    twice = msgspec.structs.replace(made, steps=made.steps * 2)
    with pytest.raises(PlanError, match="stands twice"):
        decode_plan(encode_plan(twice), "plan.json")
    renamed = msgspec.structs.replace(made.steps[0], id="other")
    with pytest.raises(PlanError, match=r"upgrade/crane-1\.0\.1 stands twice"):
        decode_plan(encode_plan(msgspec.structs.replace(made, steps=(*made.steps, renamed))), "plan.json")


def test_a_fresh_plan_is_taken() -> None:
    check_freshness(plan(), BASE, Files(dict(FILES)))


@pytest.mark.parametrize(
    ("head", "files", "told"),
    [
        ("b" * 40, FILES, "made for commit aaaaaaaaaaaa, HEAD is bbbbbbbbbbbb"),
        (BASE, {**FILES, "package.json": b"crane ^1.0.0 \n"}, r"package\.json: not as it was"),
        (BASE, {"package.json": FILES["package.json"]}, "lock: not as it was"),
    ],
    ids=["another commit", "another manifest", "no lockfile"],
)
def test_a_stale_plan_is_refused_with_the_reason(head: str, files: dict[str, bytes], told: str) -> None:
    with pytest.raises(PlanError, match=told):
        check_freshness(plan(), head, Files(dict(files)))


def test_an_edit_of_a_file_that_is_not_listed() -> None:
    document = json.loads(encode_plan(plan()))
    document["steps"][0]["edits"][0]["path"] = "src/app.js"
    document["steps"][0]["allowed"].append("src/app.js")
    found = decode_plan(json.dumps(document).encode(), "plan.json")
    with pytest.raises(PlanError, match=r"edits src/app\.js, which the plan does not list"):
        check_freshness(found, BASE, Files(dict(FILES)))


def two() -> Plan:
    places = [dependency(), dependency(name="winch")]
    return planned(places, CRANE, package("npm", "1.0.0", "1.1.0", name="winch"))


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ([], ["crane", "winch"]),
        (["winch"], ["winch"]),
        (["npm:crane@1.0.0->1.0.1"], ["crane"]),
        (["winch", "crane", "winch"], ["crane", "winch"]),
    ],
)
def test_selecting_steps(names: list[str], chosen: list[str]) -> None:
    found = select_steps(two(), names, suggest)
    assert [step.assessments[0].update.name for step in found.steps] == chosen


def test_a_name_that_no_step_has() -> None:
    with pytest.raises(PlanError, match="no step moves wunch") as told:
        select_steps(two(), ["wunch"], suggest)
    assert told.value.advice == "Did you mean winch?"
