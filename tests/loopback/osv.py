"""The advisory service: OSV queries, records, and the `<ecosystem>/all.zip` dumps, below /osv/."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.loopback.archives import zipped
from tests.loopback.pypi import normalised
from tests.loopback.wire import Answer, Request, as_archive, as_json, as_text

Record = dict[str, Any]

FOLDERS = ("npm", "PyPI", "Go", "crates.io")
"""What OSV calls the four ecosystems."""

_PURL_TYPES = {"npm": "npm", "pypi": "PyPI", "golang": "Go", "cargo": "crates.io"}
_MOST_QUERIES = 1000


def read_records(folder: Path) -> list[Record]:
    """Every record below `folder`, by id."""
    records = [json.loads(path.read_bytes()) for path in folder.rglob("*.json")]
    return sorted(records, key=lambda record: str(record["id"]))


def pack_advisories(folder: Path, dest: Path) -> Path:
    """Write the records below `folder` to `dest/<ecosystem>/all.zip` and answer `dest`."""
    records = read_records(folder)
    for ecosystem in FOLDERS:
        (dest / ecosystem).mkdir(parents=True, exist_ok=True)
        (dest / ecosystem / "all.zip").write_bytes(_dump(records, ecosystem))
    return dest


def answer(records: list[Record], page_size: int, request: Request) -> Answer | None:
    """Answer a request below /osv/.

    Source: https://google.github.io/osv.dev/api/
    """
    match request.method, request.parts[1:]:
        case "POST", ["v1", "querybatch"]:
            return _batch(records, page_size, request.body)
        case "POST", ["v1", "query"]:
            return _query(records, page_size, request.body)
        case "GET" | "HEAD", ["v1", "vulns", wanted]:
            found = [r for r in records if r["id"] == wanted]
            return (
                as_json(found[0]) if found else as_json({"code": 5, "message": "Bug not found."}, status=404)
            )
        case "GET" | "HEAD", ["dump", ecosystem, "all.zip"] if ecosystem in FOLDERS:
            return as_archive(_dump(records, ecosystem))
        case "GET" | "HEAD", ["dump", ecosystem, "modified_id.csv"] if ecosystem in FOLDERS:
            mine = sorted(_of(records, ecosystem), key=lambda r: str(r["modified"]), reverse=True)
            return as_text("".join(f"{r['modified']},{r['id']}\n" for r in mine), kind="text/csv")
    return None


def _of(records: list[Record], ecosystem: str) -> Iterator[Record]:
    for record in records:
        if any(a["package"]["ecosystem"] == ecosystem for a in record["affected"]):
            yield record


def _dump(records: list[Record], ecosystem: str) -> bytes:
    return zipped({f"{r['id']}.json": json.dumps(r, indent=2).encode() for r in _of(records, ecosystem)})


def _batch(records: list[Record], page_size: int, body: bytes) -> Answer:
    queries = _document(body).get("queries")
    if not isinstance(queries, list) or len(queries) > _MOST_QUERIES:
        return _invalid("Too many queries." if isinstance(queries, list) else "Invalid query.")
    results = [_matches(records, query) for query in queries]
    if any(found is None for found in results):
        return _invalid("Invalid query.")
    pages = [
        _page(found or [], query, page_size, lambda r: {"id": r["id"], "modified": r["modified"]})
        for found, query in zip(results, queries, strict=True)
    ]
    return as_json({"results": pages})


def _query(records: list[Record], page_size: int, body: bytes) -> Answer:
    query = _document(body)
    found = _matches(records, query)
    return (
        _invalid("Invalid query.") if found is None else as_json(_page(found, query, page_size, lambda r: r))
    )


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _invalid(message: str) -> Answer:
    return as_json({"code": 3, "message": message}, status=400)


def _page(found: list[Record], query: Mapping[str, Any], size: int, shape: Any) -> dict[str, Any]:
    start = int(query.get("page_token") or 0)
    page: dict[str, Any] = {"vulns": [shape(r) for r in found[start : start + size]]}
    if not page["vulns"]:
        return {}
    return page | ({"next_page_token": str(start + size)} if start + size < len(found) else {})


def _matches(records: list[Record], query: Mapping[str, Any]) -> list[Record] | None:
    """The records that answer a query, or None where OSV calls it invalid."""
    package = query.get("package")
    if not isinstance(package, dict):
        return None
    ecosystem, name, version = _named(package)
    version = query.get("version") or version
    if not ecosystem or not name or ("purl" in package and {"name", "ecosystem"} & package.keys()):
        return None
    return [r for r in records if "withdrawn" not in r and _affects(r, ecosystem, name, version)]


def _named(package: Mapping[str, Any]) -> tuple[str, str, str | None]:
    if "purl" not in package:
        return package.get("ecosystem", ""), package.get("name", ""), None
    match = re.fullmatch(r"pkg:([^/]+)/([^?#]+?)(?:@([^@?#]+))?(?:[?#].*)?", package["purl"])
    if match is None:
        return "", "", None
    return _PURL_TYPES.get(match[1], ""), unquote(match[2]), match[3] and unquote(match[3])


def _affects(record: Record, ecosystem: str, name: str, version: str | None) -> bool:
    same = normalised if ecosystem == "PyPI" else str
    return any(
        a["package"]["ecosystem"] == ecosystem
        and same(a["package"]["name"]) == same(name)
        and _within(a, version)
        for a in record["affected"]
    )


def _within(affected: Mapping[str, Any], version: str | None) -> bool:
    if version is None or version in affected.get("versions", ()):
        return True
    ranges = (r for r in affected.get("ranges", ()) if r["type"] in ("SEMVER", "ECOSYSTEM"))
    return any(_in_range(version, events["events"]) for events in ranges)


def _in_range(version: str, events: Iterable[Mapping[str, str]]) -> bool:
    inside = False
    for event in events:
        (kind, bound), *_ = event.items()
        at = _order(version, bound)
        if kind == "introduced" and at >= 0:
            inside = True
        elif (kind == "fixed" and at >= 0) or (kind == "last_affected" and at > 0):
            inside = False
    return inside


def _order(left: str, right: str) -> int:
    """Compare two plain versions; letters (a pre-release) sort before the end of a version."""
    for a, b in zip_longest(_pieces(left), _pieces(right), fillvalue=(1, 0, "")):
        if a != b:
            return 1 if a > b else -1
    return 0


def _pieces(version: str) -> list[tuple[int, int, str]]:
    plain = version.removeprefix("v").partition("+")[0]
    found = re.findall(r"\d+|[A-Za-z]+", plain)
    return [(2, int(piece), "") if piece.isdigit() else (0, 0, piece) for piece in found]
