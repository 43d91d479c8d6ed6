"""The hash chain: the one way an event is written as text, its hash, and what a broken chain looks like.

Honest claim: tamper-evident against accidents and partial edits; against someone who can write the file and
hashes everything anew only as far back as the last anchor kept elsewhere (a pushed commit trailer).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct

from upgrader.errors import LedgerError
from upgrader.ledger.rows import Event

GENESIS = "0" * 64
EVENT_VERSION = 1
TRAILER = "Upgrade-Ledger"
"""Key of the commit trailer; its value is `<seq>:<first 16 digits of the hash>`."""
LARGEST_BODY = 32 * 2**20
"""Characters of one event's body; more is refused when writing."""
_FORMULA = "upgrader-event-v1\n"
_ANCHOR = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{16,64})")


class Anchor(Struct, frozen=True, kw_only=True):
    """A head of the chain that was written down outside the ledger."""

    seq: int
    prefix: str
    """The first digits of the event's hash, 16 or more."""
    where: str
    """For people: `commit 1a2b3c4 of upgrade/left-pad-2.0.0`."""


class Problem(Struct, frozen=True, kw_only=True):
    """One thing that does not fit; `code` is the exit code of `upgrade ledger verify` (SAFETY section 3)."""

    code: int
    """3 hash, 4 chain, 5 anchor, 6 projection or guards, 7 artefact."""
    text: str


def read_anchor(value: str, where: str) -> Anchor:
    """Read the value of a commit trailer. Raises LedgerError when it is not `<seq>:<hash16>`."""
    found = _ANCHOR.fullmatch(value.strip())
    if not found:
        raise LedgerError(f"{where}: {TRAILER}: {value[:80]!r} is not `<number>:<16 hex digits>`.")
    return Anchor(seq=int(found[1]), prefix=found[2], where=where)


def trailer(head: tuple[int, str]) -> str:
    """Write `Ledger.head()` as the value of the commit trailer."""
    return f"{head[0]}:{head[1][:16]}"


def canonical(value: object) -> str:
    """Write a value as JSON with sorted keys, no spaces, plain Unicode.

    Raises LedgerError for what has no single form: floats, and what is no JSON at all.
    """
    try:
        _refuse_floats(value)
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as fault:
        raise LedgerError(f"ledger: a body cannot be written as JSON: {fault}.") from fault


def event_hash(event: Event) -> str:
    """Hash an event: sha256 over the formula's name, the previous hash and all other columns, canonical."""
    columns = msgspec.structs.asdict(event)
    del columns["hash"], columns["prev_hash"]
    text = (
        _FORMULA
        + event.prev_hash
        + "\n"
        + json.dumps(columns, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    )
    # A lone surrogate can only come from a doctored file: give it some bytes, the hash will not fit anyway.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def write_body(body: Mapping[str, object] | Struct, redact: Callable[[str], str]) -> str:
    """Return the canonical JSON of a body, every string and key in it passed through `redact`.

    Raises LedgerError when it is no object, holds floats, is nested too deep or larger than LARGEST_BODY.
    """
    try:
        plain = _redacted(msgspec.to_builtins(body), redact)
    except (TypeError, ValueError, RecursionError) as fault:
        raise LedgerError(f"ledger: a body cannot be written as JSON: {fault}.") from fault
    if not isinstance(plain, dict):
        raise LedgerError("ledger: a body must be an object.")
    text = canonical(plain)
    if len(text) > LARGEST_BODY:
        raise LedgerError(f"ledger: a body of {len(text)} characters is too large; store it as an artefact.")
    return text


def read_body(event: Event) -> dict[str, object]:
    """Decode an event's body. Raises LedgerError naming the event when it is no JSON object."""
    try:
        body = json.loads(event.body)
    except (ValueError, RecursionError) as fault:
        raise LedgerError(f"ledger: the body of event {event.seq} is not JSON: {fault}.") from fault
    if not isinstance(body, dict):
        raise LedgerError(f"ledger: the body of event {event.seq} is not an object.")
    return body


def broken_links(events: Iterable[Event], before: tuple[int, str] = (0, GENESIS)) -> Iterator[Problem]:
    """Recompute every hash and compare each event with the one before it (FEATURES D24).

    `before` is the (seq, hash) that the first event must follow; the texts name sequence numbers.
    """
    seq, link = before
    for event in events:
        if event.event_version != EVENT_VERSION or event.hash_alg != "sha256":
            version = f"version {event.event_version}, {event.hash_alg}"
            yield Problem(code=3, text=f"Hash mismatch for event {event.seq}: {version} is not known here.")
        elif event_hash(event) != event.hash:
            yield Problem(code=3, text=f"Hash mismatch for event {event.seq}")
        if event.seq != seq + 1 or event.prev_hash != link:
            yield Problem(code=4, text=f"Chain break between events {seq} and {event.seq}")
        seq, link = event.seq, event.hash


def broken_anchor(anchor: Anchor, head: int, found: str | None) -> Problem | None:
    """Compare one anchor with the hash found at its place; `head` is the last sequence number."""
    if found is not None and found.startswith(anchor.prefix):
        return None
    named = f"anchor {anchor.where} names event {anchor.seq}"
    if not head:
        text = f"truncated: {named}, this ledger has none (deleted, or this is another clone)"
    elif found is None:
        text = f"truncated: {named}, the ledger ends at {head}"
    else:
        text = f"rewritten: {named} with hash {anchor.prefix}, here it has {found[:16]}"
    return Problem(code=5, text=text)


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise LedgerError(
            f"ledger: {value!r}: floats have no single spelling.", "Record a whole number or text."
        )
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)


def _redacted(value: object, redact: Callable[[str], str]) -> object:
    if isinstance(value, str):
        # File names that are no UTF-8 arrive as lone surrogates; no encoding could write those.
        return redact(value).encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {str(_redacted(str(key), redact)): _redacted(inner, redact) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(inner, redact) for inner in value]
    return value
