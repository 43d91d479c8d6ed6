"""Module paths: validity, majors, private patterns."""

import pytest

from upgrader.ecosystems.go.module_path import (
    check_path,
    fits,
    matching,
    normalise_name,
    path_for,
    split_major,
)
from upgrader.errors import VersionError


@pytest.mark.parametrize(
    "path",
    [
        "example.com/a",
        "example.com/a/v2",
        "example.com/Up_p~er/x-y.z",
        "gopkg.in/yaml.v3",
        "gopkg.in/a/b.v0",
        "example.com",
        "example.com/v1x",
        "k8s.example/x/v10",
        "gopkg.in/x.v2-unstable",
    ],
)
def test_a_module_path_stays_as_it_is(path: str) -> None:
    assert normalise_name(path) == path
    assert check_path(path) == ""


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "-modfile=x",
            "--exec",
            "example.com/-a b",
            "example.com/a;b",
            "../up",
            "/etc",
            "example.com//a",
        ),
        *(
            "example.com/a/",
            "example.com/..",
            "example.com/.git",
            "example.com/a.",
            "example.com/a\nb",
            "a@v1.0.0",
        ),
        *("example.com/v1", "example.com/a/v0", "example.com/a/v02", "example.com/a/v1.2", "gopkg.in/yaml"),
        *("example.com/con", "example.com/aux.go", "example.com/a~1", "example.com/é", "x" * 600),
    ],
)
def test_what_no_proxy_or_command_may_be_given_is_refused(path: str) -> None:
    with pytest.raises(VersionError):
        normalise_name(path)


@pytest.mark.parametrize("path", ["nodot", "Example.com/a", "-x.com/a", "internal/lib"])
def test_a_path_without_a_host_can_be_required_but_not_fetched(path: str) -> None:
    assert "host name" in check_path(path) or path.startswith("-")


@pytest.mark.parametrize(
    ("path", "version", "as_path"),
    [
        pytest.param("example.com/a", "v1.9.0", "example.com/a", id="same major"),
        pytest.param("example.com/a", "v0.1.0", "example.com/a", id="v0 and v1 share a path"),
        pytest.param(
            "example.com/a", "v3.0.0+incompatible", "example.com/a", id="incompatible needs no suffix"
        ),
        pytest.param(
            "gopkg.in/c.v1", "v0.0.0-20161208181325-20d25e280405", "gopkg.in/c.v1", id="old pseudo-version"
        ),
        pytest.param("example.com/a", "v2.0.0", "example.com/a/v2", id="first suffix"),
        pytest.param("example.com/a/v2", "v3.1.0", "example.com/a/v3", id="next suffix"),
        pytest.param("example.com/a/v2", "v1.0.0", "example.com/a", id="back"),
        pytest.param("gopkg.in/yaml.v2", "v3.0.1", "gopkg.in/yaml.v3", id="gopkg.in"),
    ],
)
def test_the_path_a_release_is_required_by(path: str, version: str, as_path: str) -> None:
    assert path_for(path, version) == as_path
    assert fits(path, version) is (path == as_path)


def test_a_huge_major_is_only_a_number() -> None:
    assert split_major("example.com/a/v" + "9" * 400) is not None
    assert not fits("example.com/a", f"v{'9' * 400}.0.0")


@pytest.mark.parametrize(
    ("globs", "path", "found"),
    [
        pytest.param(["corp.example"], "corp.example.org/a", None, id="whole elements only"),
        pytest.param(["corp.example/team"], "corp.example", None, id="pattern longer than the path"),
        pytest.param(["*.corp.example"], "corp.example/a", None, id="a star needs something"),
        pytest.param(["corp.example/*/x"], "corp.example/a/b/x", None, id="a star stays in its element"),
        pytest.param(["", "/"], "corp.example", None, id="empty patterns"),
        pytest.param(["corp.example"], "corp.example/a/b", "corp.example", id="prefix"),
        pytest.param(["*.corp.example"], "git.corp.example/a", "*.corp.example", id="star"),
        pytest.param(["corp.example/*/x/"], "corp.example/a/x/y", "corp.example/*/x/", id="slash at the end"),
        pytest.param(["x.example", "[^a]orp.example"], "corp.example", "[^a]orp.example", id="negated class"),
        pytest.param(["*"], "corp.example/a", "*", id="everything"),
    ],
)
def test_private_patterns_match_leading_elements(globs: list[str], path: str, found: str | None) -> None:
    assert matching(globs, path) == found
