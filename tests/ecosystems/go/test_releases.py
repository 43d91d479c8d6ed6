"""Look-ups of modules at a proxy on loopback."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.loopback import Site
from upgrader.ecosystems.base import Registry
from upgrader.ecosystems.go import look_up, normalise
from upgrader.model import Lookup, NotChecked, Package
from upgrader.outside.http import Client

HOUSE = "tidewater.example/"


@contextmanager
def asking(*urls: str) -> Iterator[Client]:
    with Client(hosts=urls, tries=1, backoff_s=0.01) as client:
        yield client


def told(site: Site, names: Sequence[str], **settings: object) -> list[Lookup]:
    registry = Registry(ecosystem="go", url=site.go_proxy_url, **settings)  # type: ignore[arg-type]  # keyword fields
    with asking(site.url) as client:
        return look_up(client, registry, [normalise(name) for name in names])


def one(site: Site, name: str, **settings: object) -> Package:
    answer = told(site, [HOUSE + name], **settings)[0]
    assert isinstance(answer, Package), answer
    return answer


def refused(site: Site, name: str, **settings: object) -> NotChecked:
    answer = told(site, [name], **settings)[0]
    assert isinstance(answer, NotChecked), answer
    return answer


def versions(package: Package) -> list[str]:
    return [release.version for release in package.releases]


def mod(name: str, more: str = "\ngo 1.20\n") -> dict[str, str]:
    return {"go.mod": f"module {HOUSE}{name}\n{more}", "x.go": "package x\n"}


def test_answers_stand_in_the_order_of_the_names(site: Site) -> None:
    names = [HOUSE + name for name in ("rope", "nope", "Buoy", "rope")]
    assert [answer.name for answer in told(site, names)] == names


def test_tells_versions_times_and_the_go_they_need(site: Site) -> None:
    package = one(site, "keel")
    assert versions(package) == ["v1.0.0", "v1.1.0", "v1.2.0"]
    assert [release.runtime for release in package.releases] == ["1.18", "1.18", "1.99.0"]
    assert all(str(release.released_at).endswith("Z") for release in package.releases)
    assert package.source == site.url.removeprefix("http://")


def test_a_time_that_is_not_told_is_none(site: Site) -> None:
    assert one(site, "fog").releases[-1].released_at is None


def test_a_retraction_counts_from_the_newest_go_mod(site: Site) -> None:
    newest = one(site, "reef").releases[-1]
    assert (newest.version, newest.withdrawn, newest.withdrawn_reason) == (
        "v1.2.0",
        "retracted",
        "the depths are wrong, use v1.1.0",
    )


def test_a_retracted_range_without_a_reason(fresh_site: Site) -> None:
    fresh_site.publish(
        "go", HOUSE + "rope", "v1.2.0", files=mod("rope", "\ngo 1.20\n\nretract [v1.0.0, v1.1.0]\n")
    )
    assert [r.withdrawn for r in one(fresh_site, "rope").releases] == ["retracted", "retracted", ""]


def test_a_deprecated_module_says_what_to_use(site: Site) -> None:
    assert one(site, "bell").deprecated == "the bell is silent from next year on."


def test_a_higher_major_is_a_release_that_is_asked_as_another_path(site: Site) -> None:
    package = one(site, "tally")
    assert versions(package) == ["v1.0.0", "v1.1.0", "v1.2.0", "v2.0.0"]
    assert [release.asked_as for release in package.releases] == ["", "", "", f"{HOUSE}tally/v2"]
    assert package.releases[-1].released_at
    assert {release.asked_as for release in one(site, "lamp/v2").releases} == {""}


def test_majors_are_asked_until_one_is_missing(fresh_site: Site) -> None:
    fresh_site.publish("go", HOUSE + "tally/v3", "v3.0.0", files=mod("tally/v3"))
    fresh_site.publish("go", HOUSE + "tally/v5", "v5.0.0", files=mod("tally/v5"))
    assert versions(one(fresh_site, "tally"))[-2:] == ["v2.0.0", "v3.0.0"]
    assert fresh_site.count("/go/tidewater.example/tally/v4/@v/list") == 1
    assert fresh_site.count("/go/tidewater.example/tally/v5") == 0


def test_incompatible_majors_count_for_a_module_without_go_mod(site: Site) -> None:
    assert versions(one(site, "driftwood")) == ["v1.0.0", "v2.0.0+incompatible"]


def test_incompatible_majors_are_passed_over_when_there_is_a_go_mod(fresh_site: Site) -> None:
    fresh_site.publish(
        "go", HOUSE + "rope", "v3.0.0+incompatible", files={"go.mod": "", "x.go": "package x\n"}
    )
    assert versions(one(fresh_site, "rope")) == ["v1.0.0", "v1.1.0"]


def test_a_module_without_tags_has_its_newest_commit(fresh_site: Site) -> None:
    version = "v0.0.0-20240102150405-0123456789ab"
    fresh_site.publish("go", HOUSE + "spray", version, files=mod("spray"), latest=False)
    package = one(fresh_site, "spray")
    assert versions(package) == [version]
    assert (package.releases[0].runtime, bool(package.releases[0].released_at)) == ("1.20", True)


def test_without_latest_the_newest_commit_of_the_list_counts(fresh_site: Site) -> None:
    older, newer = "v0.0.0-20230102150405-f123456789ab", "v0.0.0-20240102150405-0123456789ab"
    for version in (newer, older):
        fresh_site.publish("go", HOUSE + "spray", version, files=mod("spray"))
    fresh_site.fail("/go/tidewater.example/spray/@latest", status=404)
    assert versions(one(fresh_site, "spray")) == [newer]


def test_without_latest_and_commits_there_is_no_answer(fresh_site: Site) -> None:
    fresh_site.fail("/go/tidewater.example/spray/@v/list", status=200, body=b"v9.0.0\n")
    assert "has no module" in refused(fresh_site, HOUSE + "spray").reason


def test_what_is_no_version_is_left_out(fresh_site: Site) -> None:
    listed = (
        b"v1.0.0\nv1.1.0 2024-05-06T07:08:09+02:00\nv2.0.0\nmaster\nv1\nv0.0.0-20240102150405-0123456789ab\n"
    )
    fresh_site.fail("/go/tidewater.example/rope/@v/list", status=200, body=listed)
    package = one(fresh_site, "rope")
    assert versions(package) == ["v1.0.0", "v1.1.0"]
    assert package.releases[1].released_at == "2024-05-06T05:08:09Z"


def test_few_requests_for_a_module_with_many_releases(fresh_site: Site) -> None:
    for minor in range(2, 30):
        fresh_site.publish("go", HOUSE + "rope", f"v1.{minor}.0", files=mod("rope"))
    package = one(fresh_site, "rope")
    assert len(package.releases) == 30
    timed = [release.version for release in package.releases if release.released_at]
    assert timed == ["v1.27.0", "v1.28.0", "v1.29.0"]
    assert len(fresh_site.requests) == 2 + 3 + 3


# -- what cannot be checked


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        pytest.param(200, "text/html", b"<html>sign in</html>", id="a web page"),
        pytest.param(200, "text/plain", b"<!doctype html><p>", id="a web page in disguise"),
        pytest.param(200, "text/plain", b"nothing\nhere\n", id="no versions"),
        pytest.param(401, "text/plain", b"", id="401"),
        pytest.param(403, "text/plain", b"", id="403"),
        pytest.param(500, "text/plain", b"", id="500"),
    ],
)
@pytest.mark.parametrize("path", ["rope/@v/list", "rope/@v/v1.1.0.mod"])
def test_a_wrong_answer_is_not_checked(
    fresh_site: Site, path: str, status: int, kind: str, body: bytes
) -> None:
    fresh_site.fail(f"/go/tidewater.example/{path}", status=status, kind=kind, body=body)
    answers = told(fresh_site, [HOUSE + "rope", HOUSE + "bell"])
    assert isinstance(answers[0], NotChecked)
    assert answers[0].reason
    assert isinstance(answers[1], Package)


def test_the_go_mod_of_another_module_is_not_checked(fresh_site: Site) -> None:
    fresh_site.publish(
        "go", HOUSE + "rope", "v1.2.0", files={"go.mod": "module evil.example/rope\n\ngo 1.20\n"}
    )
    assert "declares its path as evil.example/rope" in refused(fresh_site, HOUSE + "rope").reason


def test_a_silent_next_major_is_not_taken_for_none(fresh_site: Site) -> None:
    fresh_site.fail("/go/tidewater.example/rope/v2", status=500)
    assert "rope/v2" in refused(fresh_site, HOUSE + "rope").reason


@pytest.mark.parametrize("kind", ["info", "mod"])
def test_a_release_whose_facts_are_missing_has_no_time(fresh_site: Site, kind: str) -> None:
    fresh_site.fail(f"/go/tidewater.example/rope/@v/v1.0.0.{kind}", status=500)
    assert [bool(release.released_at) for release in one(fresh_site, "rope").releases] == [False, True]


def test_an_unknown_module_is_not_checked_and_says_what_go_would_do(site: Site) -> None:
    assert refused(site, HOUSE + "nope").reason.endswith("has no module tidewater.example/nope")
    assert "repository" in refused(site, HOUSE + "nope", scopes={"": "direct"}).reason


def test_private_modules_and_paths_without_host_are_never_asked(fresh_site: Site) -> None:
    scopes = {"*.corp.example": "direct", fresh_site.go_proxy_url: "|"}
    assert "*.corp.example" in refused(fresh_site, "git.corp.example/x", scopes=scopes).reason
    assert "host name" in refused(fresh_site, "internal/lib").reason
    assert fresh_site.requests == []


def test_without_a_proxy_nothing_is_checked() -> None:
    with asking() as client:
        registry = Registry(ecosystem="go", url="", problem="GOPROXY=off")
        assert look_up(client, registry, [normalise("example.com/a")]) == [
            NotChecked(ecosystem="go", name=normalise("example.com/a"), reason="GOPROXY=off")
        ]


# -- several proxies


@pytest.mark.parametrize(
    ("status", "separator", "found"),
    [
        pytest.param(404, ",", True, id="404 goes on"),
        pytest.param(410, ",", True, id="410 goes on"),
        pytest.param(500, ",", False, id="a failure stops"),
        pytest.param(403, ",", False, id="a refusal stops"),
        pytest.param(500, "|", True, id="a failure goes on after |"),
    ],
)
def test_the_next_proxy_is_asked_as_go_does(
    fresh_site: Site, status: int, separator: str, found: bool
) -> None:
    fresh_site.fail("/first", status=status)
    first = f"{fresh_site.url}/first"
    registry = Registry(
        ecosystem="go",
        url=first,
        fallbacks=(fresh_site.go_proxy_url,),
        scopes={first: "|"} if separator == "|" else {},
    )
    with asking(fresh_site.url) as client:
        answer = look_up(client, registry, [normalise(HOUSE + "rope")])[0]
    assert isinstance(answer, Package) is found
