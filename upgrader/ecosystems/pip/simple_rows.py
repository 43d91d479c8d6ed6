"""Pages of a simple index as the great indexes write them: all files of all versions in one pass.

Such a page has up to 20,000 files in some MiB. Whatever is written otherwise is left to `simple_html`.
"""

from __future__ import annotations

import re
from html import unescape

from msgspec import Struct

from upgrader.ecosystems.pip.file_names import version_in
from upgrader.model import PackageName

_ROW = re.compile(
    rb'<a href="(?:[^"#?&%]*/)?([^"#?&%/]++)(?:[#?][^"]*+)?"'
    rb'(?: data-requires-python="([^"]++)")?(?: data-(?:dist-info|core)-metadata="[^"]*+")*+'
    rb'( data-yanked(?:="[^"]*+")?)?(?: data-(?:dist-info|core)-metadata="[^"]*+")*+'
    rb'(?: data-upload-time="([^"]++)")?>[^<]*+</a>(<br ?/?>)?'
)
"""The file's name, what it requires, whether and why it is yanked, its upload time, and a line's end."""
_TAGS = re.compile(rb"<(?!/?(?:html|head|title|body|h1|meta)\b|!doctype)", re.IGNORECASE)


class Found(Struct, gc=False):
    """What the files of one version say together."""

    runtime: str | None
    uploaded: str | None
    withdrawn: bool
    reason: str

    def add(self, runtime: str | None, uploaded: str | None, *, withdrawn: bool) -> None:
        """One more file of the version; a good one makes the release good."""
        if self.runtime is None:
            self.runtime = runtime
        if uploaded and (self.uploaded is None or uploaded < self.uploaded):
            self.uploaded = uploaded
        if self.withdrawn and not withdrawn:
            self.withdrawn, self.reason = False, ""


def read_rows(body: bytes, name: PackageName) -> dict[str, Found] | None:
    """Version to what its files say; None for a page that is written in any other way than the usual one.

    Raises UnicodeDecodeError for a page that is not UTF-8.
    """
    rows = _ROW.findall(body)
    if not rows or not _is_whole(body, rows):
        return None
    found: dict[str, Found] = {}
    spellings = {str(name): True}
    for filename, runtime, yanked, uploaded, _ in rows:
        version = version_in(filename.decode(), name, spellings)
        known = found.get(version) if version is not None else None
        if known is not None:
            known.add(runtime.decode() or None, uploaded.decode(), withdrawn=bool(yanked))
        elif version is not None:
            found[version] = Found(
                runtime.decode() or None, uploaded.decode() or None, bool(yanked), _reason(yanked)
            )
    for facts in found.values():
        if facts.runtime and "&" in facts.runtime:
            facts.runtime = unescape(facts.runtime)
    return found


def _is_whole(body: bytes, rows: list[tuple[bytes, ...]]) -> bool:
    """Whether every tag between the first and the last row is one of theirs, and none around them can be a link."""
    start, end = body.find(b"<a href="), body.rfind(b"</a>") + len(b"</a>")
    if rows[-1][4]:
        end = body.find(b">", end) + 1
    own = 2 * len(rows) + sum(1 for row in rows if row[4])
    return body.count(b"<", start, end) == own and not _TAGS.search(body[:start] + body[end:])


def _reason(yanked: bytes) -> str:
    """PEP 592: the value of the attribute; it need not have one."""
    return unescape(yanked.partition(b"=")[2].strip(b'"').decode())
