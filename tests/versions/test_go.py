"""Go module versions and paths, by go.dev/ref/mod."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from upgrader.errors import VersionError
from upgrader.versions import go

HASH = "abcdefabcdef"
TIME = "20191109021931"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v",
        "1.2.3",
        "V1.2.3",
        "v1.2.3.4",
        "v01.2.3",
        "v1.2-pre",
        "v1+meta",
        "v1.2.3-01",
        "v1.2.3-",
        "v1.2.3+",
        "v1.2.3 ",
        " v1.2.3",
        "latest",
        "main",
        ">=v1.2.3",
        "v1.x",
        "v1." + "9" * 5000,
    ],
    ids=lambda text: repr(text[:30]),
)
def test_refuses(text: str) -> None:
    assert not go.is_valid(text)
    assert not go.is_requirement(text)
    assert not go.is_pseudo(text)
    assert not go.is_incompatible(text)
    assert go.same_requirement_for("v1.0.0", text) is None
    for read in (go.parse, go.canonical, go.order_key, go.parse_requirement, go.pseudo_time):
        with pytest.raises(VersionError, match="Go knows"):
            read(text)


@pytest.mark.parametrize(
    "text, normal",
    [
        ("v1", "v1.0.0"),
        ("v1.2", "v1.2.0"),
        ("v1.2.3", "v1.2.3"),
        ("v1.2.3-rc.1", "v1.2.3-rc.1"),
        ("v2.0.0+incompatible", "v2.0.0+incompatible"),
        ("v1.2.3+meta", "v1.2.3"),
        (f"v0.0.0-{TIME}-{HASH}", f"v0.0.0-{TIME}-{HASH}"),
        ("v99999999999999999999.0.0", "v99999999999999999999.0.0"),
    ],
)
def test_canonical(text: str, normal: str) -> None:
    assert go.canonical(text) == normal
    assert go.canonical(normal) == normal


def test_order() -> None:
    ascending = [
        f"v0.0.0-{TIME}-{HASH}",
        "v0.0.0",
        "v1.2.3-pre",
        f"v1.2.3-pre.0.{TIME}-{HASH}",
        "v1.2.3",
        f"v1.2.4-0.{TIME}-{HASH}",
        "v1.2.4",
        "v1.10.0",
        "v2.0.0+incompatible",
    ]
    assert go.sort_versions([*reversed(ascending), "junk"]) == ascending
    assert go.order_key("v2.0.0+incompatible") == go.order_key("v2.0.0")


@pytest.mark.parametrize(
    "text, pseudo",
    [
        (f"v1.2.3-{TIME}-{HASH}", False),
        (f"v1.2.4-1.{TIME}-{HASH}", False),
        (f"v1.2.3-pre.{TIME}-{HASH}", False),
        (f"v1.2.3-pre.0.{TIME[1:]}-{HASH}", False),
        (f"v1.2.3-pre.0.{TIME}", False),
        ("v1.2.3", False),
        (f"v0.0.0-{TIME}-{HASH}", True),
        (f"v2.0.0-{TIME}-{HASH}", True),
        (f"v1.2.4-0.{TIME}-{HASH}", True),
        (f"v1.2.3-pre.0.{TIME}-{HASH}", True),
        (f"v2.0.1-0.{TIME}-{HASH}+incompatible", True),
    ],
)
def test_pseudo_versions(text: str, pseudo: bool) -> None:
    assert go.is_pseudo(text) is pseudo
    assert go.is_prerelease(text) is (text != "v1.2.3")
    if pseudo:
        assert go.pseudo_time(text) == datetime(2019, 11, 9, 2, 19, 31, tzinfo=UTC)
    else:
        with pytest.raises(VersionError, match="pseudo-version"):
            go.pseudo_time(text)


def test_pseudo_version_of_a_time_that_never_was() -> None:
    with pytest.raises(VersionError, match="20191309021931"):
        go.pseudo_time(f"v0.0.0-20191309021931-{HASH}")


@pytest.mark.parametrize(
    "path, parts",
    [
        ("example.com/m", ("example.com/m", "")),
        ("example.com/m/v2", ("example.com/m", "/v2")),
        ("example.com/m/v10", ("example.com/m", "/v10")),
        ("example.com/mv2", ("example.com/mv2", "")),
        ("example.com/m/v", ("example.com/m/v", "")),
        ("example.com/v2", ("example.com", "/v2")),
        ("gopkg.in/yaml.v3", ("gopkg.in/yaml", ".v3")),
        ("gopkg.in/yaml.v1", ("gopkg.in/yaml", ".v1")),
        ("gopkg.in/yaml.v2-unstable", ("gopkg.in/yaml", ".v2-unstable")),
    ],
)
def test_split_path_version(path: str, parts: tuple[str, str]) -> None:
    assert go.split_path_version(path) == parts


@pytest.mark.parametrize(
    "path",
    ["example.com/m/v0", "example.com/m/v1", "example.com/m/v02", "example.com/m/v2.0", "gopkg.in/yaml"],
)
def test_split_path_version_refuses(path: str) -> None:
    with pytest.raises(VersionError, match="module path"):
        go.split_path_version(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "m",
        "/m",
        "example.com/",
        "example.com//m",
        "example.com/../m",
        "example.com/m.",
        "example.com/.m",
        "Example.com/m",
        "-example.com/m",
        "example.com/a b",
        "example.com/a!b",
        "example.com/\u00e9",
        "example.com/con",
        "example.com/m~1",
        "example.com/m/v1",
        "example.com/AUX.x",
        "example.com/a@b",
        "example.com/a\\b",
    ],
)
def test_escape_path_refuses(path: str) -> None:
    with pytest.raises(VersionError, match="module path"):
        go.escape_path(path)


def test_escapes() -> None:
    assert go.escape_path("example.com/Azure/SDK-go/v2") == "example.com/!azure/!s!d!k-go/v2"
    assert go.escape_path("example.com/plain") == "example.com/plain"
    assert go.escape_version("v1.0.0-RC.1+incompatible") == "v1.0.0-!r!c.1+incompatible"
    for text in ("", "..", "v1/../x", "v1!", "v1.0.0\n", "nul"):
        with pytest.raises(VersionError, match="version"):
            go.escape_version(text)


@pytest.mark.parametrize(
    "requirement, outside, inside",
    [
        ("v1.2.3", "v1.2.2 v0.9.0 v2.0.0 v1.2.3-rc.1 junk", "v1.2.3 v1.2.4 v1.3.0-rc.1 v2.0.0+incompatible"),
        ("v0.3.0", "v0.2.9 v2.1.0", "v0.3.0 v1.0.0"),
        ("v2.0.0", "v3.0.0 v1.9.0 v2.1.0+incompatible", "v2.0.0 v2.9.9"),
        ("v2.0.0+incompatible", "v2.1.0 v1.9.9", "v2.0.0+incompatible v3.0.0+incompatible"),
        (f"v0.0.0-{TIME}-{HASH}", f"v0.0.0-20180101000000-{HASH}", f"v0.0.0-20200101000000-{HASH} v0.1.0"),
    ],
)
def test_allows_is_a_minimum_under_one_path(requirement: str, outside: str, inside: str) -> None:
    assert [text for text in outside.split() if go.allows(requirement, text)] == []
    assert [text for text in inside.split() if not go.allows(requirement, text)] == []


@pytest.mark.parametrize(
    "requirement, versions, prereleases, expected",
    [
        (None, "v1.0.0 v1.1.0 v1.2.0-rc.1", False, "v1.1.0"),
        (None, "v1.0.0 v1.1.0 v1.2.0-rc.1", True, "v1.2.0-rc.1"),
        (None, "v1.2.0-rc.1 v1.2.0-rc.2", False, "v1.2.0-rc.2"),
        ("v1.0.0", "v0.9.0 v1.9.0 v1.10.0 v2.0.0 junk", False, "v1.10.0"),
        ("v3.0.0", "v2.0.0", False, None),
    ],
)
def test_best(requirement: str | None, versions: str, prereleases: bool, expected: str | None) -> None:
    assert go.best(requirement, versions.split(), prereleases=prereleases) == expected


def test_set_algebra() -> None:
    assert go.is_subset("v1.3.0", "v1.2.0")
    assert not go.is_subset("v1.2.0", "v1.3.0")
    assert not go.intersects("v1.2.0", "v2.0.0")
    assert go.intersects("v1.2.0", "v2.0.0+incompatible")
    assert go.minimum("v1.2") == "v1.2.0"
