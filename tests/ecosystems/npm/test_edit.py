"""Editing package.json: the range alone changes, and reading again shows exactly what was meant."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ecosystems.npm.support import read, write
from upgrader.ecosystems import npm
from upgrader.ecosystems.npm.specifiers import read_specifier
from upgrader.model import CannotEdit, Dependency, Edit, Place
from upgrader.versions import npm as versions


def place_of(key: str, text: str, group: str = "dependencies") -> Dependency:
    asked = read_specifier(key, text)
    return Dependency(
        ecosystem="npm",
        name=asked.name,
        project="npm:package.json",
        requirement=asked.requirement,
        locked=None,
        section="peer" if group == "peerDependencies" else "prod",
        direct=True,
        place=Place(path="package.json", line=1, key=f"{group}.{key}"),
        group=group,
        alias=asked.alias,
        immovable=asked.immovable,
    )


def edited(text: bytes, dependency: Dependency, target: str) -> bytes | CannotEdit:
    answer = npm.edit(text, dependency, target)
    if isinstance(answer, CannotEdit):
        return answer
    for edit in answer:
        assert text[edit.start : edit.start + len(edit.before.encode())] == edit.before.encode()
        text = text[: edit.start] + edit.after.encode() + text[edit.start + len(edit.before.encode()) :]
    return text


SAME = ["^1.0.0", "*", "", "1.x", ">=1", ">=1.0.0 <2", "~1.5.0", "1.5.0", "^1 || ^2", "npm:x@^1.0.0", "npm:x"]


@pytest.mark.parametrize("text", SAME)
def test_a_requirement_that_allows_the_target_stays(text: str) -> None:
    manifest = json.dumps({"dependencies": {"lib": text}}).encode()
    assert npm.edit(manifest, place_of("lib", text), "1.5.0") == ()


LEFT_ALONE = [
    ("git+https://git.example/x.git", "2.0.0"),
    ("file:../x", "2.0.0"),
    ("latest", "2.0.0"),
    ("workspace:*", "2.0.0"),
    ("^^1.0", "2.0.0"),
    ("^1.0.0", "not a version"),
    ("^1.0.0", "2.0.0\n"),
    ("^1.0.0", "--foo"),
]


@pytest.mark.parametrize(("text", "target"), LEFT_ALONE)
def test_what_is_not_understood_is_left_alone(text: str, target: str) -> None:
    manifest = json.dumps({"dependencies": {"lib": text}}).encode()
    answer = npm.edit(manifest, place_of("lib", text), target)
    assert isinstance(answer, CannotEdit)
    assert answer.reason.startswith("package.json:1: lib ")
    assert answer.advice


GONE = [
    pytest.param(b'{"dependencies": {"other": "^1.0.0"}}', id="the key is gone"),
    pytest.param(b'{"dependencies": {"lib": "^1.1.0"}}', id="it asks for something else"),
    pytest.param(b'{"dependencies": {"lib": 1}}', id="it is no text"),
    pytest.param(b'{"devDependencies": {"lib": "^1.0.0"}}', id="another section"),
    pytest.param(b'{"x": {"dependencies": {"lib": "^1.0.0"}}}', id="deeper"),
    pytest.param(b'{"dependencies": {"lib": "^1.0.\\u0030"}}', id="written with an escape"),
    pytest.param(b'{"dependencies": {"lib": "^1.0.0"}', id="no JSON any more"),
    pytest.param(b'{"dependencies": {"lib": "^1.0.0", "lib": "^1.0.0"}}', id="twice"),
    pytest.param(b"\xff", id="not UTF-8"),
]


@pytest.mark.parametrize("manifest", GONE)
def test_a_file_that_says_something_else_is_left_alone(manifest: bytes) -> None:
    assert isinstance(npm.edit(manifest, place_of("lib", "^1.0.0"), "2.0.0"), CannotEdit)


STYLES = [
    ("^1.0.0", "^2.1.3"),
    ("~1.0.0", "~2.1.3"),
    ("1.0.0", "2.1.3"),
    ("=1.0.0", "=2.1.3"),
    ("1.x", "2.x"),
    ("1", "2"),
    ("^1", "^2"),
    (">=1.0.0 <2", ">=1.0.0 <3"),
    ("^0.5.0 || ^1.0.0", "^0.5.0 || ^1.0.0 || ^2.1.3"),
    ("npm:@tide/tally@~1.0.0", "npm:@tide/tally@~2.1.3"),
    ("npm:lib1.0.0@1.0.0", "npm:lib1.0.0@2.1.3"),
    (" ^1.0.0 ", " ^2.1.3 "),
]


@pytest.mark.parametrize(("before", "after"), STYLES)
def test_the_authors_style_is_kept(before: str, after: str) -> None:
    manifest = '\ufeff{\r\n\t"ü": "^1.0.0",\r\n\t"dependencies" : { "lib":"%s" ,"b":"1" }\r\n}'
    wanted = (manifest % after).encode()
    assert edited((manifest % before).encode(), place_of("lib", before), "2.1.3") == wanted


PEERS = [
    ("^1.0.0", "^1.0.0 || ^2.0.0"),
    (">=1", None),
    ("^1 || ^2", None),
    ("1.x", "1.x || 2.x"),
    ("^0.9 || ^1", "^0.9 || ^1 || ^2"),
]


@pytest.mark.parametrize(("before", "after"), PEERS)
def test_a_peer_range_is_widened(before: str, after: str | None) -> None:
    manifest = json.dumps({"peerDependencies": {"host": before}}).encode()
    answer = edited(manifest, place_of("host", before, "peerDependencies"), "2.0.0")
    assert isinstance(answer, bytes)
    assert json.loads(answer)["peerDependencies"]["host"] == (after or before)


names = st.sampled_from(["a", "b-c", "@s/n", "d.e", "x1"])
ranges = st.sampled_from(
    ["^1.0.0", "~1.2.0", "1.x", "1.0.0", ">=1 <2", "npm:real@^1.0.0", "^0.4.1", "latest", "github:a/b"]
)
sections = st.dictionaries(names, ranges, min_size=1)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prod=sections,
    dev=sections,
    indent=st.sampled_from([None, 2, "\t"]),
    ending=st.sampled_from(["\n", "\r\n"]),
    target=st.sampled_from(["1.9.9", "2.0.0", "3.1.4", "0.5.0", "2.0.0-rc.1"]),
    pick=st.integers(0, 20),
)
def test_reading_again_shows_exactly_one_change(
    tmp_path: Path,
    prod: dict[str, str],
    dev: dict[str, str],
    indent: str,
    ending: str,
    target: str,
    pick: int,
) -> None:
    document = {"name": "ü", "dependencies": prod, "devDependencies": dev, "version": "1.0.0"}
    text = json.dumps(document, indent=indent, ensure_ascii=False).replace("\n", ending).encode()
    write(tmp_path, {"package.json": text})
    before = read(tmp_path).dependencies
    chosen = before[pick % len(before)]
    answer = npm.edit(text, chosen, target)
    if isinstance(answer, CannotEdit) or not answer:
        return
    (only,) = answer
    assert isinstance(only, Edit)
    after_text = text[: only.start] + only.after.encode() + text[only.start + len(only.before.encode()) :]
    assert text.count(b"\n", 0, only.start) + 1 == only.line == chosen.place.line
    write(tmp_path, {"package.json": after_text})
    after = read(tmp_path).dependencies
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [old for old, _ in changed] == [chosen]
    assert changed[0][1].requirement == only.after
    assert versions.allows(only.after, target)
    assert npm.edit(after_text, changed[0][1], target) == ()
