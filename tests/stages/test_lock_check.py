"""After the refresh: the step's own packages moved, and nothing else did."""

from typing import Any

import pytest

from tests.stages.books import Files
from tests.stages.worlds import around, dependency, inventory, package, project
from upgrader.config import Settings
from upgrader.ecosystems.base import ProjectRead
from upgrader.errors import StepRefused
from upgrader.model import Dependency, PackageName, Step
from upgrader.stages.audit import make_audit
from upgrader.stages.lock_check import check_hosts, check_move
from upgrader.stages.plan import Ground, make_plan


def step(place: Dependency, target: str = "1.1.0") -> Step:
    surroundings = around(package(place.ecosystem, "1.0.0", target, name=place.name))
    found = make_audit(inventory(place), surroundings)
    text = f"{place.name} {place.requirement}\n".encode()
    ground = Ground(
        tree=Files({place.place.path: text, "lock": b""}),
        base_commit="a" * 40,
        books=surroundings.books,
        answers=surroundings.answers,
        settings=Settings(),
        durations={},
    )
    (made,) = make_plan(found, ground).steps
    return made


def state(*places: Dependency) -> ProjectRead:
    return ProjectRead(project=project(), dependencies=places)


def deep(name: str, locked: str | None, **facts: Any) -> Dependency:
    return dependency("", locked, name=name, direct=False, **facts)


OTHER = dependency(name="winch")
BEFORE = state(dependency(), OTHER, deep("rope", "1.0.0"))


def test_the_step_alone() -> None:
    after = state(dependency("^1.1.0", "1.1.0"), OTHER, deep("rope", "1.0.0"))
    assert check_move(step(dependency()), BEFORE, after) == []


def test_transitive_moves_are_told() -> None:
    after = state(dependency("^1.1.0", "1.1.0"), OTHER, deep("rope", "1.2.0"), deep("knot", "0.1.0"))
    told = [(item.name, item.before, item.after) for item in check_move(step(dependency()), BEFORE, after)]
    assert told == [("knot", (), ("0.1.0",)), ("rope", ("1.0.0",), ("1.2.0",))]


MOVED = dependency("^1.1.0", "1.1.0")
REFUSED: list[tuple[str, list[Dependency], str]] = [
    ("stays behind", [dependency("^1.1.0"), OTHER], "locked at 1.0.0, not at 1.1.0"),
    ("somewhere else", [dependency("^1.1.0", "1.2.0"), OTHER], "locked at 1.2.0, not at 1.1.0"),
    ("only a copy moved", [dependency("^1.1.0"), deep("crane", "1.1.0"), OTHER], "locked at 1.0.0"),
    ("another one moved", [MOVED, dependency(name="winch", locked="1.0.1")], "winch 1.0.0 → 1.0.1"),
    ("another one is gone", [MOVED], "winch asked for"),
    ("another asks for more", [MOVED, dependency("^2.0.0", name="winch")], r"winch asked for '\^1"),
    ("a new one", [MOVED, OTHER, dependency(name="stowaway", line=9)], "stowaway asked for 'nothing'"),
]


@pytest.mark.parametrize(("after", "told"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_anything_else_refuses_the_step(after: list[Dependency], told: str) -> None:
    with pytest.raises(StepRefused, match=told):
        check_move(step(dependency()), state(dependency(), OTHER), state(*after))


def test_a_move_that_is_explained_is_no_stray() -> None:
    after = state(dependency("^1.1.0", "1.1.0"), dependency(name="winch", locked="1.0.1"))
    (moved,) = check_move(
        step(dependency()),
        state(dependency(), OTHER),
        after,
        lambda: {PackageName("winch"): "crane needs it"},
    )
    assert (moved.name, moved.why) == ("winch", "crane needs it")


def test_without_lockfile_the_requirement_counts() -> None:
    made = step(dependency(locked=None))
    before = state(dependency(locked=None))
    assert check_move(made, before, state(dependency("^1.1.0", None))) == []
    with pytest.raises(StepRefused, match=r"does not ask for 1\.1\.0"):
        check_move(made, before, state(dependency("^0.9.0", None)))


def test_one_version_in_two_spellings() -> None:
    place = dependency("==1.0", "1.0", ecosystem="pip")
    after = dependency("==1.1", "1.1", ecosystem="pip")
    assert check_move(step(place, "1.1.0"), state(place), state(after)) == []


A, B = b"resolved https://a.example/x.tgz", b"resolved https://user:pw@b.example:8443/x.tgz"


@pytest.mark.parametrize(
    ("before", "after"), [(A, A), (A + B, B), (b"", A), (A, b""), (b"none", b"still none")]
)
def test_hosts_that_were_there(before: bytes, after: bytes) -> None:
    check_hosts("lock", before, after)


@pytest.mark.parametrize(
    ("before", "after"), [(A, A + B), (A, b"git+ssh://git@b.example/x"), (b"no host", B)]
)
def test_a_new_host_is_refused_by_name(before: bytes, after: bytes) -> None:
    with pytest.raises(StepRefused, match=r"b\.example") as told:
        check_hosts("lock", before, after)
    assert "pw" not in told.value.message
