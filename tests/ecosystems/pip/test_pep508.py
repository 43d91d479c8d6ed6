"""PEP 508 strings: what they ask, and where their version specifiers stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from upgrader.ecosystems.pip.pep508 import normalise, read_specifier
from upgrader.errors import ManifestError, VersionError

SPECIFIERS = [
    ("requests", "requests", "", ""),
    ("requests==1.0", "requests", "==1.0", ""),
    ("Flask_Login >= 1.0 , < 2", "flask-login", ">= 1.0 , < 2", ""),
    ("a.b[x, y]~=1.4", "a-b", "~=1.4", ""),
    ("a[]>=1", "a", ">=1", ""),
    ("a (>=1,<2)", "a", ">=1,<2", ""),
    ("a ( >=1 ) ; python_version < '3.9'", "a", ">=1", "python_version < '3.9'"),
    ("a==1.*;sys_platform=='win32' and extra == 'x'", "a", "==1.*", "sys_platform=='win32' and extra == 'x'"),
    ("a===1.0-weird", "a", "===1.0-weird", ""),
    ("a ; python_version < '3'", "a", "", "python_version < '3'"),
]


@pytest.mark.parametrize(
    ("text", "name", "requirement", "marker"), SPECIFIERS, ids=[row[0] for row in SPECIFIERS]
)
def test_reads_a_specifier_as_written(text: str, name: str, requirement: str, marker: str) -> None:
    read = read_specifier(text, "x:1")
    assert (read.name, read.requirement, read.marker) == (name, requirement, marker)
    assert text[read.start : read.start + len(requirement)] == requirement


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "^1.0",
        "a^1.0",
        "a>=",
        "a==1.0;",
        "-e .",
        "a[",
        "a=1",
        "a@",
        "\0",
        "a" * 5000,
        "a;" + "(" * 4000,
    ],
)
def test_refuses_what_pip_refuses(text: str) -> None:
    with pytest.raises(ManifestError, match=r"^x:1: "):
        read_specifier(text, "x:1")


def test_names_the_variable_as_the_reason() -> None:
    with pytest.raises(ManifestError) as caught:
        read_specifier("a==${VERSION}", "x:1")
    assert "environment" in caught.value.advice


@pytest.mark.parametrize(
    ("text", "pin"),
    [
        ("a==1.0", "1.0"),
        ("a == 1.0+cpu", "1.0+cpu"),
        ("a===1.0", "1.0"),
        ("a==1.*", None),
        ("a>=1.0", None),
        ("a==1.0,!=1.1", None),
        ("a", None),
    ],
)
def test_only_an_exact_version_is_a_pin(text: str, pin: str | None) -> None:
    assert read_specifier(text, "x:1").pin == pin


@pytest.mark.parametrize(
    "url", ["https://host.example/a.whl", "git+https://host.example/a@v1", "file:///tmp/a"]
)
def test_a_direct_reference_has_no_versions(url: str) -> None:
    read = read_specifier(f"a[x] @ {url} ; python_version > '3'", "x:1")
    assert (read.name, read.url, read.requirement) == ("a", url, "")


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "a b", "a;b", "a\n", "$(id)", "--index-url", "ä", "a" * 300]
)
def test_names_that_no_index_has(name: str) -> None:
    with pytest.raises(VersionError):
        normalise(name)


@pytest.mark.parametrize(("name", "wanted"), [("A.B_c", "a-b-c"), ("x", "x"), ("a__b--c", "a-b-c")])
def test_names_are_normalised(name: str, wanted: str) -> None:
    assert normalise(name) == wanted
    assert normalise(normalise(name)) == wanted


@given(st.text(alphabet="ab1.-_[](){}<>=!~,;@ '\"$/\t", max_size=40))
def test_agrees_with_packaging(text: str) -> None:
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        with pytest.raises(ManifestError):
            read_specifier(text, "x:1")
        return
    try:
        read = read_specifier(text, "x:1")
    except VersionError:
        return
    assert set(filter(None, (part.strip().replace(" ", "") for part in read.requirement.split(",")))) == {
        part.replace(" ", "") for part in str(wanted.specifier).split(",") if part
    }


PLAIN = ("a", "a==1", "A_b.c >= 1.0 , < 2", "a<1,!=0.5", "x1>0", "a==1.0.0.0", "a ==1", "a>=1,<2")
ODD = (
    "a_",
    "a-",
    "a==1,",
    "a=1",
    "a==1 2",
    "a,b",
    "a==",
    "a==1,,b",
    "a === 1 ,",
    "a<>1",
    "a~=1",
    "a==1;",
    "a= =1",
)


@pytest.mark.parametrize("text", PLAIN)
def test_plain_requirements_are_read_as_the_parser_reads_them(text: str) -> None:
    found, told = read_specifier(text, "x:1"), Requirement(text)
    assert found.name == normalise(told.name)
    assert SpecifierSet(found.requirement) == told.specifier
    assert text[found.start :].startswith(found.requirement)


@pytest.mark.parametrize("text", ODD)
def test_what_is_nearly_plain_is_refused_or_read_by_the_parser(text: str) -> None:
    try:
        expected = str(Requirement(text).specifier)
    except InvalidRequirement:
        expected = "refused"
    try:
        found = str(SpecifierSet(read_specifier(text, "x:1").requirement))
    except ManifestError:
        found = "refused"
    assert found in (expected, "refused")
    assert found == expected or text in ("a_", "a-")
