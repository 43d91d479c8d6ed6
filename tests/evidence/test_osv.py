"""Which versions a record affects: the schema's algorithm, and the ways real records stretch it."""

from typing import Any

import msgspec
import pytest

from tests.stages.books import book
from upgrader.ecosystems import cargo, go, pip
from upgrader.ecosystems.base import Ecosystem
from upgrader.errors import RegistryError, VersionError
from upgrader.evidence.osv import affects, concerns, match_records, merge_aliases, published_name, to_advisory
from upgrader.evidence.osv_record import decode_record
from upgrader.model import Advisory, EcosystemName, PackageName

BOOKS: dict[EcosystemName, Ecosystem] = {"npm": book("npm"), "pip": pip, "go": go, "cargo": cargo}
NAMES: dict[EcosystemName, str] = {
    "npm": "crane",
    "pip": "crane",
    "go": "docks.example/crane",
    "cargo": "crane",
}

Json = dict[str, Any]


def events(text: str) -> list[dict[str, str]]:
    """`i0 f1.5` → introduced 0, fixed 1.5; l is last_affected, m is limit."""
    kinds = {"i": "introduced", "f": "fixed", "l": "last_affected", "m": "limit"}
    return [{kinds[word[0]]: word[1:]} for word in text.split()]


def entry(ecosystem: EcosystemName, ranges: str = "", *versions: str, **more: Any) -> Json:
    """An affected package; several ranges are separated by `|`."""
    listed = [{"type": "SEMVER", "events": events(part)} for part in ranges.split("|") if part.strip()]
    package = {"ecosystem": BOOKS[ecosystem].OSV, "name": NAMES[ecosystem]}
    return {"package": package, "ranges": listed, "versions": list(versions), **more}


def record(*entries: Json, **more: Any) -> Any:
    return decode_record(msgspec.json.encode({"id": "TEST-1", "affected": list(entries), **more}), "test")


def is_hit(ecosystem: EcosystemName, version: str, *entries: Json, **more: Any) -> bool:
    name = PackageName(NAMES[ecosystem])
    return bool(match_records([record(*entries, **more)], BOOKS[ecosystem], name, version, "test"))


RANGES: list[tuple[EcosystemName, str, str, bool]] = [
    # never affected
    ("npm", "i1.0.0 f1.5.0", "0.9.9", False),
    ("npm", "i1.0.0 f1.5.0", "1.5.0", False),
    ("npm", "i1.0.0 f1.5.0", "2.0.0", False),
    ("npm", "i1.0.0 l1.4.9", "1.5.0", False),
    ("npm", "i0 f1.0.0 i2.0.0 f2.1.0", "1.5.0", False),
    ("npm", "i2.0.0 f2.1.0 i0 f1.0.0", "1.5.0", False),
    ("cargo", "i0.23.0 f0.23.0 i0.23.13 f0.23.18", "0.23.0", False),
    ("cargo", "i0.23.0 f0.23.0 i0.23.13 f0.23.18", "0.23.5", False),
    ("npm", "i0 m1.0.0", "1.0.0", False),
    ("npm", "i0 f1.0.0-beta", "1.0.0", False),
    ("npm", "i1.0.0 f1.0.1", "1.0.0-rc.1", False),
    ("pip", "i0 f1.0", "1.0.0", False),
    ("pip", "i0 f1.0", "1.0.post1", False),
    ("go", "i0 f1.0.1", "v1.0.1", False),
    ("go", "i0 f1.0.1", "v1.0.2-0.20240101000000-0123456789ab", False),
    # an unclosed range ends only at the last event
    ("npm", "i1.0.0", "99.0.0", True),
    ("npm", "i0", "0.0.0-0", True),
    ("npm", "i0.0.0-0 f1.0.0", "0.0.0", True),
    ("npm", "i1.0.0 f1.5.0", "1.0.0", True),
    ("npm", "i1.0.0 f1.5.0", "1.5.0-rc.1", True),
    ("npm", "i1.0.0 l1.4.9", "1.4.9", True),
    ("npm", "i1.0.0 l1.0.0", "1.0.0", True),
    ("npm", "l1.0.0 i1.0.0", "1.0.0", True),
    ("npm", "i0 f1.0.0 i2.0.0 f2.1.0", "2.0.5", True),
    ("npm", "i2.0.0 f2.1.0 i0 f1.0.0", "0.5.0", True),
    ("npm", "i1.0.0 f1.5.0 i1.5.0 f2.0.0", "1.5.0", True),
    ("npm", "i0 m1.0.0", "0.9.0", True),
    ("npm", "i0 m*", "9.0.0", True),
    ("npm", "i0 m1.0.0 m2.0.0", "1.5.0", True),
    # records for semantic ecosystems that are not semantic
    ("npm", "i1.0 f1.5", "1.4.9", True),
    ("npm", "i1.0 f1.5", "1.5.0", False),
    ("npm", "i1 f2", "1.9.0", True),
    ("npm", "i0 f1.0.0rc1", "1.0.0-rc1", False),
    ("npm", "i0 f1.0.0rc1", "0.9.0", True),
    ("npm", "i13.0 f14.0", "13.2.0", True),
    # what nobody can read never makes a version safe
    ("npm", "isomewhere f2.0.0", "1.0.0", True),
    ("npm", "i1.0.0 flater", "3.0.0", True),
    ("npm", "i1.0.0 msoon", "3.0.0", True),
    # each ecosystem's own order
    ("pip", "i0 f1.0", "1.0rc1", True),
    ("pip", "i0 f1.0", "1.0.dev3", True),
    ("pip", "i1.0 f2.0", "1.0.0", True),
    ("pip", "i0 l2.0.0", "2.0.0+cu118", True),
    ("pip", "i1!0 f1!2", "5.0", False),
    ("go", "i0 f1.0.1", "v1.0.0", True),
    ("go", "iv0.0.0 fv1.0.1", "v1.0.0", True),
    ("go", "i0 f1.0.1", "v1.0.1-0.20240101000000-0123456789ab", True),
    ("go", "i2.0.0 f2.0.3", "v2.0.1+incompatible", True),
    ("cargo", "i0.0.0-0 f0.3.1", "0.3.0", True),
    ("cargo", "i0.0.0-0 f0.3.1", "0.3.1", False),
    # two ranges of one entry: either is enough
    ("npm", "i1.0.0 f3.1.1 | i0 f2.6.7", "2.6.7", True),
    ("npm", "i1.0.0 f3.1.1 | i0 f2.6.7", "3.1.1", False),
]


