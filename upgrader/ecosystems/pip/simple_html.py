"""The links of a PEP 503 page: quickly where the page is written plainly, attribute by attribute where it is not."""

from __future__ import annotations

import re
from urllib.parse import unquote

from msgspec import Struct, field

_PLAIN = re.compile(rb'<a\s+href="([^"#?&]*+)(?:[#?][^"]*+)?"((?:\s+[a-zA-Z-]++(?:="[^"]*+")?)*+)\s*+>')
_ANY = re.compile(rb"<a[\s>/]", re.IGNORECASE)
_LINK = re.compile(r"""<a(?=[\s/])((?:[^<>"']|"[^"]{0,4000}+"|'[^']{0,4000}+')*+)>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z][\w:-]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++)))?""")
_YANKED = re.compile(rb'\sdata-yanked(?:="([^"]*)")?')
_RUNTIME = b'data-requires-python="'
_TIME = b'data-upload-time="'


class IndexFile(Struct, frozen=True, gc=False):
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
    if len(found) == len(_ANY.findall(body)) and b"<!--" not in body:
        return _read_plain(found)
    return _read_any(body.decode("utf-8"))


def read_digests(body: bytes) -> list[tuple[str, str]]:
    """File name and sha256 (PEP 503: `#sha256=` behind the address) of every link; "" for a link without one."""
    found = []
    for link in _LINK.finditer(_visible(body.decode("utf-8"))):
        told = {
            name.lower(): double or single or bare
            for name, double, single, bare in _ATTRIBUTE.findall(link[1])
        }
        address = _unescape(told.get("href", ""))
        if address:
            path, _, fragment = address.partition("#")
            digest = re.search(r"(?:^|&)sha256=([0-9A-Fa-f]{64})(?:&|$)", fragment)
            name = unquote(path.partition("?")[0].rpartition("/")[2])
            found.append((name, digest[1] if digest else ""))
    return found


def _read_plain(found: list[tuple[bytes, bytes]]) -> list[IndexFile]:
    """Pages of 20,000 links are real: nothing is looked at twice."""
    runtimes: dict[bytes, str] = {}
    files = []
    for path, rest in found:
        filename = path[path.rfind(b"/") + 1 :].decode()
        if "%" in filename:
            filename = unquote(filename)
        runtime = time = None
        if (start := rest.find(_RUNTIME)) >= 0:
            start += len(_RUNTIME)
            written = rest[start : rest.find(b'"', start)]
            runtime = runtimes.get(written)
            if runtime is None:
                runtime = runtimes[written] = _unescape(written.decode())
        if (start := rest.find(_TIME)) >= 0:
            start += len(_TIME)
            time = rest[start : rest.find(b'"', start)].decode()
        yanked = _yanked(rest) if b"data-yanked" in rest else False
        files.append(IndexFile(filename, runtime, time, yanked))
    return files


def _unescape(text: str) -> str:
    if "&" not in text:
        return text
    from html import unescape  # lazy: its table of names costs 2 ms at start-up

    return unescape(text)


def _yanked(rest: bytes) -> bool | str:
    """PEP 592: the attribute alone means yanked, its value is the reason."""
    found = _YANKED.search(rest)
    return (_unescape((found[1] or b"").decode("utf-8")) or True) if found else False


def _read_any(text: str) -> list[IndexFile]:
    """Links in any HTML, in time linear to the page: a hostile page must not hold a worker."""
    return [file for link in _LINK.finditer(_visible(text)) if (file := _read_link(link[1])) is not None]


def _visible(text: str) -> str:
    """The text without comments; an open one hides the rest."""
    parts = []
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        parts.append(text[at:start])
        end = text.find("-->", start + 4)
        at = end + 3 if end >= 0 else len(text)
    return "".join([*parts, text[at:]])


def _read_link(tag: str) -> IndexFile | None:
    """What a link's attributes say of its file; None without an address."""
    told: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        told.setdefault(name.lower(), _unescape(double or single or bare))
    if not told.get("href"):
        return None
    return IndexFile(
        filename=unquote(re.split("[?#]", told["href"])[0].rpartition("/")[2]),
        requires_python=told.get("data-requires-python"),
        upload_time=told.get("data-upload-time"),
        yanked=(told["data-yanked"] or True) if "data-yanked" in told else False,
    )
