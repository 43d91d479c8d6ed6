"""JSON spans: equal to `json.loads`, exact to the byte; what is not JSON is a ManifestError with its line."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upgrader.errors import ManifestError
from upgrader.source.json_spans import DEEPEST, LARGEST, json_values, read_json
from upgrader.source.spans import Value

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner), max_leaves=30
)


def leaves(document: Any, keys: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    if isinstance(document, dict):
        return [leaf for key, value in document.items() for leaf in leaves(value, (*keys, key))]
    if isinstance(document, list):
        return [leaf for index, value in enumerate(document) for leaf in leaves(value, (*keys, index))]
    return [(keys, document)]


@settings(max_examples=200, deadline=None)
@given(
    document=documents,
    indent=st.sampled_from([None, 0, 2, "\t"]),
    ascii_only=st.booleans(),
    bom=st.booleans(),
)
def test_values_equal_json_loads_and_spans_are_exact(
    document: Any, indent: Any, ascii_only: bool, bom: bool
) -> None:
    written = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "replace")
    text = (b"\xef\xbb\xbf" if bom else b"") + written
    document = json.loads(written)
    values = json_values(text, "x.json")
    assert [(value.keys, value.value) for value in values] == leaves(document)
    for value in values:
        assert json.loads(text[value.start : value.end]) == value.value
        assert value.line == text.count(b"\n", 0, value.start) + 1


SAME = [
    pytest.param(b"1", id="a lone number"),
    pytest.param(b' "x" ', id="a lone string with blanks"),
    pytest.param(b"{}", id="an empty object"),
    pytest.param(b"[ ]", id="an empty array"),
    pytest.param(b'{ "a" : [ ] , "b" : { } }', id="blanks everywhere"),
    pytest.param(b'{\r\n\t"a": 1\r\n}\r\n', id="CRLF and tabs"),
    pytest.param(b'{"a\\u0062\\n": "\\ud83d\\ude00 \\/ \\""}', id="escapes in key and value"),
    pytest.param(
        '{"ключ": ["日本", -0, -1.5e-3, 1E5, true, false, null]}'.encode(), id="not ASCII, every kind"
    ),
    pytest.param(b'{"__proto__": {"constructor": "x"}, "": ""}', id="odd keys"),
    pytest.param(b"[1e999, 123456789012345678901234567890]", id="large numbers"),
]


@pytest.mark.parametrize("text", SAME)
def test_reads_what_json_reads(text: bytes) -> None:
    found = [(value.keys, value.value) for value in json_values(text, "x.json")]
    assert found == leaves(json.loads(text)) or json.loads(text) in ({}, [], {"a": [], "b": {}})


BAD = [
    pytest.param(b"", 1, id="empty"),
    pytest.param(b"\n\n", 3, id="only blanks"),
    pytest.param(b'{"a": 1}\n{}', 2, id="trailing document"),
    pytest.param(b'{"a": 1}\n x', 2, id="trailing garbage"),
    pytest.param(b'{\n"a": 1,\n"a": 2}', 3, id="duplicate key"),
    pytest.param(b'{\n"a": 1,\n"\\u0061": 2}', 3, id="duplicate key, once escaped"),
    pytest.param(b'{\n"a": 1,}', 2, id="trailing comma"),
    pytest.param(b"[1,\n]", 2, id="trailing comma in an array"),
    pytest.param(b'{"a"\n1}', 1, id="no colon"),
    pytest.param(b'{"a": 1\n"b": 2}', 1, id="no comma"),
    pytest.param(b'{"a": [1}', 1, id="wrong bracket"),
    pytest.param(b"[1}", 1, id="wrong brace"),
    pytest.param(b"{]", 1, id="object closed as array"),
    pytest.param(b"[}", 1, id="array closed as object"),
    pytest.param(b'{"a": ', 1, id="breaks off"),
    pytest.param(b'{"a": "x', 1, id="string breaks off"),
    pytest.param(b'{"a": "x\ny"}', 1, id="newline in a string"),
    pytest.param(b'{"a": "\\x41"}', 1, id="unknown escape"),
    pytest.param(b'{"a": "\\u12"}', 1, id="short escape"),
    pytest.param(b"{'a': 1}", 1, id="single quotes"),
    pytest.param(b"{a: 1}", 1, id="bare key"),
    pytest.param(b'// c\n{"a": 1}', 1, id="comment"),
    pytest.param(b"[NaN]", 1, id="NaN"),
    pytest.param(b"[-Infinity]", 1, id="Infinity"),
    pytest.param(b"[01]", 1, id="leading zero"),
    pytest.param(b"[1.]", 1, id="no digits after the point"),
    pytest.param(b"[+1]", 1, id="plus sign"),
    pytest.param(b"[nulll]", 1, id="misspelt word"),
    pytest.param(b'{"a":\n"\xff"}', 2, id="not UTF-8"),
    pytest.param(b'{"a":\n"\xed\xa0\x80"}', 2, id="a surrogate in UTF-8"),
    pytest.param(b"\xff\xfe{\x00}\x00", 1, id="UTF-16"),
    pytest.param(b"\n[" + b"9" * 5000 + b"]", 2, id="5000 digits"),
    pytest.param(b"[" * (DEEPEST + 1), 1, id="too deep, arrays"),
    pytest.param(b'{"a":' * 100_000, 1, id="far too deep, objects"),
    pytest.param(b"[" * 100_000 + b"]" * 100_000, 1, id="far too deep, closed"),
]


@pytest.mark.parametrize(("text", "line"), BAD)
def test_refuses_what_is_not_json(text: bytes, line: int) -> None:
    with pytest.raises(ManifestError) as caught:
        json_values(text, "app/x.json")
    assert caught.value.message.startswith(f"app/x.json:{line}: ")
    assert len(caught.value.message) < 300


def test_a_huge_file_is_refused_unread() -> None:
    with pytest.raises(ManifestError, match=r"^big\.json:1: larger than 64 MiB"):
        json_values(bytes(LARGEST + 1), "big.json")


def test_a_lone_surrogate_reads_as_the_replacement_character() -> None:
    assert json_values(b'["\\ud800"]', "x")[0].value == "\ufffd"


def test_one_value_in_full() -> None:
    text = b'{\n  "a": {"b": [1, "two"]}\n}\n'
    assert json_values(text, "x")[1] == Value(keys=("a", "b", 1), value="two", start=19, end=24, line=2)
    assert json_values(text, "x")[1].path == "a.b[1]"


def test_lines_of_objects_and_arrays() -> None:
    read = read_json(b'{\n"a":\n {"b": [\n[]]},\n"c": []}', "x")
    assert read.lines == {(): 1, ("a",): 2, ("a", "b"): 3, ("a", "b", 0): 4, ("c",): 5}
    assert read.arrays == {("a", "b"), ("a", "b", 0), ("c",)}


def test_deep_but_legal() -> None:
    assert len(json_values(b"[" * (DEEPEST - 1) + b"1" + b"]" * (DEEPEST - 1), "x")) == 1


def test_hostile_strings_take_no_more_than_their_length() -> None:
    """Patterns are possessive: a million backslashes or quotes can't make them go back."""
    for text in (
        b'"' + b"\\\\" * 1_000_000,
        b'{"' + b"a\\" * 500_000,
        b" " * 2_000_000,
        b'["' + b"x" * 2_000_000,
    ):
        with pytest.raises(ManifestError):
            json_values(text, "x")


def test_of_a_repeated_key_the_last_counts_when_asked_for() -> None:
    text = b'{"a": {"b": 1, "c": [1]},\n"d": 0, "a": {"b": 2,\n"b": [3]}, "e": [{"x": 1, "x": 2}]}'
    read = read_json(text, "f", last_counts=True)
    assert [(value.keys, value.value) for value in read.values] == [
        (("d",), 0),
        (("a", "b", 0), 3),
        (("e", 0, "x"), 2),
    ]
    assert read.repeated == ((("a",), 2), (("a", "b"), 3), (("e", 0, "x"), 3))
    assert (("a", "c") in read.lines, read.arrays) == (False, frozenset({("a", "b"), ("e",)}))


def test_too_many_repeated_keys_are_refused() -> None:
    text = b"{" + b", ".join([b'"a": 1'] * 200) + b"}"
    with pytest.raises(ManifestError, match="stands twice"):
        read_json(text, "f", last_counts=True)
