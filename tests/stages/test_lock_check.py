"""What a refresh may move besides the step's own package: projects read before and after it."""

import pytest

from tests.stages.books import Files
from upgrader.ecosystems import go
from upgrader.ecosystems.base import ProjectRead
from upgrader.errors import StepRefused
from upgrader.model import Rollback, Step
from upgrader.stages.lock_check import check_move

STEP = Step(
    id="go:tidewater.example/rope@v1.0.0->v1.1.0",
    title="tidewater.example/rope v1.0.0 → v1.1.0",
    branch="upgrade/tidewater.example-rope-v1.1.0",
    ecosystem="go",
    project="go:.",
    folder=".",
    lockfile="go.sum",
    assessments=(),
    group="minor",
    risk="LOW",
    hops=(),
    edits=(),
    commands=(),
    prepare=(),
    checks=(),
    allowed=("go.mod", "go.sum"),
    compatibility=(),
    risks=(),
    rollback=Rollback(strategy="", commands=()),
    timeline=(),
)
REQUIRE = "require tidewater.example/rope v1.0.0\n"


def module(head: str) -> ProjectRead:
    return go.read_project(Files({"go.mod": f"module shop.example\n\n{head}\n{REQUIRE}".encode()}), "go.mod")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("go 1.22.5\n", "go 1.22.5\n", id="the same"),
        pytest.param("go 1.22.5\n\ntoolchain go1.22.6\n", "go 1.22.5\n", id="another toolchain"),
        pytest.param("", "", id="none declared"),
    ],
)
def test_the_runtime_stays(before: str, after: str) -> None:
    assert check_move(STEP, module(before), module(after)) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("go 1.22.5\n", "go 1.25.0\n", "runtime 1.22.5, and after the refresh 1.25.0"),
        ("", "go 1.25.0\n", "runtime none, and after the refresh 1.25.0"),
        ("go 1.22.5\n", "", "runtime 1.22.5, and after the refresh none"),
    ],
)
def test_a_refresh_that_raises_the_runtime_is_refused(before: str, after: str, told: str) -> None:
    with pytest.raises(StepRefused, match=told):
        check_move(STEP, module(before), module(after))
