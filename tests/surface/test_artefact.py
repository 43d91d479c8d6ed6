from __future__ import annotations

import stat
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from tests.surface.archives import bomb, tarred, zipped
from upgrader.errors import ArtefactError
from upgrader.surface.artefact import open_archive, open_path

FILES: dict[str, bytes | str] = {"a.py": "x = 1\n", "b/c.py": "y = 2\n"}


def under(root: str) -> dict[str, bytes | str]:
    return {f"{root}/{path}": data for path, data in FILES.items()}


@pytest.mark.parametrize(
    ("name", "data", "root", "inside"),
    [
        pytest.param("p-1-py3-none-any.whl", zipped(FILES), "", "", id="wheel"),
        pytest.param(
            "p-1-py3-none-any.whl", zipped(under("p")), "", "p/", id="a wheel's one package is no wrapping"
        ),
        pytest.param("p-1.tar.gz", tarred(under("p-1")), "p-1", "", id="sdist"),
        pytest.param("p-1.tgz", tarred(under("package")), "package", "", id="npm tarball"),
        pytest.param("p-1.crate", tarred(under("p-1")), "p-1", "", id="crate"),
        pytest.param(
            "v1.0.0.zip", zipped(under("example.org/x/m@v1.0.0")), "example.org/x/m@v1.0.0", "", id="Go zip"
        ),
        pytest.param("p.zip", zipped(FILES), "", "", id="zip without one root"),
    ],
)
def test_archives_are_read(name: str, data: bytes, root: str, inside: str) -> None:
    artefact = open_archive(data, name)
    assert artefact.root == root
    assert list(artefact.paths) == [f"{inside}{path}" for path in sorted(FILES)]
    assert artefact.read(f"{inside}b/c.py") == b"y = 2\n"
    assert len(artefact.digest) == 64


def test_a_folder_is_read_without_its_links(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p/a.py").write_text("x = 1\n")
    (tmp_path / "p/link.py").symlink_to("/etc/passwd")
    (tmp_path / "p/up").symlink_to("..")
    artefact = open_path(tmp_path / "p")
    assert artefact.paths == ("a.py",)
    assert artefact.read("a.py") == b"x = 1\n"


@pytest.mark.parametrize("hard", [False, True])
def test_links_are_no_files(hard: bool) -> None:
    artefact = open_archive(tarred({"p/a.py": "x"}, {"p/b.py": "/etc/passwd"}, hard=hard), "p.tar.gz")
    assert artefact.paths == ("a.py",)


def test_a_link_in_a_zip_is_no_file() -> None:
    box = BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        info = zipfile.ZipInfo("b.py")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("a.py", "x")
    assert open_archive(box.getvalue(), "p.whl").paths == ("a.py",)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(tarred({"../x.py": "x"}), "leads out", id="tar above"),
        pytest.param(tarred({"/etc/x.py": "x"}), "leads out", id="tar absolute"),
        pytest.param(zipped({"a/../../x.py": "x"}), "leads out", id="zip above"),
        pytest.param(zipped({"C:/x.py": "x"}), "leads out", id="zip drive"),
        pytest.param(bomb(300 << 20), "unpacks to more", id="bomb"),
        pytest.param(tarred(FILES)[:-40], "damaged", id="cut tar"),
        pytest.param(zipped(FILES)[:-10], "damaged", id="cut zip"),
        pytest.param(b"<html>", "no archive", id="a page"),
        pytest.param(b"", "no archive", id="nothing"),
        pytest.param(b"PK\x03\x04" + bytes(100), "damaged", id="zip in name"),
        pytest.param(b"\x1f\x8b" + bytes(100), "damaged", id="gzip in name"),
    ],
)
def test_what_is_hostile_or_damaged_is_told(data: bytes, says: str) -> None:
    with pytest.raises(ArtefactError, match=says):
        open_archive(data, "p-1.any")


def test_a_member_that_unpacks_to_too_much_is_told() -> None:
    artefact = open_archive(zipped({"a.py": bytes(20 << 20), "b.py": "x"}), "p.whl")
    assert artefact.read("b.py") == b"x"
    with pytest.raises(ArtefactError, match="larger"):
        artefact.read("a.py")
    with pytest.raises(ArtefactError, match="no file"):
        artefact.read("c.py")


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="cannot be read"):
        open_path(tmp_path / "nowhere.whl")
