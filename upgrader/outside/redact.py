"""Takes secrets out of text before it reaches a log or a report, and control characters out of foreign text."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

_HIDDEN = "[redacted]"
_SHORTEST = 4
"""Shorter values are no secrets worth destroying a report for."""
_TOKENS = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{20,}|pypi-[\w-]{16,}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}|xox[abprs]-[\w-]{10,}|sk-[A-Za-z0-9_-]{20,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_KEYED = re.compile(
    r"(?i)((?:_auth(?:token)?|_password|authorization|proxy-authorization|x-api-key)[\"']?\s*[:=]\s*[\"']?"
    r"(?:(?:bearer|basic|token)\s+)?)[^\s\"',;]+"
)
_USERINFO = re.compile(r"(?<=://)[^/?#\s@\"'<>]+@")
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]"  # CSI
    # OSC, DCS, SOS, PM, APC, up to their end
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|(?=\x1b)|\Z)"
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` without the secrets: as they are, in base64, URL-encoded, or broken by line wraps.

    Users and passwords inside addresses, and what looks like a token of a known service, go too.
    """
    wanted = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
    if wanted:
        forms = sorted(wanted, key=lambda form: (-len(form), form))
        text = re.sub("|".join(map(_wrapped, forms)), _HIDDEN, text)
    text = _USERINFO.sub(f"{_HIDDEN}@", text)
    return _TOKENS.sub(_HIDDEN, _KEYED.sub(rf"\1{_HIDDEN}", text))


def strip_controls(text: str) -> str:
    """Return text that a terminal or a page only shows: no C0/C1 (tab and newline stay), ANSI, bidi or zero-width."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))


def _forms(secret: str) -> Iterator[str]:
    yield from (
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        quote(secret, safe="").lower(),
    )
    raw = secret.encode("utf-8", "surrogateescape")
    yield raw.hex()
    for lead in range(3):
        # A secret inside a longer base64 text (`user:secret`) starts at one of three places of a 4-character group;
        # the first and the last group depend on the neighbours, what lies between does not.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            inner = encode(b"\0" * lead + raw).decode().rstrip("=")
            core = inner[(0, 2, 3)[lead] : len(inner) - (1 if (len(raw) + lead) % 3 else 0)]
            if len(core) >= 2 * _SHORTEST:
                yield core


def _wrapped(form: str) -> str:
    return r"(?:\r?\n[ \t]*)?".join(map(re.escape, form))
