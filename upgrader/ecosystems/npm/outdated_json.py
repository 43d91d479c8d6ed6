"""`outdated` as JSON: npm's and pnpm's objects, yarn 1's lines, and what their failed runs look like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from upgrader.ecosystems.npm.reported_rows import Format, each_once, reported
from upgrader.errors import InputError
from upgrader.model import Reported
from upgrader.versions import npm as versions

_ROW_KEYS = frozenset(("wanted", "latest", "current", "dependent"))
_PNPM_KEYS = frozenset(("isDeprecated", "dependencyType"))
_YARN_TYPES = frozenset(("info", "table", "warning", "error", "step", "activityStart", "activityEnd"))
_NPM_FAILED = re.compile(r"^npm (?:error|ERR!) +(?:code (?P<code>\S+)|(?P<said>.+))$", re.MULTILINE)
_PNPM_FAILED = re.compile(r"^[ \t]*+(?P<code>ERR_PNPM_\w+|ERROR)[ \t]++(?P<said>\S.*)$", re.MULTILINE)
_AGAIN = "Nothing was checked; run it again."


def tables(document: object) -> list[Mapping[str, object]]:
    """The rows of an npm or pnpm object, [] when one of its values is none."""
    if not isinstance(document, dict):
        return []
    rows = [row for value in document.values() for row in (value if isinstance(value, list) else [value])]
    whole = all(isinstance(row, dict) and len(row.keys() & _ROW_KEYS) > 1 for row in rows)
    return rows if whole else []


def _is_npm(text: str, documents: Sequence[object]) -> bool:
    objects = [item for item in documents if item]
    return bool(documents) and all(item == {} or tables(item) for item in documents) and _one_kind(objects)


def _one_kind(objects: Sequence[object]) -> bool:
    return not any(row.keys() & _PNPM_KEYS for item in objects for row in tables(item))


def _read_npm(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    """Every edge as a row; the same row of two dependents once."""
    if failure := _NPM_FAILED.search(text):
        raise InputError(f"{source}: npm failed: {failure['code'] or failure['said']}.", _AGAIN)
    if failure := _PNPM_FAILED.search(text):
        raise InputError(f"{source}: pnpm failed: {failure['said'][:300]}.", _AGAIN)
    where = f"npm outdated ({source})"
    return each_once(_npm_row(key, edge, where) for item in documents for key, edge in _edges(item))


def _npm_row(key: str, edge: Mapping[str, object], where: str) -> Reported:
    below = edge.get("dependedByLocation")
    return reported(
        key,
        where,
        current=edge.get("current"),
        wanted=edge.get("wanted"),
        latest=edge.get("latest"),
        section=edge.get("type"),
        direct="node_modules" not in below.split("/") if isinstance(below, str) else None,
    )


def _is_pnpm(text: str, documents: Sequence[object]) -> bool:
    rows = [row for item in documents for row in tables(item)]
    return bool(rows) and all(item == {} or tables(item) for item in documents)


def _read_pnpm(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    """`wanted` is what pnpm's lockfile holds, so that it stands in for a version that is not installed."""
    where = f"pnpm outdated ({source})"
    return each_once(_pnpm_row(key, edge, where) for item in documents for key, edge in _edges(item))


def _pnpm_row(key: str, edge: Mapping[str, object], where: str) -> Reported:
    newest = edge.get("latestManifest")
    said = newest.get("deprecated") if isinstance(newest, dict) else None
    words = said if isinstance(said, str) and said else "its newest release is deprecated"
    return reported(
        key,
        where,
        current=edge.get("current") or edge.get("wanted"),
        latest=edge.get("latest"),
        section=edge.get("dependencyType"),
        direct=True,
        deprecated=words[:500] if edge.get("isDeprecated") is True else "",
        alias=False,
    )


