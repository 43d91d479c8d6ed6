"""Which packages and paths a person means."""

from __future__ import annotations

import pytest

from tests.stages.worlds import dependency
from upgrader.errors import ConfigError
from upgrader.model import EcosystemName
from upgrader.stages.patterns import is_path_meant, matches, read_patterns


def means(words: str | tuple[str, ...], name: str = "left-pad", **facts: object) -> bool:
    given = (words,) if isinstance(words, str) else words
    return matches(read_patterns(given, "--reject"), dependency(name=name, **facts))  # type: ignore[arg-type]  # facts of a dependency


@pytest.mark.parametrize(
    "words",
    [
        (),
        "left",
        "left-pa",
        "react",
        "right-*",
        "/^pad/",
        "!left-pad",
        "left-*,!left-pad",
        "left-pad@^2",
        "left-pad@<1.0.0",
        "/left/,!/pad$/",
        "react,vue",
        "@scope/left-pad",
    ],
)
def test_means_another(words: str | tuple[str, ...]) -> None:
    assert not means(words)


@pytest.mark.parametrize(
    "words",
    [
        "left-pad",
        "LEFT-PAD",
        "left-*",
        "*",
        "react,left-pad",
        "react , left-pad",
        ("react", "left-pad"),
        "/pad$/",
        "/^LEFT/i",
        "/l{1,2}eft/",
        "/a,b|left/,react",
        "!react",
        "left-*,!left-trim",
        "left-pad@^1",
        "left-pad@1.0.0",
        "left-pad@>=1 <2",
        "left-*@<1.5",
        "left-pad@^0.9 || ^1.0,react",
    ],
)
def test_means_this(words: str | tuple[str, ...]) -> None:
    assert means(words)


@pytest.mark.parametrize(
    "words, ecosystem, name, requirement, locked, meant",
    [
        ("Flask_Login", "pip", "flask-login", ">=1", "1.2", True),
        ("django@>=3,<4", "pip", "django", ">=2", "3.2", True),
        ("django@>=3,<4,flask", "pip", "flask", ">=2", "3.2", True),
        ("django@>=3,!=3.2", "pip", "django", ">=2", "3.2", False),
        ("django@>=3,<4", "pip", "django", "", None, False),
        ("@scope/x@^1", "npm", "@scope/x", "^1.0.0", "1.2.0", True),
        ("@scope/*", "npm", "@scope/x", "^1.0.0", "1.2.0", True),
        ("x@^1", "npm", "x", "^1.0.0 || ^2", "2.2.0", False),
        ("x@1.0.0-beta.1", "npm", "x", "^1.0.0-beta.1", "1.0.0-beta.1", True),
        ("serde@^1", "cargo", "serde", "1.0", None, True),
        ("example.com/m@v1.2.0", "go", "example.com/m", "v1.3.0", "v1.3.0", True),
        ("example.com/m@<2", "go", "example.com/m", "v1.3.0", "v1.3.0", False),
    ],
)
def test_a_range_is_of_its_ecosystem(
    words: str, ecosystem: EcosystemName, name: str, requirement: str, locked: str | None, meant: bool
) -> None:
    assert means(words, name, ecosystem=ecosystem, requirement=requirement, locked=locked) is meant


def test_the_alias_is_a_name_too() -> None:
    assert means("pad", "left-pad", alias="pad")


@pytest.mark.parametrize(
    "word, said",
    [
        ("/(/", "/(/ is no regular expression"),
        ("/" + "a" * 201 + "/", "is longer than 200 characters"),
        ("/(a+)+$/", "repeats inside repeats"),
        ("/(a|aa)*$/", "repeats inside repeats"),
        ("/((ab)*c)+/", "repeats inside repeats"),
        ("/a*a*a*a*b/", "repeats inside repeats"),
        (r"/(a)\1*/", "repeats inside repeats"),
        ("/(?=a*)*/", "repeats inside repeats"),
        ("/left", "the regex has no end"),
        ("!", "names nothing"),
        ("left-pad@", "'' is no range"),
        ("left-pad@not a range", "'not a range' is no range"),
        ("left-pad@^^1", "'^^1' is no range"),
    ],
)
def test_a_bad_word_is_named(word: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_patterns((word,), "--reject")
    assert caught.value.message.startswith("--reject: ")
    assert said in caught.value.message


@pytest.mark.parametrize(
    "word", ["/[(+*]+/", r"/\(+\)/", "/^(@types|@babel)\\/.*$/", "/a{2}b{1,3}c+/", "/(ab)+/"]
)
def test_a_tame_regex_is_taken(word: str) -> None:
    assert read_patterns((word,), "--reject")


@pytest.mark.parametrize(
    "glob, path, meant",
    [
        ("fixtures", "src/package.json", False),
        ("fixtures", "my-fixtures/package.json", False),
        ("tests/fixtures", "pkg/tests/fixtures/package.json", False),
        ("*.txt", "a/package.json", False),
        ("a/*/package.json", "a/b/c/package.json", False),
        ("", "package.json", False),
        ("/", "package.json", False),
        ("fixtures", "a/fixtures/b/package.json", True),
        ("tests/fixtures", "tests/fixtures/b/package.json", True),
        ("./tests/fixtures/", "tests/fixtures/b/package.json", True),
        ("**/fixtures/**", "tests/fixtures/b/package.json", True),
        ("**/fixtures", "fixtures/package.json", True),
        ("a/*/package.json", "a/b/package.json", True),
        ("/package.json", "package.json", True),
        ("/package.json", "a/package.json", False),
        ("requirements-?.txt", "a/requirements-1.txt", True),
        ("a.b", "axb", False),
    ],
)
def test_a_glob_of_paths(glob: str, path: str, meant: bool) -> None:
    assert is_path_meant([glob], path) is meant
