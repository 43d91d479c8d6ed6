"""Inline tables over lines are put on one line without moving a byte; everything else stays as it is."""

import tomllib

import pytest

from upgrader.errors import ManifestError
from upgrader.source.toml_spans import read_toml
from upgrader.source.toml_tables import on_one_line

SAME = [
    b"",
    b'a = { b = "}" }\n',
    b"a = [ # {\n  1,\n  { b = 1 },\n]\n",
    b"a = \"\"\"{\n,\n}\"\"\"\nb = '''{\n}'''\n",
    b"# { a,\nb = 1\n[c]\n[[d]]\n",
    b"a = '{'\n\"{\" = 1\n",
]


@pytest.mark.parametrize("text", SAME)
def test_what_is_on_one_line_stays(text: bytes) -> None:
    assert on_one_line(text) == text


LINES = [
    pytest.param(b"a = {\n b = 1,\n c = 2\n}\n", {"a": {"b": 1, "c": 2}}, id="lines"),
    pytest.param(b"a = { b = 1, }\r\n", {"a": {"b": 1}}, id="a last comma"),
    pytest.param(b"a = {\r\n b = 1, # c }\r\n}\r\n", {"a": {"b": 1}}, id="a comment behind the last comma"),
    pytest.param(b"a = {\n # only\n}\n", {"a": {}}, id="a comment alone"),
    pytest.param(b"a = { b = [\n 1,\n # two\n 2,\n], }\n", {"a": {"b": [1, 2]}}, id="a list inside"),
    pytest.param(b"a = [ { b = 1,\n }, {\n}, ]\n", {"a": [{"b": 1}, {}]}, id="inside a list"),
    pytest.param(b"a = { b = {\n c = ',', },\n}\n", {"a": {"b": {"c": ","}}}, id="nested"),
    pytest.param(b'a = {\n "}" = """\n{,}\n""",\n}\n', {"a": {"}": "{,}\n"}}, id="a long string inside"),
]


@pytest.mark.parametrize(("text", "meant"), LINES)
def test_lines_commas_and_comments_become_blanks(text: bytes, meant: dict[str, object]) -> None:
    plain = on_one_line(text)
    assert len(plain) == len(text)
    assert tomllib.loads(plain.decode()) == meant
    read = read_toml(text, "f")
    assert read.document == meant
    for value in read.values:
        assert text.count(b"\n", 0, value.start) + 1 == value.line
        assert tomllib.loads(f"x = {text[value.start : value.end].decode()}")["x"] == value.value


@pytest.mark.parametrize(
    "text", [b"a = {\n", b"a = { b = 1 c = 2\n}", b"a = {,\n}", b"}\n{", b"a = { b = 1,, }"]
)
def test_what_is_no_toml_stays_none(text: bytes) -> None:
    with pytest.raises(ManifestError, match=r"^f:\d+: "):
        read_toml(text, "f")
