"""An offline database: read once, and never silent about what it could not read."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import pack_advisories
from tests.stages.books import book
from upgrader.ecosystems import cargo, go, pip
from upgrader.errors import ConfigError
from upgrader.evidence.osv_folder import OsvFolder
from upgrader.model import Advisory, NotChecked, PackageName

HATCH = PackageName("tidewater-hatch")


def write(folder: Path, ecosystem: str, members: dict[str, bytes]) -> Path:
    (folder / ecosystem).mkdir(parents=True)
    with zipfile.ZipFile(folder / ecosystem / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return folder


def record(name: str, package: str, *events: dict[str, str], ecosystem: str = "npm") -> bytes:
    affected: Any = {"package": {"ecosystem": ecosystem, "name": package}}
    affected["ranges"] = [{"type": "SEMVER", "events": list(events)}]
    return json.dumps({"id": name, "affected": [affected]}).encode()


def ids(told: object) -> list[str]:
    assert not isinstance(told, NotChecked)
    assert isinstance(told, list)
    return [item.id for item in told if isinstance(item, Advisory)]


def test_our_own_records(fixtures: Path, tmp_path: Path) -> None:
    source = OsvFolder(pack_advisories(fixtures / "advisories", tmp_path))
    npm = book("npm")
    source.learn([(npm, HATCH, "1.0.0"), (pip, HATCH, "1.0.0")])
    assert ids(source.about(npm, HATCH, "1.0.1")) == []
    assert ids(source.about(npm, PackageName("tidewater-cord"), "1.0.0")) == []
    assert ids(source.about(npm, HATCH, "1.0.0")) == ["TEST-2026-0001"]
    assert ids(source.about(pip, HATCH, "1.0")) == ["TEST-2026-0011"]
    assert ids(source.about(cargo, HATCH, "1.0.0")) != []
    assert ids(source.about(go, PackageName("tidewater.example/hatch"), "v1.0.0")) == ["TEST-2026-0021"]
    told = source.about(npm, HATCH, "1.0.0")
    assert not isinstance(told, NotChecked)
    assert told[0].source.endswith("/npm/all.zip")


def test_a_name_is_found_in_whichever_spelling(tmp_path: Path) -> None:
    data = record("TEST-1", "Crane_Hook", {"introduced": "0"}, ecosystem="PyPI")
    source = OsvFolder(write(tmp_path, "PyPI", {"TEST-1.json": data, "README.txt": b"no record"}))
    assert ids(source.about(pip, PackageName("crane-hook"), "1.0")) == ["TEST-1"]


def test_a_version_that_ranges_cannot_place_is_not_checked(tmp_path: Path) -> None:
    source = OsvFolder(write(tmp_path, "npm", {"a.json": record("TEST-1", "crane", {"introduced": "0"})}))
    told = source.about(book("npm"), PackageName("crane"), "one-two")
    assert isinstance(told, NotChecked)
    assert "one-two" in told.reason


def test_a_missing_ecosystem_is_not_checked(tmp_path: Path) -> None:
    told = OsvFolder(tmp_path).about(pip, HATCH, "1.0.0")
    assert isinstance(told, NotChecked)
    assert f"{tmp_path}/PyPI/all.zip: missing" in told.reason


def test_a_missing_folder_is_the_users_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        OsvFolder(tmp_path / "nowhere")


@pytest.mark.parametrize("case", ["no zip", "empty", "cut", "flipped", "bad record", "folder"])
def test_a_broken_file_is_not_checked(case: str, tmp_path: Path) -> None:
    records = {f"{n}.json": record(f"TEST-{n}", "crane", {"introduced": "0"}) * 1 for n in range(20)}
    write(tmp_path, "npm", records if case != "bad record" else {**records, "x.json": b"{"})
    path = tmp_path / "npm/all.zip"
    data = path.read_bytes()
    match case:
        case "no zip":
            path.write_bytes(b"<html>")
        case "empty":
            with zipfile.ZipFile(path, "w"):
                pass
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "flipped":
            path.write_bytes(data[:60] + bytes([data[60] ^ 0xFF, data[61] ^ 0xFF]) + data[62:])
        case "folder":
            path.unlink()
            path.mkdir()
        case _:
            pass
    told = OsvFolder(tmp_path).about(book("npm"), PackageName("winch"), "1.0.0")
    assert isinstance(told, NotChecked), case
    assert "all.zip" in told.reason