@pytest.mark.parametrize(("ecosystem", "ranges", "version", "hit"), RANGES)
def test_ranges(ecosystem: EcosystemName, ranges: str, version: str, hit: bool) -> None:
    assert is_hit(ecosystem, version, entry(ecosystem, ranges)) is hit


@pytest.mark.parametrize(
    ("ecosystem", "listed", "version", "hit"),
    [
        ("pip", "1.0 1.1", "1.2", False),
        ("pip", "1.0 1.1", "1.0.0", True),
        ("pip", "1.0rc1", "1.0.0rc1", True),
        ("pip", "2.0", "2.0+local", True),
        ("pip", "not-a-version 1.1", "1.1", True),
        ("npm", "1.0.0", "1.0.0", True),
        ("npm", "1.0.0", "1.0.1", False),
        ("go", "1.0.0", "v1.0.0", True),
    ],
)
def test_listed_versions(ecosystem: EcosystemName, listed: str, version: str, hit: bool) -> None:
    assert is_hit(ecosystem, version, entry(ecosystem, "", *listed.split())) is hit


def test_a_listed_version_counts_outside_every_range() -> None:
    assert is_hit("pip", "3.0", entry("pip", "i0 f1.0", "3.0"))


def test_git_ranges_say_nothing() -> None:
    commits = {"type": "GIT", "repo": "https://code.example/crane", "events": [{"introduced": "0"}]}
    assert not is_hit("pip", "1.0", entry("pip") | {"ranges": [commits]})


@pytest.mark.parametrize(
    "more",
    [{"withdrawn": "2026-01-01T00:00:00Z"}, {"affected": None}, {"affected": []}],
    ids=["withdrawn", "null", "nothing affected"],
)
def test_records_that_count_for_nothing(more: Json) -> None:
    name = PackageName("crane")
    data = {"id": "TEST-1", "affected": [entry("npm", "i0")], **more}
    found = decode_record(msgspec.json.encode(data), "test")
    assert match_records([found], BOOKS["npm"], name, "1.0.0", "test") == []


@pytest.mark.parametrize("kind", ["unmaintained", "unsound", "notice"])
def test_informational_entries_are_no_vulnerabilities(kind: str) -> None:
    about = {"informational": kind, "categories": []}
    assert not is_hit("cargo", "0.2.0", entry("cargo", "i0.0.0-0", database_specific=about))
    assert is_hit("cargo", "0.2.0", entry("cargo", "i0.0.0-0", database_specific={"informational": None}))


def test_several_entries_for_one_package_count_together() -> None:
    entries = [entry("npm", "i1.0 f3.1.1"), entry("npm", "i0 f2.6.7")]
    found = match_records([record(*entries)], BOOKS["npm"], PackageName("crane"), "2.7.0", "test")
    assert [item.fixed_in for item in found] == [("2.6.7", "3.1.1")]
    assert not is_hit("npm", "3.1.1", *entries)


def test_other_packages_and_ecosystems_are_not_meant() -> None:
    other = entry("npm", "i0") | {"package": {"ecosystem": "npm", "name": "winch"}}
    elsewhere = entry("npm", "i0") | {"package": {"ecosystem": "PyPI", "name": "crane"}}
    unnamed = entry("npm", "i0") | {"package": None}
    assert not is_hit("npm", "1.0.0", other, elsewhere, unnamed)


