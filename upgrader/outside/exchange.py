"""One question and its answer: what is asked, what comes back, and how an answer is kept and found again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urljoin

import msgspec

from upgrader.errors import RegistryError
from upgrader.outside.cache import Stored
from upgrader.outside.encoding import decoded
from upgrader.outside.origins import Address, parse

if TYPE_CHECKING:
    from upgrader.outside.incoming import Answer

T = TypeVar("T")
ABSENT = (404, 410)
"""Statuses that say: there is no such thing."""

_KEPT_HEADERS = ("content-type", "link", "etag", "last-modified", "date")
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError, MemoryError)


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """A good answer (2xx)."""

    status: int
    headers: dict[str, str]
    """Lower-case names; from the cache only content-type, link, etag, last-modified and date."""
    body: bytes
    """Unpacked."""
    url: str
    """Where it came from, after redirects, without user and password."""
    from_cache: bool
    age_s: int
    """Seconds since it was fetched or confirmed; 0 when it came from the server now."""


class StatusError(RegistryError):
    """The server answered, but not with 2xx: `status` tells (404 and 410 mean: there is no such thing)."""

    def __init__(self, message: str, advice: str = "", *, status: int) -> None:
        super().__init__(message, advice)
        self.status = status
        self.may_be_kept = False
        """The server lets the answer be stored."""


class Request(msgspec.Struct, frozen=True):
    """What is asked for."""

    method: str
    address: Address
    headers: dict[str, str]
    body: bytes
    cap: int
    question: bool
    """It changes nothing: may be repeated, and its answer may be kept."""
    keeps_absence: bool = False
    """That there is no such thing is an answer too, and kept as one."""


class Waiting(msgspec.Struct, Generic[T], frozen=True):
    """A request that has to be made, and what is kept of an older answer to it."""

    request: Request
    key: str = ""
    stored: Stored | None = None
    value: T | None = None


def read_with(response: Response, decode: Callable[[Response], T]) -> T:
    """What `decode` makes of an answer. Raises RegistryError where it can make nothing of it."""
    try:
        return decode(response)
    except _UNREADABLE as error:
        kind = response.headers.get("content-type", "no content type")[:60]
        raise RegistryError(
            f"{parse(response.url).label}: the answer ({kind}) cannot be read: {str(error)[:200]}"
        ) from error


def response_of(address: Address, answer: Answer, cap: int) -> Response:
    """The answer with its body unpacked. Raises RegistryError for one that does not unpack within `cap` bytes."""
    body = decoded(answer.body, answer.headers.get("content-encoding", ""), cap, address.label)
    return Response(
        status=answer.status, headers=answer.headers, body=body, url=address.url, from_cache=False, age_s=0
    )


def may_be_kept(answer: Answer) -> bool:
    """Whether the server lets the answer be stored (RFC 9111 5.2.2.5)."""
    return "no-store" not in answer.headers.get("cache-control", "")


def joined(address: Address, place: str) -> str:
    """Where a redirect leads. Raises RegistryError for what is no address."""
    try:
        return urljoin(address.url, place)
    except ValueError as error:
        raise RegistryError(f"{address.label}: redirects to something that is no address.") from error


def conditions(stored: Stored | None) -> dict[str, str]:
    """The headers that ask only for what is newer than the stored answer."""
    if stored is None:
        return {}
    wishes = {"If-None-Match": stored.etag, "If-Modified-Since": stored.last_modified}
    return {
        name: value for name, value in wishes.items() if value and value.isascii() and value.isprintable()
    }


def to_store(address: Address, answer: Answer, form: bytes | None = None) -> Stored:
    """What is kept: the answer as it came, or the form of what was read from it."""
    return Stored(
        key="",
        url=address.url,
        etag=answer.headers.get("etag", ""),
        last_modified=answer.headers.get("last-modified", ""),
        headers={name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers},
        encoding=answer.headers.get("content-encoding", "") if form is None else "",
        body=answer.body if form is None else form,
    )


def from_cache(stored: Stored, cap: int) -> Response:
    """A stored answer as a response of its age."""
    if stored.status in ABSENT:
        raise status_error(parse(stored.url), stored.status)
    body = decoded(stored.body, stored.encoding, cap, stored.url)
    return Response(
        status=200, headers=stored.headers, body=body, url=stored.url, from_cache=True, age_s=stored.age_s
    )


def status_error(address: Address, status: int) -> StatusError:
    """The error for an answer that is not 2xx, with what may help."""
    match status:
        case 401 | 403 | 407:
            advice = "Check the credentials for this server."
        case 404 | 410:
            advice = "Check the name, and whether it is on another registry."
        case 429:
            advice = "Try again later."
        case _:
            advice = ""
    return StatusError(f"{address.label}: answered with status {status}.", advice, status=status)
