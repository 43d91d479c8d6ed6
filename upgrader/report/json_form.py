"""Nouns as JSON: indented, deterministic, with their `schema_version`."""

from __future__ import annotations

import msgspec

from upgrader.model import Audit, Inventory, Plan, Report
from upgrader.report.pen import encodable

_ENCODER = msgspec.json.Encoder(order="deterministic")


def report_json(report: Report) -> bytes:
    """The report as one indented UTF-8 document with a newline at its end; the same report gives the same bytes."""
    return _document(report)


def audit_json(audit: Audit) -> bytes:
    """The audit in the same form."""
    return _document(audit)


def plan_json(plan: Plan) -> bytes:
    """The plan in the same form; it can be read back by msgspec as a Plan."""
    return _document(plan)


def inventory_json(inventory: Inventory) -> bytes:
    """The inventory in the same form."""
    return _document(inventory)


def _document(noun: msgspec.Struct) -> bytes:
    try:
        data = _ENCODER.encode(noun)
    except UnicodeEncodeError:
        # A file name that is not UTF-8 reaches us with lone surrogates, which JSON in UTF-8 cannot hold.
        data = _ENCODER.encode(_mended(msgspec.to_builtins(noun)))
    return msgspec.json.format(data, indent=2) + b"\n"


def _mended(value: object) -> object:
    match value:
        case str():
            return encodable(value)
        case dict():
            return {_mended(key): _mended(item) for key, item in value.items()}
        case list() | tuple():
            return [_mended(item) for item in value]
        case _:
            return value