def test_names_are_compared_as_the_registry_spells_them() -> None:
    theirs = entry("pip", "i0") | {"package": {"ecosystem": "PyPI:somewhere", "name": "Crane_Hook"}}
    found = concerns(record(theirs), pip, PackageName("crane-hook"))
    assert affects(found, pip, "1.0")


def test_a_version_nobody_can_place_is_an_open_question() -> None:
    with pytest.raises(VersionError, match="one-two"):
        is_hit("npm", "one-two", entry("npm", "i0 f1.0.0"))
    assert not is_hit("npm", "one-two", entry("npm", "", "1.0.0"))
    assert is_hit("npm", "one-two", entry("npm", "i0 f1.0.0", "one-two"))


@pytest.mark.parametrize(
    ("name", "version", "published"),
    [
        ("docks.example/crane", "v1.4.0", "docks.example/crane"),
        ("docks.example/crane", "v2.0.0", "docks.example/crane/v2"),
        ("docks.example/crane", "v2.0.0+incompatible", "docks.example/crane"),
        ("docks.example/crane/v2", "v3.1.0", "docks.example/crane/v3"),
        ("docks.example/crane/v2", "v1.9.0", "docks.example/crane"),
        ("gopkg.in/crane.v1", "v2.0.0", "gopkg.in/crane.v2"),
        ("gopkg.in/crane.v1", "v1.5.0", "gopkg.in/crane.v1"),
        ("docks.example/crane", "main", "docks.example/crane"),
    ],
)
def test_go_majors_have_names_of_their_own(name: str, version: str, published: str) -> None:
    assert published_name("go", PackageName(name), version) == published
    assert published_name("npm", PackageName(name), version) == name


def test_fixes_are_versions_in_order_in_our_spelling() -> None:
    first = record(entry("go", "i0 f1.10.0 i2.0.0 f2.0.1 | i0 f1.9.0"))
    found = to_advisory(first, concerns(first, go, PackageName(NAMES["go"])), go, "test")
    assert found.fixed_in == ("v1.9.0", "v1.10.0", "v2.0.1")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id": 1}',
        b'{"id": "A", "affected": {}}',
        b'\xff{"id": "A"}',
        b'{"id": "A", "affected": [{"ranges": [{"events": [{"introduced": 1}]}]}]}',
        b'{"id": "A", "database_specific": ' + b'{"a":' * 100_000,
    ],
    ids=["empty", "list", "no id", "wrong id", "wrong affected", "bytes", "wrong event", "deep"],
)
def test_malformed_records_are_refused(data: bytes) -> None:
    with pytest.raises(RegistryError, match="somewhere: not an OSV record"):
        decode_record(data, "somewhere")


def test_null_is_absent_everywhere() -> None:
    entries = (
        '[{"package": null}, {"ranges": null, "versions": null, "severity": null, "database_specific": null}]'
    )
    text = f'{{"id": "A", "affected": {entries}, "aliases": null, "severity": null, "references": null}}'
    assert match_records([decode_record(text.encode(), "test")], pip, PackageName("crane"), "1", "test") == []


def advisory(name: str, *aliases: str, **more: Any) -> Advisory:
    return Advisory(id=name, aliases=aliases, **more)


def test_unrelated_advisories_stay_apart_in_order() -> None:
    merged = merge_aliases([advisory("B", "CVE-2"), advisory("A", "CVE-1"), advisory("C")])
    assert [item.id for item in merged] == ["A", "B", "C"]


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_names_of_one_vulnerability_are_joined_through_a_third(turn: int) -> None:
    three = [
        advisory("GHSA-1", "CVE-1", severity="HIGH", score=7.5, summary="told"),
        advisory("PYSEC-1", fixed_in=("1.2",), url="https://advisories.example/1"),
        advisory("CVE-1", "PYSEC-1"),
    ]
    (one,) = merge_aliases(three[turn:] + three[:turn])
    assert (one.id, one.aliases) == ("GHSA-1", ("CVE-1", "PYSEC-1"))
    assert (one.severity, one.score, one.summary) == ("HIGH", 7.5, "told")
    assert (one.fixed_in, one.url) == (("1.2",), "https://advisories.example/1")


def test_every_databases_fix_is_named() -> None:
    (one,) = merge_aliases(
        [advisory("A", fixed_in=("1.10.0",)), advisory("B", "A", fixed_in=("1.9.0", "2.0.1"))]
    )
    assert one.fixed_in == ("1.9.0", "1.10.0", "2.0.1")


def test_merging_twice_changes_nothing() -> None:
    once = merge_aliases([advisory("A", "CVE-1"), advisory("B", "CVE-1", severity="LOW")])
    assert merge_aliases(once) == once == [advisory("B", "A", "CVE-1", severity="LOW")]
