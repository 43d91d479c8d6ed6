"""The JSON schema of a rule pack, made of the structs in pack.py; published as rules/schema.json."""

from __future__ import annotations

import json

import msgspec

from upgrader.rulebook.pack import PackForm

TITLE = "A rule pack of upgrade: one package, one step"


def _anything(kind: type) -> dict[str, object]:
    """What stands under an ast-grep rule or a new value is not ours to describe."""
    if kind is not object:
        raise NotImplementedError(kind)
    return {"description": "Any value: an ast-grep rule, or what a key is set to."}


def pack_schema() -> bytes:
    """The schema (2020-12) as it stands in rules/schema.json; editors check packs against it as they are written."""
    _, parts = msgspec.json.schema_components([PackForm], schema_hook=_anything)
    made = {"$ref": "#/$defs/PackForm", "$defs": parts}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": TITLE, **made}
    return json.dumps(schema, indent=2, sort_keys=True).encode() + b"\n"
