"""Spans of TOML values against `tomllib`: tricky tables, generated documents, and files that are no TOML."""

from __future__ import annotations

import datetime
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upgrader.errors import ManifestError
from upgrader.source.toml_spans import LARGEST, read_toml, toml_document, toml_values

Keys = tuple[str | int, ...]


def leaves(node: object, keys: Keys = ()) -> dict[Keys, object]:
    """Every scalar of what tomllib read, by its path."""
    if isinstance(node, dict):
        return {
            path: leaf for key, inner in node.items() for path, leaf in leaves(inner, (*keys, key)).items()
        }
    if isinstance(node, list):
        return {
            path: leaf for at, inner in enumerate(node) for path, leaf in leaves(inner, (*keys, at)).items()
        }
    return {keys: node}


def held_against_tomllib(text: bytes) -> None:
    document = tomllib.loads(text.decode())
    values = toml_values(text, "a.toml")
    wanted = leaves(document)
    assert {value.keys for value in values} == set(wanted)
    assert len(values) == len(wanted)
    end = 0
    for value in values:
        span = text[value.start : value.end]
        leaf = wanted[value.keys]
        alone = tomllib.loads("a = " + span.decode())["a"]
        assert repr(alone) == repr(leaf)
        if isinstance(leaf, (datetime.date, datetime.time)):
            assert value.value == span.decode()
        else:
            assert type(value.value) is type(leaf)
            assert repr(value.value) == repr(leaf)
        assert value.line == text.count(b"\n", 0, value.start) + 1
        assert value.start >= end
        end = value.end


TRICKY = {
    "empty": "",
    "only comments": "# [a]\n  # b = 1",
    "empty containers": "a = []\nb = {}\n[c]\n[[d]]\n[[d]]\n",
    "comment after value": 'a = "x" # "y"\nb=1#c\n',
    "hash in strings": "a = \"#\"\nb = '#'\n",
    "dotted": 'foo.version = "1"\nfoo.features = ["x"]\n"a.b".c = 1\n',
    "spaces around dots": "a . b  .c\t=\t1\n[ x . y ]\nz = 2\n[[ q . r ]]\ns = 3",
    "quoted keys": '"" = 1\n\'a"b\' = 1\n"\\u00e9\\"" = 2\n',
    "inline": 'serde = { version = "1.0", features = ["derive", "rc"], default-features = false }',
    "inline dotted": "a = { b.c = 1, b.d = 2, 'e' = { f = [ { g = 1 }, { g = 2 } ] } }",
    "arrays over lines": 'a = [\n  "x", # one, ]\n  [ 1, 2, ], # two\n  # ]\n  {b = "]"},\n]\nc = 1\n',
    "arrays of tables": '[[a]]\nv="1"\n[a.b]\nv="2"\n[[a.c]]\nv="3"\n[[a.c]]\nv="4"\n[[a]]\nv="5"\n[[a.c]]\nv="6"\n',
    "header below array of tables": "[[a]]\n[a.x.y]\nz = 1\n[[a]]\n[a.x]\ny.z = 2\n",
    "super table last": "[a.b]\nc = 1\n[a]\nd = 2\n",
    "multi-line basic": 'a = """\nx\n"" "y\\"\\\n   z"""\nb = """"q"""""\nc = """"""\nd = 1\n',
    "multi-line literal": "a = '''\nx \\ ''y'\n'''\nb = ''''q'''''\nc = ''''''\nd = 1\n",
    "looks like toml in a string": "a = '''\n[b]\nc = 1\n'''\n[d]\ne = 1\n",
    "numbers": "a = 0xDEAD_beef\nb = 0o17\nc = 0b1\nd = -1_000\ne = +1.5e-3\nf = -inf\ng = nan\nh = 1e400\n",
    "booleans": "a = true\nb = [false,true]\n",
    "dates": "a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00.999+01:00\nc = 1979-05-27 # x\nd = 07:32:00\n"
    "e = [1979-05-27 07:32:00, 1979-05-27, 1979-05-27]\n",
    "letters of all widths": 'a = "é€😀" # ü\n"é" = "x"\nb = "y"\n',
    "no last newline": "a = 1",
    "blank start": "\n\n \t\na = 1",
    "largest ints": "a = 9223372036854775807\nb = -9223372036854775808\n",
}


@pytest.mark.parametrize("name", TRICKY)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_tricky(name: str, end: str) -> None:
    held_against_tomllib(TRICKY[name].replace("\n", end).encode())


def test_places_are_exact() -> None:
    text = b'[dependencies]\r\nserde = { version = "1.0", features = [\r\n "rc" ] }\r\n'
    version, feature = toml_values(text, "Cargo.toml")
    assert version.path == "dependencies.serde.version"
    assert (version.start, version.end, version.line) == (36, 41, 2)
    assert text[version.start : version.end] == b'"1.0"'
    assert (feature.path, feature.line) == ("dependencies.serde.features[0]", 3)


def test_lines_of_keys() -> None:
    text = b"[a]\nb.c = 1\nb.d = {}\n[[e]]\n[[e]]\nf = { g = 1 }\n[a.h]\n[i]\n"
    assert read_toml(text, "a.toml").lines == {
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "b", "c"): 2,
        ("a", "b", "d"): 3,
        ("e",): 4,
        ("e", 0): 4,
        ("e", 1): 5,
        ("e", 1, "f"): 6,
        ("e", 1, "f", "g"): 6,
        ("a", "h"): 7,
        ("i",): 8,
    }


