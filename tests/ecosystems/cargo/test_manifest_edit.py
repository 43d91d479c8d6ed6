"""Edits of Cargo.toml: one span changes, every other byte stays, and reading again shows exactly the intention."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ecosystems.cargo.worlds import HEAD, read
from upgrader.ecosystems import cargo
from upgrader.ecosystems.cargo.crate_file import entries, parse_crate_file
from upgrader.model import CannotEdit, Dependency, Edit, PackageName, Place


def dependency(text: bytes, alias: str, *, immovable: str = "") -> Dependency:
    """The entry of that key as a dependency."""
    (entry,) = [item for item in entries(parse_crate_file(text, "Cargo.toml")) if item.alias == alias]
    return Dependency(
        ecosystem="cargo",
        name=PackageName(entry.name),
        project="cargo:Cargo.toml",
        requirement=entry.requirement,
        locked=None,
        section=entry.section,
        direct=True,
        place=Place(path="Cargo.toml", line=entry.line, key=entry.key),
        immovable=immovable,
    )


def applied(text: bytes, edits: list[Edit]) -> bytes:
    for change in sorted(edits, key=lambda item: item.start, reverse=True):
        before = change.before.encode()
        assert text[change.start : change.start + len(before)] == before
        assert change.line == text.count(b"\n", 0, change.start) + 1
        text = text[: change.start] + change.after.encode() + text[change.start + len(before) :]
    return text


def edited(text: bytes, alias: str, target: str) -> bytes:
    answer = cargo.edit(text, dependency(text, alias), target)
    assert not isinstance(answer, CannotEdit), answer
    return applied(text, list(answer))


UNCHANGED = {
    "star": ('[dependencies]\na = "*"\n', "2.0.0"),
    "no version": ("[dependencies]\na = { features = ['x'] }\n", "2.0.0"),
    "asks for it already": ('[dependencies]\na = "=2.0.0"\n', "2.0.0"),
    "open range": ('[dependencies]\na = ">=1"\n', "2.0.0"),
    "inherits": ("[dependencies]\na.workspace = true\n", "2.0.0"),
    "inherits with features": ("[dependencies]\na = { workspace = true, features = ['1.0'] }\n", "2.0.0"),
}


@pytest.mark.parametrize("name", UNCHANGED)
def test_nothing_to_change(name: str) -> None:
    text, target = UNCHANGED[name]
    assert list(cargo.edit(text.encode(), dependency(text.encode(), "a"), target)) == []  # type: ignore[arg-type]  # a CannotEdit would fail here, as it should


REFUSED = {
    "no such form": ('[dependencies]\na = "<1"\nb = ">=3"\n', "b", "2.0.0"),
    "written with escapes": ('[dependencies]\na = "\\u0031.0"\n', "a", "2.0.0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_left_alone_with_a_reason(name: str) -> None:
    text, alias, target = REFUSED[name]
    answer = cargo.edit(text.encode(), dependency(text.encode(), alias), target)
    assert isinstance(answer, CannotEdit)
    assert answer.reason.startswith("Cargo.toml:")
    assert answer.advice


def test_what_cannot_move_is_not_edited() -> None:
    text = b'[dependencies]\na = { path = "../a", version = "1" }\n'
    assert isinstance(cargo.edit(text, dependency(text, "a", immovable="path"), "2.0.0"), CannotEdit)


@pytest.mark.parametrize(
    "now",
    [b'[dependencies]\nb = "1"\n', b'[dependencies]\na = "1.1"\n', b"[dependencies\n", b"\xff"],
    ids=["gone", "asks for something else", "no TOML", "not UTF-8"],
)
def test_a_file_that_changed_meanwhile_is_left_alone(now: bytes) -> None:
    assert isinstance(cargo.edit(now, dependency(b'[dependencies]\na = "1"\n', "a"), "2.0.0"), CannotEdit)


CHANGED = {
    "bare": ('a = "1.2.3"', "2.0.0", 'a = "2.0.0"'),
    "precision stays": ('a = "1.2"', "2.3.4", 'a = "2.3"'),
    "major alone": ("a = '1'", "2.3.4", "a = '2'"),
    "exact": ('a = "=1.2.3"', "2.0.0", 'a = "=2.0.0"'),
    "tilde": ('a="~1.2"# "~1.2"', "2.3.4", 'a="~2.3"# "~1.2"'),
    "caret": ('a = "^1.2"', "2.3.4", 'a = "^2.3"'),
    "below one": ('a = "0.3"', "0.4.1", 'a = "0.4"'),
    "ceiling": ('a = ">=1, <2"', "2.1.0", 'a = ">=1, <3"'),
    "inline table": (
        'a = { features = ["1.0"], version = "1.0" , optional = true } # 1.0',
        "2.0.0",
        'a = { features = ["1.0"], version = "2.0" , optional = true } # 1.0',
    ),
    "dotted": ('a.package = "b"\na.version = "1.0"', "2.0.0", 'a.package = "b"\na.version = "2.0"'),
    "multi-line string": ('a = """1.0"""', "2.0.0", 'a = """2.0"""'),
    "prerelease": ('a = "1.0"', "2.0.0-rc.1", 'a = "2.0.0-rc.1"'),
}


@pytest.mark.parametrize("name", CHANGED)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_one_span_changes(name: str, end: str, mark: bytes) -> None:
    before, target, after = CHANGED[name]
    frame = 'other = "1.0"\n[dependencies]\n# a = "1.0"\n{}\nz = "1.0"\n'
    text = mark + frame.format(before).replace("\n", end).encode()
    assert edited(text, "a", target) == mark + frame.format(after).replace("\n", end).encode()


def test_the_right_one_of_several_places() -> None:
    text = b'[dependencies]\na = "1.0"\n[target."cfg(unix)".dependencies]\na = "1.0"\n[dev-dependencies]\na = "1.0"\n'
    asked = dependency(b'[target."cfg(unix)".dependencies]\na = "1.0"\n', "a")
    assert len(entries(parse_crate_file(text, "Cargo.toml"))) == 3
    answer = cargo.edit(text, asked, "2.0.0")
    assert isinstance(answer, tuple)
    assert applied(text, list(answer)) == text[:31] + text[31:].replace(b"1.0", b"2.0", 1)


def test_a_shared_entry_is_edited_at_the_root(tmp_path: Path) -> None:
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["m"]\n[workspace.dependencies]\na = "1.0" # shared\n',
        "m/Cargo.toml": HEAD + "[dependencies]\na.workspace = true\n",
    }
    found = read(tmp_path, files)
    shared, member = sorted(found.dependencies, key=lambda item: item.place.path)
    assert list(cargo.edit(files["m/Cargo.toml"].encode(), member, "2.0.0")) == []  # type: ignore[arg-type]  # see above
    answer = cargo.edit(files["Cargo.toml"].encode(), shared, "2.0.0")
    assert isinstance(answer, tuple)
    text = applied(files["Cargo.toml"].encode(), list(answer))
    again = read(tmp_path, {"Cargo.toml": text})
    assert [item.requirement for item in again.dependencies] == ["2.0", "2.0"]


STYLES = st.sampled_from(
    ['"{}"', "'{}'", '{{ version = "{}" }}', "{{ features = ['{}'], version='{}' }} # {}"]
)
REQUIREMENTS = st.sampled_from(
    ["1", "1.2", "1.2.3", "=1.2.3", "~1.2", "^1", "0.3", ">=1, <2", "1.*", "*", ">=1"]
)
TABLES = st.sampled_from(
    [
        "dependencies",
        "dev-dependencies",
        "build_dependencies",
        "target.'cfg(a = \"b\")'.dependencies",
        "workspace.dependencies",
    ]
)


@st.composite
def manifests(draw: st.DrawFn) -> tuple[str, list[str]]:
    text, names = draw(st.sampled_from(["", "# é\n", "[package]\nname = 'p'\nversion = '1.2.3'\n"])), []
    for number, table in enumerate(draw(st.lists(TABLES, min_size=1, max_size=3, unique=True))):
        text += f"[{table}]\n"
        for at in range(draw(st.integers(1, 3))):
            name = f"n{number}{at}"
            requirement = draw(REQUIREMENTS)
            text += f"{name} = {draw(STYLES).format(requirement, requirement, requirement)}\n"
            names.append(name)
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))), names


@settings(max_examples=80, deadline=None)
@given(manifests(), st.sampled_from(["1.9.0", "2.0.0", "3.4.5", "0.4.0"]), st.data())
def test_reading_again_shows_the_one_change(
    made: tuple[str, list[str]], target: str, data: st.DataObject
) -> None:
    text, names = made[0].encode(), made[1]
    name = data.draw(st.sampled_from(names))
    answer = cargo.edit(text, dependency(text, name), target)
    if isinstance(answer, CannotEdit):
        return
    after = applied(text, list(answer))
    was = {item.key: item.requirement for item in entries(parse_crate_file(text, "Cargo.toml"))}
    now = {item.key: item.requirement for item in entries(parse_crate_file(after, "Cargo.toml"))}
    changed = {key for key in was if was[key] != now[key]}
    assert was.keys() == now.keys()
    assert len(changed) == len(answer) <= 1
    assert all(key.endswith(name) for key in changed)
    assert edited(after, name, target) == after
