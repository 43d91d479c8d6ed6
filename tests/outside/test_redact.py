"""Secrets and control characters: what goes, and what must stay."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgrader.outside.redact import redact, strip_controls

SECRET = "S3cret/Value+with=odd chars"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain words, 100% fine",
        "lodash 4.17.20 -> 4.17.21",
        "https://registry.example/npm_/left-pad?x=1",
        "user@example.org wrote https://example.org/a@b",
        "@scope/name@1.2.3",
        "ghp_short and npm_run and pypi-name",
        "sha512-" + "a" * 86,
        "git+ssh://host/x",
        "3d0941964aa3ebdcc00ccb89b1ea92d9b8d7f7bb",
        "authorization is needed for this package",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text, [SECRET]) == text


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"user:{SECRET}".encode()).decode(),
        base64.b64encode(f"u:{SECRET}".encode()).decode(),
        base64.b64encode(f"us:{SECRET} tail".encode()).decode(),
        SECRET[:9] + "\n" + SECRET[9:],
        SECRET[:9] + "\r\n    " + SECRET[9:],
        SECRET.encode().hex(),
    ],
    ids=[
        "plain",
        "url",
        "url-path",
        "base64",
        "base64url",
        "basic-3",
        "basic-2",
        "basic-tail",
        "wrap",
        "indent",
        "hex",
    ],
)
def test_known_secrets_go_in_every_form(form: str) -> None:
    left = redact(f"before {form} after", [SECRET])
    assert "[redacted]" in left
    assert left.startswith("before ")
    assert left.endswith(" after")
    assert "S3cret" not in left
    assert form[4:-6] not in left


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://me:pw@registry.example/x", "https://[redacted]@registry.example/x"),
        ("git clone https://tok3n@git.example/a.git", "git clone https://[redacted]@git.example/a.git"),
        ("//registry.example/:_authToken=abcdef", "//registry.example/:_authToken=[redacted]"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"),
        ("key ghp_" + "a" * 36 + ".", "key [redacted]."),
        ("github_pat_" + "a" * 60, "[redacted]"),
        ("npm_" + "A1" * 18, "[redacted]"),
        ("pypi-AgEIcHlwaS5vcmc" + "x" * 40, "[redacted]"),
        ("AKIA" + "ABCDEFGH12345678", "[redacted]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nrest", "[redacted]\nrest"),
    ],
    ids=["userinfo", "token-url", "npmrc", "header", "ghp", "pat", "npm", "pypi", "aws", "pem"],
)
def test_what_looks_like_a_secret_goes(text: str, expected: str) -> None:
    assert redact(text) == expected


@given(
    st.text(min_size=8, max_size=40).filter(lambda s: s.strip() == s and "redacted" not in s),
    st.text(),
    st.text(),
)
def test_no_secret_survives(secret: str, before: str, after: str) -> None:
    try:
        secret.encode()
    except UnicodeEncodeError:
        return
    assert (
        secret not in redact(f"{before}{secret}{after}", [secret]).replace("[redacted]", "")
        or secret in before + after
    )


@pytest.mark.parametrize(
    "text",
    ["", "plain\ttext\n", "ünïcödé ☃ 日本 العربية", "[red]markup[/red]", "a" * 50_000, "e\u0301", "👍"],
)
def test_visible_text_stays(text: str) -> None:
    assert strip_controls(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\x1b]52;c;Zm9v", "a"),
        ("\x9b31mred", "red"),
        ("a\x00b\x08c\x7fd\x85e", "abcde"),
        ("over\rwrite", "overwrite"),
        ("line\r\nend", "line\nend"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("a\u200bb\u2060c\ufeffd\u00ade", "abcde"),
        ("\U000e0041tag", "tag"),
        ("\x1b", ""),
        ("\x1bPdcs\x1b\\ok", "ok"),
    ],
)
def test_control_characters_go(text: str, expected: str) -> None:
    assert strip_controls(text) == expected


@given(st.text())
def test_nothing_that_moves_a_cursor_is_left(text: str) -> None:
    left = strip_controls(text)
    assert not [char for char in left if (ord(char) < 32 and char not in "\t\n") or 127 <= ord(char) < 160]
    assert strip_controls(left) == left
