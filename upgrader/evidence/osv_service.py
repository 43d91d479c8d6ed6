"""The OSV service: one batch query for all versions in use, then the records that were named (osv.dev API, v1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct

from upgrader.ecosystems.base import Ecosystem
from upgrader.errors import RegistryError, VersionError
from upgrader.evidence.osv import match_records, published_name
from upgrader.evidence.osv_record import OsvRecord, decode_record
from upgrader.model import Advisory, EcosystemName, NotChecked, PackageName
from upgrader.outside.http import Client, Response

BATCH = 1000
"""Queries in one request at most (osv.dev API)."""
MOST_PAGES = 50

Key = tuple[EcosystemName, PackageName, str]


class _Named(Struct, frozen=True):
    """A vulnerability as the batch answer names it."""

    id: str


class _Result(Struct, frozen=True):
    """The answer to one query of a batch."""

    vulns: list[_Named] | None = None
    next_page_token: str | None = None


class _Batch(Struct, frozen=True):
    """The answer to a batch."""

    results: list[_Result] = []


class OsvService:
    """Advisories of a service that speaks OSV's API. What it could not answer stays unanswered."""

    def __init__(self, client: Client, service: str) -> None:
        self.client = client
        self.service = service.rstrip("/")
        self.name = urlsplit(service).hostname or service
        self._ids: dict[Key, set[str]] = {}
        self._records: dict[str, OsvRecord] = {}
        self._failure = ""

    def learn(self, versions: Iterable[tuple[Ecosystem, PackageName, str]]) -> None:
        """Ask about every version not asked about before, and fetch the records that are named."""
        books = {(book.NAME, name, version): book for book, name, version in versions}
        new = [key for key in sorted(books) if key not in self._ids]
        try:
            for start in range(0, len(new), BATCH):
                self._ask_batch(new[start : start + BATCH], books)
        except RegistryError as fault:
            # The batches before this one are answered; the rest would only fail in the same way, one timeout each.
            self._failure = fault.message
        self._fetch({item for key in new for item in self._ids.get(key, ())} - self._records.keys())

    def about(self, ecosystem: Ecosystem, name: PackageName, version: str) -> Sequence[Advisory] | NotChecked:
        """Advisories of a version that was learned; NotChecked for any other, and where a record is missing."""
        ids = self._ids.get((ecosystem.NAME, name, version))
        if ids is None or ids - self._records.keys():
            reason = self._failure or f"{self.name} was not asked about {version}"
            return NotChecked(
                ecosystem=ecosystem.NAME, name=name, reason=reason, advice="Try again, or use --advisories."
            )
        published = published_name(ecosystem.NAME, name, version)
        records = [self._records[item] for item in sorted(ids)]
        try:
            return match_records(records, ecosystem, published, version, self.name)
        except VersionError as fault:
            return NotChecked(ecosystem=ecosystem.NAME, name=name, reason=fault.message)

    def _ask_batch(self, keys: Sequence[Key], books: dict[Key, Ecosystem]) -> None:
        """One request, and one more for each page that is left."""
        waiting = [(key, "") for key in keys]
        found: dict[Key, set[str]] = {key: set() for key in keys}
        for _ in range(MOST_PAGES):
            if not waiting:
                break
            results = self._post([_query(books[key], key, token) for key, token in waiting])
            if len(results) != len(waiting):
                raise RegistryError(f"{self.name}: answered {len(results)} of {len(waiting)} queries.")
            for (key, _), result in zip(waiting, results, strict=True):
                found[key] |= {item.id for item in result.vulns or ()}
            waiting = [
                (key, result.next_page_token)
                for (key, _), result in zip(waiting, results, strict=True)
                if result.next_page_token
            ]
        if waiting:
            raise RegistryError(f"{self.name}: more than {MOST_PAGES} pages of answers.")
        self._ids.update(found)

    def _post(self, queries: list[dict[str, object]]) -> list[_Result]:
        answer = self.client.post(
            f"{self.service}/v1/querybatch",
            msgspec.json.encode({"queries": queries}),
            headers={"Content-Type": "application/json"},
            cacheable=True,
        )
        try:
            return msgspec.json.decode(answer.body, type=_Batch).results
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
            raise RegistryError(f"{self.name}: not an answer of OSV's API: {fault}.") from fault

    def _fetch(self, ids: set[str]) -> None:
        """The named records, side by side. The first that can't be had leaves the question open."""
        ordered = sorted(ids)
        urls: list[tuple[str, dict[str, str]]] = [
            (f"{self.service}/v1/vulns/{quote(item, safe='')}", {}) for item in ordered
        ]
        for item, record in zip(ordered, self.client.get_many(urls, decode=self._decode), strict=True):
            if isinstance(record, RegistryError):
                self._failure = record.message
            else:
                self._records[item] = record

    def _decode(self, response: Response) -> OsvRecord:
        if response.status != 200:
            raise RegistryError(f"{self.name}: status {response.status} for a record it named.")
        return decode_record(response.body, self.name)


def _query(book: Ecosystem, key: Key, token: str) -> dict[str, object]:
    ecosystem, name, version = key
    package = {"name": published_name(ecosystem, name, version), "ecosystem": book.OSV}
    # OSV's Go records write versions without the `v`.
    plain = version.removeprefix("v") if ecosystem == "go" else version
    query: dict[str, object] = {"package": package, "version": plain}
    return {**query, "page_token": token} if token else query
