"""Requirements of package.json understood; names that npm would refuse refused."""

import pytest

from upgrader.ecosystems.npm.specifiers import normalise, read_specifier
from upgrader.errors import VersionError

MOVABLE = [
    "^1.0.0",
    "~1.2",
    "1.x",
    "*",
    "",
    ">=1 <2",
    "1.0.0",
    " ^1.0.0 ",
    "v1.2.3",
    "^1 || ^2",
    "1.0.0 - 2.0.0",
    "=1.0.0-rc.1",
]


@pytest.mark.parametrize("text", MOVABLE)
def test_a_range_can_move(text: str) -> None:
    asked = read_specifier("left-pad", text)
    assert (asked.name, asked.requirement, asked.alias, asked.immovable) == ("left-pad", text, "", "")


IMMOVABLE = {
    "git+https://git.example/x.git": "git reference",
    "git+ssh://git@git.example/x.git#v1": "git reference",
    "git://git.example/x.git": "git reference",
    "git@github.com:a/b.git": "git reference",
    "https://git.example/a/b.git#main": "git reference",
    "github:a/b": "git reference",
    "a/b": "git reference",
    "a/b#semver:^1.0.0": "git reference",
    "gist:11081aaa281": "git reference",
    "file:../x": "path",
    "link:../x": "path",
    "../x": "path",
    "./x.tgz": "path",
    "~/x": "path",
    "/opt/x": "path",
    "https://files.example/x-1.0.0.tgz": "url",
    "http://files.example/x.tgz": "url",
    "workspace:*": "workspace member",
    "workspace:^1.0.0": "workspace member",
    "catalog:": "catalog reference",
    "catalog:react18": "catalog reference",
    "latest": "tag `latest`",
    "next": "tag `next`",
    "^^1.0": "'^^1.0' is not a requirement npm knows",
    "1.0.0; touch MARK": "'1.0.0; touch MARK' is not a requirement npm knows",
}


@pytest.mark.parametrize(("text", "reason"), IMMOVABLE.items(), ids=IMMOVABLE)
def test_anything_else_stays_with_its_reason(text: str, reason: str) -> None:
    asked = read_specifier("left-pad", text)
    assert (asked.requirement, asked.immovable) == (text, reason)


ALIASES = [
    ("count", "npm:tally@^1.0.0", ("tally", "^1.0.0", "count", "")),
    ("count", "npm:@tide/tally@1.x || 2", ("@tide/tally", "1.x || 2", "count", "")),
    ("count", "npm:tally", ("tally", "", "count", "")),
    ("count", "npm:tally@latest", ("tally", "latest", "count", "tag `latest`")),
    ("tally", "npm:tally@^1.0.0", ("tally", "^1.0.0", "", "")),
]


@pytest.mark.parametrize(("key", "text", "wanted"), ALIASES)
def test_an_alias_is_its_target(key: str, text: str, wanted: tuple[str, ...]) -> None:
    asked = read_specifier(key, text)
    assert (asked.name, asked.requirement, asked.alias, asked.immovable) == wanted


@pytest.mark.parametrize(
    "name", ["left-pad", "@scope/name", "JSONStream", "a.b_c~d", "x" * 214, "constructor"]
)
def test_a_name_stays_as_it_is(name: str) -> None:
    assert normalise(name) == name


BAD = [
    "",
    "-",
    "--save",
    ".x",
    "_x",
    "__proto__",
    "../up",
    "a/b",
    "@a",
    "@/a",
    "@a/",
    "@a/.b",
    "a b",
    "a\n",
    "x" * 215,
    "ä",
    "node_modules",
    "a@1",
    "a%2fb",
    "a\0",
]


@pytest.mark.parametrize("name", BAD)
def test_a_name_npm_would_not_take_is_refused(name: str) -> None:
    with pytest.raises(VersionError) as caught:
        normalise(name)
    assert caught.value.advice


def test_an_alias_of_a_bad_name_is_refused() -> None:
    with pytest.raises(VersionError):
        read_specifier("ok", "npm:--registry@1.0.0")
    with pytest.raises(VersionError):
        read_specifier("--registry", "npm:ok@1.0.0")
