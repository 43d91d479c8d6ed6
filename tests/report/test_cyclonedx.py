"""The bill of materials: valid by the schema that the library ships, complete or said not to be, always the same."""

import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.report.hostile import TEXTS
from tests.report.samples import HELD, NPM, PIP, dependency, inventory
from upgrader.model import Dependency, Held, Inventory, Section
from upgrader.report.cyclonedx import cyclonedx


def purl(item: Dependency) -> str:
    kind = {"npm": "npm", "pip": "pypi", "go": "golang", "cargo": "cargo"}[item.ecosystem]
    version = f"@{item.locked}" if item.locked else ""
    return f"pkg:{kind}/{item.name.replace('@', '%40')}{version}"


def written(found: Inventory, **more: str) -> dict[str, Any]:
    text = cyclonedx(found, purl, **more)
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert fault is None, repr(fault)[:500]
    document: dict[str, Any] = json.loads(text)
    return document


def said(properties: list[dict[str, str]], name: str) -> list[str]:
    return [item["value"] for item in properties if item["name"] == name]


def test_a_component_per_package_and_version_with_its_places() -> None:
    found = inventory(
        dependency("@types/node", "20.1.0", section="dev"),
        dependency("left-pad"),
        dependency("left-pad", path="packages/a/package.json", line=7, section="dev"),
        dependency("left-pad", "0.9.0", direct=False, path="package-lock.json", line=90),
        dependency(
            "flask", None, ecosystem="pip", project=PIP.id, path="api/pyproject.toml", section="optional"
        ),
        projects=(NPM, PIP),
    )
    components = sorted(written(found)["components"], key=lambda item: item["purl"])
    assert [(item["purl"], item.get("version"), item["scope"]) for item in components] == [
        ("pkg:npm/%40types/node@20.1.0", "20.1.0", "excluded"),
        ("pkg:npm/left-pad@0.9.0", "0.9.0", "required"),
        ("pkg:npm/left-pad@1.0.0", "1.0.0", "required"),
        ("pkg:pypi/flask", None, "optional"),
    ]
    assert said(components[2]["properties"], "upgrader:place") == [
        "package.json:4",
        "packages/a/package.json:7",
    ]
    assert said(components[1]["properties"], "upgrader:direct") == ["false"]


@pytest.mark.parametrize(
    ("section", "scope"),
    [
        ("prod", "required"),
        ("optional", "optional"),
        ("peer", "optional"),
        ("dev", "excluded"),
        ("build", "excluded"),
    ],
)
def test_scope_by_section(section: Section, scope: str) -> None:
    assert written(inventory(dependency(section=section)))["components"][0]["scope"] == scope


def test_two_runs_are_equal_and_hold_no_clock() -> None:
    found = inventory(dependency("b"), dependency("a"))
    assert cyclonedx(found, purl) == cyclonedx(found, purl)
    document = written(found)
    assert "serialNumber" not in document
    assert "timestamp" not in document.get("metadata", {})
    assert "dependencies" not in document


def test_serial_and_time_when_given() -> None:
    serial = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"
    document = written(inventory(), serial=serial, timestamp="2026-01-31T12:00:00Z")
    assert document["serialNumber"] == serial
    assert document["metadata"]["timestamp"] == "2026-01-31T12:00:00Z"


def test_a_manifest_that_could_not_be_read_makes_it_incomplete() -> None:
    unread = Held(kind="unreadable", subject="a/package.json", reason="a/package.json:3: no JSON")
    properties = written(inventory(held=(unread, HELD)))["properties"]
    assert said(properties, "upgrader:complete") == ["false"]
    assert "unreadable: a/package.json: a/package.json:3: no JSON" in said(properties, "upgrader:held")
    assert said(written(inventory(held=(HELD,)))["properties"], "upgrader:complete") == ["true"]


@pytest.mark.parametrize("name", [text for text in TEXTS if text], ids=lambda name: ascii(name)[:40])
def test_hostile_names_make_a_valid_document(name: str) -> None:
    assert written(inventory(dependency(name)))["components"][0]["name"]
