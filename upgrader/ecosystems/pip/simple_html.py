"""The links of a PEP 503 page: quickly where the page is written plainly, by an HTML parser where it is not."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from msgspec import Struct, field

_PLAIN = re.compile(rb'<a\s+href="([^"#?]*+)[^"]*+"((?:\s+[a-zA-Z-]++(?:="[^"]*+")?)*+)\s*+>')
_ANY = re.compile(rb"<a[\s>/]", re.IGNORECASE)
_HIDING = re.compile(rb"<(?:!--|!\[|script|style|textarea|template)", re.IGNORECASE)
"""Where a link may stand that is none."""
_YANKED = re.compile(rb'\sdata-yanked(?:="([^"]*)")?')
_RUNTIME = b'data-requires-python="'
_TIME = b'data-upload-time="'


class IndexFile(Struct, frozen=True):
    """One file of a package as its index describes it."""

    filename: str
    requires_python: str | None = field(default=None, name="requires-python")
    upload_time: str | None = field(default=None, name="upload-time")
    """PEP 700 has it in JSON only; some indexes write `data-upload-time` in HTML."""
    yanked: bool | str = False


class IndexPage(Struct, frozen=True):
    """The files of a package."""

    files: list[IndexFile]
    name: str = ""
    """As the page says it, "" where it does not."""


def read_anchors(body: bytes) -> list[IndexFile]:
    """Every link that has an address. Raises UnicodeDecodeError for a page that is not UTF-8."""
    found = _PLAIN.findall(body)
    if len(found) == len(_ANY.findall(body)) and not _HIDING.search(body):
        return _read_plain(found)
    anchors = _Anchors()
    anchors.feed(body.decode("utf-8"))
    anchors.close()
    return anchors.files


def _read_plain(found: list[tuple[bytes, bytes]]) -> list[IndexFile]:
    """Pages of 20,000 links are real: nothing is looked at twice."""
    runtimes: dict[bytes, str] = {}
    files = []
    for path, rest in found:
        filename = path[path.rfind(b"/") + 1 :].decode("utf-8")
        if "%" in filename or "&" in filename:
            filename = unquote(unescape(filename))
        runtime = None
        written = _value(rest, _RUNTIME)
        if written is not None:
            runtime = runtimes.get(written)
            if runtime is None:
                runtime = runtimes[written] = unescape(written.decode("utf-8"))
        time = _value(rest, _TIME)
        yanked = _yanked(rest) if b"data-yanked" in rest else False
        files.append(IndexFile(filename, runtime, time.decode("utf-8") if time else None, yanked))
    return files


def _value(rest: bytes, name: bytes) -> bytes | None:
    """The value behind `name="`, None where it does not stand."""
    start = rest.find(name)
    if start < 0:
        return None
    start += len(name)
    return rest[start : rest.find(b'"', start)]


def _yanked(rest: bytes) -> bool | str:
    """PEP 592: the attribute alone means yanked, its value is the reason."""
    found = _YANKED.search(rest)
    return (unescape((found[1] or b"").decode("utf-8")) or True) if found else False


class _Anchors(HTMLParser):
    """Collects the links of any page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.files: list[IndexFile] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what the anchor says of its file."""
        told = dict(attrs)
        if tag != "a" or not told.get("href"):
            return
        path = urlsplit(told["href"] or "").path
        self.files.append(
            IndexFile(
                filename=unquote(path.rpartition("/")[2]),
                requires_python=told.get("data-requires-python"),
                upload_time=told.get("data-upload-time"),
                yanked=(told.get("data-yanked") or True) if "data-yanked" in told else False,
            )
        )