def _edges(document: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    for key, value in (document if isinstance(document, dict) else {}).items():
        for edge in value if isinstance(value, list) else [value]:
            if isinstance(edge, dict):
                yield str(key), edge


def _is_yarn(text: str, documents: Sequence[object]) -> bool:
    return bool(documents) and all(
        isinstance(item, dict) and item.get("type") in _YARN_TYPES and "data" in item for item in documents
    )


def _read_yarn(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    """Columns go by their heads: in a workspace there is one more."""
    lines = [item for item in documents if isinstance(item, dict)]
    for line in lines:
        if line["type"] == "error":
            raise InputError(f"{source}: yarn failed: {str(line['data'])[:300]}.", _AGAIN)
    told = [line["data"] for line in lines if line["type"] == "table"]
    if not told:
        raise InputError(
            f"{source}: yarn's lines hold no table, so nothing is known.",
            "Save `yarn outdated --json` again.",
        )
    return each_once(row for table in told for row in _yarn_rows(table, source))


def _yarn_rows(table: object, source: str) -> Iterator[Reported]:
    heads, body = (table.get("head"), table.get("body")) if isinstance(table, dict) else (None, None)
    if not isinstance(heads, list) or not isinstance(body, list) or "Package" not in heads:
        raise InputError(
            f"{source}: a table of yarn without `Package`.", "Save `yarn outdated --json` again."
        )
    for line in body:
        if not isinstance(line, list) or len(line) != len(heads):
            raise InputError(f"{source}: a row of yarn's table has other columns.", "Save it again.")
        cells = dict(zip(map(str, heads), map(str, line), strict=True))
        yield yarn_row(cells, source)


def yarn_row(cells: Mapping[str, str], source: str) -> Reported:
    """A row of yarn's table by the heads of its columns."""
    return reported(
        cells["Package"],
        f"yarn outdated ({source})",
        current=cells.get("Current"),
        wanted=cells.get("Wanted"),
        latest=cells.get("Latest"),
        section=cells.get("Package Type"),
        direct=True,
        alias=False,
    )


def is_failure(document: object) -> bool:
    """`{"error": …}` of npm, pnpm and yarn, and what `npm audit` prints when the registry has no audit."""
    if not isinstance(document, dict) or tables(document):
        return False
    error = document.get("error")
    if isinstance(error, dict):
        return bool(error.keys() & {"summary", "code", "detail", "message"})
    if isinstance(error, str) and not versions.is_requirement(error):
        return not isinstance(document.get("dependencies"), (dict, list))
    return "statusCode" in document or {"message", "method", "uri"} <= document.keys()


def _is_failed(text: str, documents: Sequence[object]) -> bool:
    if documents:
        return any(map(is_failure, documents))
    return bool(_NPM_FAILED.search(text) or re.search(r"^[ \t]*+ERR_PNPM_\w+ ", text, re.MULTILINE))


def _read_failed(text: str, documents: Sequence[object], source: str) -> list[Reported]:
    found = next(filter(is_failure, documents), None)
    if found is None:
        failure = _NPM_FAILED.search(text) or _PNPM_FAILED.search(text)
        said = failure.group(0).strip()[:300] if failure else "it does not say why"
    else:
        said = _words(found)
    raise InputError(f"{source}: npm failed: {said}.", _AGAIN)


def _words(document: object) -> str:
    """What a failed run says of itself."""
    table = document if isinstance(document, dict) else {}
    error = table.get("error")
    found = [table.get("message"), error]
    if isinstance(error, dict):
        found += [error.get(key) for key in ("code", "summary", "detail", "message")]
    said = [text.strip()[:300] for text in found if isinstance(text, str) and text.strip()]
    return ", ".join(dict.fromkeys(said)).rstrip(".") or "it does not say why"


FAILED = Format("a failed run", _is_failed, _read_failed)
FORMATS = (
    Format("yarn outdated --json", _is_yarn, _read_yarn),
    Format("npm outdated --json", _is_npm, _read_npm),
    Format("pnpm outdated --format json", _is_pnpm, _read_pnpm),
)
