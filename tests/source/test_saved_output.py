"""Saved output of other tools: decoded whichever shell saved it, and never half read."""

import pytest

from upgrader.errors import InputError
from upgrader.source.saved_output import clean_text, json_documents

TEXT = '{"left-pad": {"latest": "2.0.0"}, "é": 1}\n'


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode(),
        f"\x1b[31m{TEXT[:5]}\x1b[0m{TEXT[5:]}".encode(),
        f"\x1b]8;;https://docs.example\x07{TEXT[:5]}\x1b]8;;\x1b\\{TEXT[5:]}\x1b[K".encode(),
    ],
)
def test_every_shell_saves_the_same_text(data: bytes) -> None:
    assert clean_text(data, "saved.json") == TEXT


def test_joined_files_and_progress_lines() -> None:
    assert clean_text("{}\n\ufeff{}\n".encode("utf-8-sig"), "x") == "{}\n{}\n"
    assert json_documents(clean_text(b"fetching\rfetched\r{}\n", "x")) == [{}]


@pytest.mark.parametrize("data", [b"{\xff}", TEXT.encode("utf-16")[:-1], TEXT.encode("latin-1")])
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"saved\.json: byte \d+ is not utf"):
        clean_text(data, "saved.json")


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("", []),
        ("nothing here\n", []),
        ("[notice] A new release of pip is available\n", []),
        ("[WARN] {curly} words\n  [2026-01-01 12:00] log\n", []),
        ("{curly} words\n", []),
        ("{}", [{}]),
        ("[]\n", [[]]),
        ('  {"a": 1}\n', [{"a": 1}]),
        ('npm warn config x\n{"a": 1}\nfound 0 {vulnerabilities}\n', [{"a": 1}]),
        ('[notice] pip\n[{"name": "x"}]\n[notice] pip\n', [[{"name": "x"}]]),
        ('{"a": 1}{"b": 2} [{"c": 3}]\n{"d": 4}', [{"a": 1}, {"b": 2}, [{"c": 3}], {"d": 4}]),
        ('{\n\t"Path": "m"\n}\n{\n\t"Path": "n"\n}\n', [{"Path": "m"}, {"Path": "n"}]),
        ('{"type":"info"}\n\n\nwords\n{"type":"table"}\n', [{"type": "info"}, {"type": "table"}]),
        ('{"a": "line\\n{"}\n', [{"a": "line\n{"}]),
        ('["a"]', [["a"]]),
        ('[["a"]]', [[["a"]]]),
    ],
)
def test_documents(text: str, documents: list[object]) -> None:
    assert json_documents(text) == documents


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[",
        '{"a": 1',
        '{"a": {"b": 2}\n',
        '[{"name": "x"},',
        '[\n  {"name": "x"},\n',
        'warning\n{"a": 1}\n{"b":',
        '{"a" 1}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a":' * 100_000,
        "[" * 100_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_document_that_breaks_off_is_an_error(text: str) -> None:
    with pytest.raises(InputError, match=r"line \d+: not a whole JSON document"):
        json_documents(text)


def test_the_line_of_the_broken_document_is_named() -> None:
    with pytest.raises(InputError, match="line 3"):
        json_documents('words\n{"a": 1}\n{"b"')