BROKEN = {
    "no value": (b"a = 1\nb =\n", "a.toml:2: not TOML: "),
    "breaks off": (b'a = 1\nb = """x\ny', "a.toml:3: not TOML: "),
    "twice": (b"a = 1\na = 2\n", "a.toml:2: not TOML: "),
    "table twice": (b"[a]\n[b]\n[a]\n", "a.toml:3: not TOML: "),
    "not utf-8": (b"a = 1\nb = '\xff'\n", "a.toml:2: byte 11 is not UTF-8."),
    "utf-16": ("a = 1".encode("utf-16"), "a.toml:1: byte 0 is not UTF-8."),
    "bom": (b"\xef\xbb\xbfa = 1\n", "a.toml:1: begins with a byte order mark."),
    "nul": (b"a = '\x00'\n", "a.toml:1: not TOML: "),
    "bare carriage return": (b"a = 1\rb = 2\n", "a.toml:1: not TOML: "),
    "deep arrays": (b"a = " + b"[" * 100_000, "a.toml:1: arrays or tables nest too deep."),
    "deep tables": (b"a = " + b"{a = " * 100_000, "a.toml:1: arrays or tables nest too deep."),
    "deep header": (b"x = 1\n[" + b"a." * 1_000_000 + b"a]", "a.toml:2: a key of more than 32 parts."),
    "deep key": (b"x = 1\n" + b"'a'. " * 1_000_000 + b"a = 1", "a.toml:2: a key of more than 32 parts."),
    "decimal of 5000 digits": (b"b = 1\na = " + b"9" * 5000, "a.toml:2: a number is too large."),
    "hex of 5000 digits": (b"a = 0x" + b"9" * 5000, "a.toml:1: a number is too large."),
    "65 bits": (b"a = [\n9223372036854775808]", "a.toml:2: a number is too large."),
    "larger than is read": (b"#" * (LARGEST + 1), "a.toml:1: larger than 8 MiB."),
    "deep and long": (
        b"a = " + b"[" * 300 + b"1," * 20_000 + b"]" * 300,
        "a.toml:1: too many nested values.",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken(name: str) -> None:
    text, message = BROKEN[name]
    with pytest.raises(ManifestError) as fault:
        toml_values(text, "a.toml")
    assert fault.value.message.startswith(message)
    assert fault.value.advice


@settings(max_examples=60)
@given(st.binary(max_size=60) | st.text("a=[]{}\"'.,\\\n#1 ", max_size=30).map(str.encode))
def test_any_bytes_give_values_or_a_typed_error(text: bytes) -> None:
    try:
        toml_document(text, "a.toml")
    except ManifestError:
        return
    held_against_tomllib(text)


def test_a_large_file_is_read() -> None:
    held_against_tomllib(b'[[package]]\nname = "a"\ndependencies = [\n "b",\n "c 1.0.0",\n]\n' * 4000)


BLANK = st.sampled_from(["", " ", "\t", "  "])
ENDS = st.sampled_from(["\n", "\r\n", " # c = [\n", "\n\n# d\n", " #\r\n"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6)
QUOTES = st.sampled_from(['a"b', 'x""y', "it's", "#", "]", "}", "\\n", "€"])


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


STRINGS = st.one_of(
    (TEXTS | QUOTES).map(lambda text: f'"{escaped(text)}"'),
    (TEXTS | QUOTES).map(lambda text: "'" + text.replace("'", "") + "'"),
    (TEXTS | QUOTES).map(lambda text: f'"""\n{escaped(text)}\n"" \\\r\n  x"""""'),
    TEXTS.map(lambda text: "'''" + text.replace("'", "") + "\r\n''a''''"),
)
SCALARS = st.one_of(
    STRINGS,
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["true", "false", "inf", "-nan", "0xff", "1_0.0_1", "07:32:00", "1979-05-27"]),
    st.datetimes(min_value=datetime.datetime(1970, 1, 1)).map(lambda when: when.isoformat(" ")),
)
NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,3}", fullmatch=True)
KEYS = NAMES | NAMES.map(lambda name: f"'{name}.'") | QUOTES.map(lambda text: f'"{escaped(text)}"')


@st.composite
def arrays(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    parts = [
        draw(BLANK) + draw(inner) + draw(BLANK) + draw(st.sampled_from([",", ",\n", ", # x,\r\n"]))
        for _ in range(draw(st.integers(0, 3)))
    ]
    return f"[{draw(BLANK)}{''.join(parts)}]"


@st.composite
def inline_tables(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    keys = draw(st.lists(KEYS, max_size=3, unique_by=lambda key: str(tomllib.loads(f"{key}=1"))))
    dot = draw(st.sampled_from(["", ".x", " . 'y'"]))
    return "{" + ", ".join(f"{key}{dot}{draw(BLANK)}={draw(BLANK)}{draw(inner)} " for key in keys) + "}"


VALUES = st.recursive(SCALARS, lambda inner: arrays(inner) | inline_tables(inner), max_leaves=6)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Headers of every kind, each with its own first part so that no two statements clash."""
    text = draw(BLANK)
    for number in range(draw(st.integers(0, 4))):
        header = draw(
            st.sampled_from(
                ["", f"[t{number}]", f"[ t{number} . 'x.y' ]", "[[a]]", "[[a . b]]", f"[a.s{number}]"]
            )
        )
        if header.startswith(("[[a . b", "[a.s")) and "[[a]]" not in text:
            header = "[[a]]"
        if header:
            text += header + draw(ENDS)
        for key in range(draw(st.integers(0, 3))):
            name = f"k{number}_{key}" + draw(st.sampled_from(["", ".x", ' . "y z"']))
            text += f"{draw(BLANK)}{name}{draw(BLANK)}={draw(BLANK)}{draw(VALUES)}{draw(ENDS)}"
    return text


@settings(max_examples=150, deadline=None)
@given(documents())
def test_generated_documents(text: str) -> None:
    held_against_tomllib(text.encode())
