"""The inventory as a CycloneDX 1.6 bill of materials (ECMA-424), the same bytes for the same inventory."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from upgrader.model import Dependency, Inventory, Section
from upgrader.report.pen import encodable

if TYPE_CHECKING:
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

_SCOPES: tuple[tuple[str, tuple[Section, ...]], ...] = (
    ("required", ("prod",)),
    ("optional", ("optional", "peer")),
    ("excluded", ("dev", "build")),
)
"""CycloneDX scope and the sections that ask for it; of a package with several the first scope counts."""
_MISREAD = ("unreadable", "not checked")


def cyclonedx(
    inventory: Inventory, purl: Callable[[Dependency], str], *, serial: str = "", timestamp: str = ""
) -> str:
    """The bill of materials: a component per package and version, its places as properties `upgrader:place`.

    `purl` names the package URL of a dependency. `serial` (`urn:uuid:…`) and `timestamp` (ISO 8601) are left out
    unless given, so that two runs are equal. What was held stands in the property `upgrader:held`; when a manifest
    could not be read, `upgrader:complete` is `false`. The dependency graph is left out: an entry without edges would
    claim that there are none.
    """
    from cyclonedx.model.bom import Bom
    from cyclonedx.output.json import JsonV1Dot6

    together: dict[str, list[Dependency]] = defaultdict(list)
    for item in inventory.dependencies:
        together[encodable(purl(item))].append(item)
    bom = Bom(
        components=[_component(url, together[url]) for url in sorted(together)], properties=_held(inventory)
    )
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    document.pop("dependencies", None)
    document.pop("serialNumber", None)
    document.get("metadata", {}).pop("timestamp", None)
    if serial:
        document["serialNumber"] = serial
    if timestamp:
        document.setdefault("metadata", {})["timestamp"] = timestamp
    return json.dumps(document, indent=2, sort_keys=True)


def _component(url: str, places: Sequence[Dependency]) -> Component:
    """One component for every place of one package at one version."""
    from cyclonedx.model.component import Component, ComponentScope, ComponentType

    sections = {item.section for item in places}
    scope = next(name for name, asked_by in _SCOPES if sections.intersection(asked_by))
    return Component(
        name=encodable(places[0].name),
        type=ComponentType.LIBRARY,
        version=places[0].locked,
        bom_ref=url,
        purl=_parsed(url),
        scope=ComponentScope(scope),
        properties=_properties(pair for item in places for pair in _said(item)),
    )


def _said(item: Dependency) -> list[tuple[str, str]]:
    pairs = [
        ("upgrader:place", str(item.place)),
        ("upgrader:project", item.project),
        ("upgrader:section", item.section),
        ("upgrader:direct", "true" if item.direct else "false"),
    ]
    optional = (
        ("requirement", item.requirement),
        ("marker", item.marker),
        ("alias", item.alias),
        ("immovable", item.immovable),
    )
    return pairs + [(f"upgrader:{name}", value) for name, value in optional if value]


def _held(inventory: Inventory) -> list[Property]:
    pairs = [("upgrader:held", f"{item.kind}: {item.subject}: {item.reason}") for item in inventory.held]
    complete = not any(item.kind in _MISREAD for item in inventory.held)
    return _properties([("upgrader:complete", "true" if complete else "false"), *pairs])


def _properties(pairs: Iterable[tuple[str, str]]) -> list[Property]:
    from cyclonedx.model import Property

    return [Property(name=name, value=encodable(value)) for name, value in dict.fromkeys(pairs)]


def _parsed(url: str) -> PackageURL | None:
    """None for an address that is no package URL; the component is then known by its name and reference alone."""
    from packageurl import PackageURL

    try:
        return PackageURL.from_string(url)
    except ValueError:
        return None
