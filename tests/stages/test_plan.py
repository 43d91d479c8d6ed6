"""From an audit to a plan: steps, order, ids, branches, and the same bytes every time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from tests.stages.books import Files
from tests.stages.worlds import Known, around, dependency, inventory, package, project, release
from upgrader.config import Checks, Settings
from upgrader.errors import ConfigError
from upgrader.model import Advisory, Check, Command, Dependency, Package, Plan, Project
from upgrader.stages.audit import make_audit
from upgrader.stages.plan import Ground, fingerprint, make_plan
from upgrader.stages.plan_file import encode_plan

BASE = "a" * 40


def planned(
    places: Sequence[Dependency],
    *answers: Package,
    settings: Settings | None = None,
    told: Mapping[str, Sequence[Advisory]] | None = None,
    files: dict[str, bytes] | None = None,
    folders: Sequence[str] = (".",),
    take_unknown_age: bool = False,
    projects: Sequence[Project] = (),
    has_tool: Callable[[str], bool] = bool,
    **book_facts: Any,
) -> Plan:
    """A plan for manifests in which each dependency stands on a line of its own, `name requirement`."""
    texts: dict[str, bytes] = {}
    for place in places:
        texts[place.place.path] = (
            texts.get(place.place.path, b"") + f"{place.name} {place.requirement}\n".encode()
        )
    for folder in folders:
        texts["lock" if folder == "." else f"{folder}/lock"] = b"locked\n"
    surroundings = around(*answers, settings=settings, advisories=Known(told), folders=folders, **book_facts)
    ground = Ground(
        tree=Files(files or texts),
        base_commit=BASE,
        books=surroundings.books,
        answers=surroundings.answers,
        settings=settings or Settings(),
        durations={"verify": [1000, 3000]},
        take_unknown_age=take_unknown_age,
        has_tool=has_tool,
    )
    return make_plan(make_audit(inventory(*places, projects=projects), surroundings), ground)


CRANE = package("npm", "1.0.0", "1.0.1")


def test_nothing_to_do() -> None:
    plan = planned([dependency(locked="1.0.1")], CRANE)
    assert (plan.steps, plan.files, plan.held) == ((), {}, ())


def test_one_step_says_everything() -> None:
    (step,) = planned([dependency()], CRANE).steps
    assert (step.id, step.branch, step.title) == (
        "npm:crane@1.0.0->1.0.1",
        "upgrade/crane-1.0.1",
        "crane 1.0.0 → 1.0.1",
    )
    (edit,) = step.edits
    assert (edit.path, edit.line, edit.start, edit.before, edit.after) == (
        "package.json",
        1,
        6,
        "^1.0.0",
        "^1.0.1",
    )
    assert [command.argv for command in step.commands] == [("relock", "crane")]
    assert [command.argv for command in step.prepare] == [("install",)]
    assert step.allowed == ("lock", "package.json")
    assert [row.risk for row in step.risks] == [
        "Breaking changes",
        "Data loss",
        "Downtime",
        "Performance regression",
    ]
    assert [command.argv[:2] for command in step.rollback.commands] == [("git", "branch"), ("git", "revert")]
    assert [row.phase for row in step.timeline] == ["Preparation", "Execution", "Validation", "Cleanup"]
    assert [row.estimate for row in step.timeline] == [
        "unknown",
        "unknown",
        "2 s, median of 2 attempts",
        "unknown",
    ]
    assert [(row.compatible, row.migration_required) for row in step.compatibility] == [
        ("unknown", "unknown")
    ]


def test_the_files_it_stands_on() -> None:
    plan = planned([dependency()], CRANE)
    assert plan.base_commit == BASE
    assert plan.files == {"lock": fingerprint(b"locked\n"), "package.json": fingerprint(b"crane ^1.0.0\n")}


def test_the_same_input_gives_the_same_bytes() -> None:
    places = [dependency(name=name) for name in ("winch", "crane", "rope")]
    answers = [package("npm", "1.0.0", "1.1.0", name=name) for name in ("winch", "crane", "rope")]
    once = encode_plan(planned(places, *answers))
    assert once == encode_plan(planned(places, *reversed(answers)))
    assert once.endswith(b"}\n")


def test_the_order_of_steps() -> None:
    new = {"zinc": "1.0.1", "anchor": "2.0.0", "buoy": "1.1.0", "foam": "0.2.0", "keel": "1.0.1"}
    places = [dependency(locked="0.1.0" if name == "foam" else "1.0.0", name=name) for name in new]
    plan = planned(
        places,
        *(package("npm", "0.1.0", version, name=name) for name, version in new.items()),
        told={"keel 1.0.0": [Advisory(id="GHSA-1")]},
    )
    assert [step.group for step in plan.steps] == ["security", "patch", "minor", "0.x", "major"]


def test_peers_come_first() -> None:
    plugin = package("npm", "1.0.0", release("1.0.1", peers={"winch": ">=1"}))
    plan = planned(
        [dependency(), dependency(name="winch")], plugin, package("npm", "1.0.0", "2.0.0", name="winch")
    )
    assert [step.id.partition("@")[0] for step in plan.steps] == ["npm:winch", "npm:crane"]
    assert plan.steps[1].needs == (plan.steps[0].id,)


def test_peers_that_exclude_each_other_are_one_step() -> None:
    plugin = package("npm", release("1.0.0", peers={"winch": "^1"}), release("2.0.0", peers={"winch": "^2"}))
    plan = planned(
        [dependency(), dependency(name="winch")], plugin, package("npm", "1.0.0", "2.0.0", name="winch")
    )
    (step,) = plan.steps
    assert step.id.startswith("npm:group:crane@")
    assert [item.update.name for item in step.assessments] == ["crane", "winch"]
    assert (len(step.edits), step.needs, step.branch) == (2, (), "upgrade/crane-2.0.0")


def test_a_declared_group_is_one_step_of_its_name() -> None:
    names = ["@corp/a", "@corp/b", "other"]
    plan = planned(
        [dependency(name=name) for name in names],
        *(package("npm", "1.0.0", "1.1.0", name=name) for name in names),
        settings=Settings(groups={"corp": ["@corp/*"]}),
    )
    assert [step.branch.partition("-")[0] for step in plan.steps] == ["upgrade/corp", "upgrade/other"]
    assert len(plan.steps[0].assessments) == 2
    assert plan.steps[0].risk == "LOW"


def test_one_package_in_several_projects() -> None:
    places = [dependency(), dependency(folder="web"), dependency(folder="api")]
    plan = planned(places, CRANE, folders=[".", "web", "api"])
    assert [(step.id, step.branch, step.folder) for step in plan.steps] == [
        ("npm:crane@1.0.0->1.0.1#api/package.json", "upgrade/crane-1.0.1", "api"),
        ("npm:crane@1.0.0->1.0.1#package.json", "upgrade/npm-crane-1.0.1", "."),
        ("npm:crane@1.0.0->1.0.1#web/package.json", "upgrade/npm2-crane-1.0.1", "web"),
    ]


def test_one_project_below_the_root_is_named() -> None:
    """A run that looks into `web` alone must not take the branch kept for `api` as its own."""
    plan = planned([dependency(folder="web")], CRANE, folders=["web"])
    assert [step.id for step in plan.steps] == ["npm:crane@1.0.0->1.0.1#web/package.json"]


def test_one_package_in_two_ecosystems() -> None:
    places = [dependency(), dependency(ecosystem="cargo", requirement="1.0.0")]
    plan = planned(places, CRANE, package("cargo", "1.0.0", "1.0.1"))
    assert sorted((step.ecosystem, step.branch) for step in plan.steps) == [
        ("cargo", "upgrade/crane-1.0.1"),
        ("npm", "upgrade/npm-crane-1.0.1"),
    ]


def test_the_path_through_majors() -> None:
    found = package("npm", "1.0.0", "2.0.0", "2.9.0", "3.0.0-rc.1", "3.1.0", "4.0.0")
    (step,) = planned([dependency()], found).steps
    assert step.hops == ("2.9.0", "3.1.0", "4.0.0")
    (near,) = planned([dependency()], CRANE).steps
    assert near.hops == ("1.0.1",)


def test_a_place_that_cannot_be_edited_is_held() -> None:
    plan = planned([dependency("1.x || weird", "1.0.0")], CRANE)
    assert (plan.steps, [item.kind for item in plan.held]) == ((), ["edit"])


def test_without_lockfile_there_is_only_the_edit() -> None:
    (step,) = planned([dependency(locked=None)], CRANE, projects=[project(lockfile=None)]).steps
    assert (len(step.edits), step.commands, step.allowed) == (1, (), ("package.json",))
    plan = planned(
        [dependency()],
        CRANE,
        projects=[project(lockfile=None)],
        edit=lambda text, place, target, strategy: [],
    )
    assert [(item.kind, item.reason) for item in plan.held] == [
        ("edit", "package.json:1: ^1.0.0 allows 1.0.1 already, and no lockfile holds another")
    ]


def test_a_missing_tool_holds_its_steps_alone() -> None:
    def lacking(name: str) -> Plan:
        return planned([dependency()], CRANE, has_tool=lambda tool: tool != name)

    assert len(lacking("cargo").steps) == 1
    plan = lacking("relock")
    assert plan.steps == ()
    assert [(item.kind, item.reason, item.advice) for item in plan.held] == [
        ("tool", "lock: relock, which refreshes it, is not on PATH", "Install relock, and plan again.")
    ]


NO_TIME = package("npm", release("1.0.0", age=None), release("1.0.1", age=None))


def test_a_release_of_unknown_age_is_held() -> None:
    plan = planned([dependency()], NO_TIME)
    assert (plan.steps, [item.kind for item in plan.held]) == ((), ["cooldown"])
    assert len(planned([dependency()], NO_TIME, take_unknown_age=True).steps) == 1
    assert len(planned([dependency()], NO_TIME, settings=Settings(cooldown_days=0)).steps) == 1


@pytest.mark.parametrize(("fixed_in", "steps"), [(("1.0.1",), 1), (("1.0.0.1",), 0), ((), 0)])
def test_only_a_named_fix_of_unknown_age_is_taken(fixed_in: tuple[str, ...], steps: int) -> None:
    told = {"1.0.0": [Advisory(id="GHSA-1", fixed_in=fixed_in)]}
    assert len(planned([dependency()], NO_TIME, told=told).steps) == steps


def test_a_lockfile_alone_may_move() -> None:
    (step,) = planned([dependency()], CRANE, edit=lambda text, place, target, strategy: []).steps
    assert (step.edits, len(step.commands), step.allowed) == ((), 1, ("lock",))


def test_a_manifest_that_the_base_does_not_have_is_held() -> None:
    plan = planned([dependency()], CRANE, files={"x": b""})
    assert (plan.steps, [item.reason for item in plan.held]) == ((), ["package.json: no such file."])


def test_configured_checks_that_cannot_be_read_stop_the_plan() -> None:
    with pytest.raises(ConfigError, match="checks"):
        planned(
            [dependency()],
            CRANE,
            settings=Settings(checks=Checks(tests=['pytest "']), source="upgrader.toml"),
        )


def test_the_checks_of_the_book() -> None:
    check = Check(kind="tests", name="npm test", command=Command(argv=("npm", "test")))
    (step,) = planned([dependency()], CRANE, found_checks=(check,)).steps
    assert step.checks == (check,)
