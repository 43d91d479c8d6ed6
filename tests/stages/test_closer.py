"""Which releases are looked at a second time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from tests.stages.books import Book
from upgrader.config import Settings
from upgrader.ecosystems.base import Ecosystem, Registry
from upgrader.ecosystems.go import runtime_fits
from upgrader.model import (
    Advisory,
    Dependency,
    Inventory,
    NotChecked,
    Package,
    PackageName,
    Place,
    Project,
    Release,
)
from upgrader.outside.http import Client
from upgrader.stages.audit import Around
from upgrader.stages.closer import look_closer

ROPE = PackageName("tidewater.example/rope")
PROJECT = Project(
    ecosystem="go",
    folder=".",
    manifest="go.mod",
    manifests=("go.mod",),
    lockfile="go.sum",
    tool="go",
    runtime="1.22",
)
KNOWN = {"v1.8.0": "1.24", "v1.9.0": "1.25"}


@dataclass
class Looker(Book):
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def look_closer(
        self, client: Client, registry: Registry, package: Package, versions: Sequence[str]
    ) -> Package:
        self.asked.append(tuple(versions))
        return package


@dataclass
class Said:
    told: tuple[Advisory, ...] = ()
    name: str = "said"

    def about(self, ecosystem: Ecosystem, name: PackageName, version: str) -> Sequence[Advisory] | NotChecked:
        return self.told


def package(versions: Sequence[str], runtimes: dict[str, str]) -> Package:
    releases = [
        Release(
            version=v, runtime=runtimes.get(v), released_at="2026-01-01T00:00:00Z" if v in runtimes else None
        )
        for v in versions
    ]
    return Package(ecosystem="go", name=ROPE, releases=tuple(releases))


def asked(
    found: Package, *, told: tuple[Advisory, ...] = (), current: str = "v1.1.0"
) -> list[tuple[str, ...]]:
    book = Looker(NAME="go", OSV="Go", fits=runtime_fits)
    place = Place(path="go.mod", line=3)
    dependency = Dependency(
        ecosystem="go",
        name=ROPE,
        project=PROJECT.id,
        requirement=current,
        locked=current,
        section="prod",
        direct=True,
        place=place,
    )
    around = Around(
        books={"go": cast(Ecosystem, book)},
        answers={(PROJECT.id, ROPE): found},
        registries={PROJECT.id: Registry(ecosystem="go", url="https://proxy.example")},
        runtimes={},
        advisories=cast("object", Said(told)),  # type: ignore[arg-type]  # `learn` is not used here
        settings=Settings(),
        now=datetime(2026, 11, 21, tzinfo=UTC),
    )
    inventory = Inventory(projects=(PROJECT,), dependencies=(dependency,), held=())
    answers = look_closer(inventory, around, lambda registry: cast(Client, Path()))
    assert set(answers) == ({(PROJECT.id, ROPE)} if book.asked else set())
    return book.asked


VERSIONS = [f"v1.{minor}.{patch}" for minor in range(10) for patch in ((0, 1) if minor < 8 else (0,))]
FIX = Advisory(id="X-1", severity="UNKNOWN", summary="", fixed_in=("v1.4.0",))


@pytest.mark.parametrize(
    ("versions", "runtimes"),
    [
        pytest.param(VERSIONS, {"v1.8.0": "1.20", "v1.9.0": "1.21"}, id="the newest fits"),
        pytest.param(VERSIONS, {}, id="nothing is known of the newest"),
        pytest.param(["v1.0.0", "v1.1.0"], {"v1.1.0": "1.25"}, id="up to date"),
        pytest.param(["v1.8.0", "v1.9.0"], KNOWN, id="all is known"),
        pytest.param(["v1.2.0-rc.1", "v1.9.0"], KNOWN, id="the rest are prereleases"),
    ],
)
def test_the_first_look_is_enough(versions: list[str], runtimes: dict[str, str]) -> None:
    assert asked(package(versions, runtimes)) == []


def test_the_ends_of_the_minors_when_the_newest_needs_a_newer_runtime() -> None:
    ends = tuple(f"v1.{minor}.1" for minor in range(1, 8))
    assert asked(package(VERSIONS, KNOWN)) == [ends]


def test_the_named_fix_too() -> None:
    (versions,) = asked(package(VERSIONS, {"v1.8.0": "1.20", "v1.9.0": "1.21"}), told=(FIX,))
    assert "v1.4.0" in versions and "v1.5.0" not in versions


def test_only_the_newest_of_very_many() -> None:
    many = [f"v1.{minor}.0" for minor in range(500)]
    (versions,) = asked(package(many, {"v1.499.0": "1.25"}))
    assert (len(versions), versions[-1]) == (60, "v1.498.0")
