"""Lines of requirements files: joining, comments, options, encodings, and where each piece stands."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgrader.ecosystems.pip.requirements_text import LARGEST, Line, byte_offset, decode, read_lines
from upgrader.errors import ManifestError


def said(text: str) -> list[str]:
    """`line: what it asks --option=value` of every line."""
    found = []
    for line in read_lines(text, "r.txt"):
        assert isinstance(line, Line), line
        found.append(
            f"{line.number}:{line.asks}" + "".join(f" --{name}={value}" for name, value in line.options)
        )
    return found


LINES = {
    "nothing": ("", []),
    "blank and comments": ("\n  # a==1\n\t\n", []),
    "comment behind": ("a==1 # b==2\n", ["1:a==1"]),
    "hash without a blank is no comment": ("a @ https://h.example/a#b\n", ["1:a @ https://h.example/a#b"]),
    "no line end": ("a==1", ["1:a==1"]),
    "windows": ("a==1\r\nb==2\r\n", ["1:a==1", "2:b==2"]),
    "joined": ("a==1 \\\n  ; x == 'y'\nb", ["1:a==1   ; x == 'y'", "3:b"]),
    "empty before a join": ("\\\na==1\n", ["2:a==1"]),
    "comment ends a join": ("a==1 \\\n# no\nb\n", ["1:a==1", "3:b"]),
    "comment does not go on": ("# x \\\nb\n", ["2:b"]),
    "join at the end of the file": ("a==1 \\", ["1:a==1"]),
    "hashes": (
        "a==1 \\\n  --hash=sha256:00 \\\n  --hash sha256:11\n",
        ["1:a==1 --hash=sha256:00 --hash=sha256:11"],
    ),
    "short options": (
        "-r a.txt\n-rb.txt\n-c c.txt",
        ["1: --requirement=a.txt", "2: --requirement=b.txt", "3: --constraint=c.txt"],
    ),
    "long options": (
        "--requirement=a.txt\n--constraint b.txt",
        ["1: --requirement=a.txt", "2: --constraint=b.txt"],
    ),
    "abbreviated as optparse allows": ("--requirem a.txt\n", ["1: --requirement=a.txt"]),
    "quoted": ('-r "with blank.txt"\n', ["1: --requirement=with blank.txt"]),
    "flags": ("--pre --no-index\n", ["1: --pre= --no-index="]),
    "editable": ("-e ./pkg[x]\n", ["1: --editable=./pkg[x]"]),
    "index": ("-i https://h.example/simple\n", ["1: --index-url=https://h.example/simple"]),
}


@pytest.mark.parametrize(("text", "wanted"), LINES.values(), ids=LINES)
def test_lines(text: str, wanted: list[str]) -> None:
    assert said(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["--nonsense x", "-r", "--hash", "-r 'open", "--no", "-x y", "--", "-", "a==1 --flag", "a " * 40000],
)
def test_a_line_pip_refuses_stands_alone(text: str) -> None:
    first, second = read_lines(f"{text}\nb==2\n", "r.txt")
    assert isinstance(first, ManifestError)
    assert first.message.startswith("r.txt:1: ")
    assert isinstance(second, Line)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a==1\n", "a==1\n"),
        (codecs.BOM_UTF8 + b"a==1\n", "a==1\n"),
        ("a==1\n".encode("utf-16"), "a==1\n"),
        (codecs.BOM_UTF16_BE + "a==1\n".encode("utf-16-be"), "a==1\n"),
        ("a==1\n".encode("utf-32"), "a==1\n"),
        ("# -*- coding: latin-1 -*-\na==1 # é\n".encode("latin-1"), "# -*- coding: latin-1 -*-\na==1 # é\n"),
    ],
    ids=["plain", "utf-8 mark", "utf-16", "utf-16 big", "utf-32", "coding comment"],
)
def test_decodes_as_pip_does(data: bytes, text: str) -> None:
    assert decode(data, "r.txt") == text


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"a\n\xff\n", 2), (b"# coding: nonsense\n", 1), (b"\xff\xfea", 1)],
)
def test_says_where_the_encoding_breaks(data: bytes, line: int) -> None:
    with pytest.raises(ManifestError, match=rf"^r\.txt:{line}: "):
        decode(data, "r.txt")


def test_a_huge_file_is_not_read() -> None:
    with pytest.raises(ManifestError, match=r"^r\.txt:1: larger"):
        decode(b"#" * (LARGEST + 1), "r.txt")


@given(st.text(alphabet="ab=1. \\\n\r#é\t-;'\"\x0c", max_size=60))
def test_every_character_has_its_place(text: str) -> None:
    data = codecs.BOM_UTF8 + text.encode()
    assert decode(data, "r.txt") == text
    for line in read_lines(text, "r.txt"):
        if isinstance(line, ManifestError):
            continue
        for at, sign in enumerate(line.asks):
            place = line.place(at, at + 1)
            assert place is not None
            # A joined comment may lend a blank that stands nowhere.
            if sign != " ":
                assert text[place] == sign
                assert byte_offset(data, text, place) == len(codecs.BOM_UTF8) + len(text[:place].encode())


def test_a_span_that_a_line_end_cuts_has_no_place() -> None:
    (line,) = read_lines("a==1.\\\n0\n", "r.txt")
    assert isinstance(line, Line)
    assert line.asks == "a==1.0"
    assert line.place(1, 6) is None
    assert line.place(1, 4) == 1
