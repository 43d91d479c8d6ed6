from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.surface.archives import tarred, zipped
from upgrader.cli.main import run


def test_wheel_and_sdist_are_compared(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "p-1-py3-none-any.whl", tmp_path / "p-2.tar.gz"
    old.write_bytes(zipped({"p/__init__.py": "def f(): ...\ndef g(): ..."}))
    new.write_bytes(tarred({"p-2/PKG-INFO": "Name: p\n", "p-2/src/p/__init__.py": "def g(): ..."}))
    assert run(["diff", "--old", str(old), "--new", str(new), "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["breaking"] == 1
    assert [row["symbol"] for row in told["diff"]["changes"]] == ["p.f"]
    assert run(["diff", "--old", str(old), "--new", str(new)]) == 0
    assert "p.f symbol removed" in capfd.readouterr().out


def test_a_package_s_own_folder_is_compared(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, text in (("old", "def f(a): ..."), ("new", "def f(a): ...")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(text)
    assert run(["diff", "--old", str(tmp_path / "old"), "--new", str(tmp_path / "new")]) == 0
    assert "0 breaking, 0 other changes" in capfd.readouterr().out


@pytest.mark.parametrize(("content", "code"), [(b"<html>", 3), (b"PK\x03\x04" + bytes(40), 3), (b"", 3)])
def test_what_is_no_release_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes, code: int
) -> None:
    (tmp_path / "p.whl").write_bytes(content)
    words = ["diff", "--old", str(tmp_path / "p.whl"), "--new", str(tmp_path / "p.whl")]
    assert run(words) == code
    assert "p.whl" in capfd.readouterr().err
