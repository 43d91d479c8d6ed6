"""Hashes of a line move with its version, in the line's own layout; without the index's word the line stays."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.ecosystems.pip.folder import read
from tests.ecosystems.pip.test_look_up import files, page, registry
from tests.loopback import Site
from upgrader.ecosystems import cargo, go, npm, pip
from upgrader.ecosystems.base import Registry
from upgrader.model import CannotEdit, Release
from upgrader.outside.http import Client

OLD, B, C = (letter * 64 for letter in "abc")
TARGET = Release(version="2.0", digests=(f"sha256:{C}", f"sha256:{B}"))


def rehashed(root: Path, text: str, target: Release = TARGET) -> str | CannotEdit:
    data = text.encode()
    row = next(item for item in read(root, {"requirements.txt": data}).dependencies if item.name == "a")
    answer = pip.rehash(data, row, target)
    if isinstance(answer, CannotEdit):
        return answer
    for edit in sorted(answer, key=lambda item: -item.start):
        before = edit.before.encode()
        assert data[edit.start : edit.start + len(before)] == before
        data = data[: edit.start] + edit.after.encode() + data[edit.start + len(before) :]
    return data.decode()


STAYS = {
    "no hashes": "a==1.0\n",
    "another line's": f"a==1.0\nb==1.0 --hash=sha256:{OLD}\n",
    "already there": f"a==2.0 --hash=sha256:{OLD}\n",
    "no version": f"a --hash=sha256:{OLD}\n",
    "a reference": f"a @ https://registry.example/a.whl --hash=sha256:{OLD}\n",
}


@pytest.mark.parametrize("text", STAYS.values(), ids=STAYS)
def test_a_place_without_hashes_to_change(tmp_path: Path, text: str) -> None:
    assert rehashed(tmp_path, text) == text


LAYOUTS = {
    "one line": (
        f"x==1\na==1.0 --hash=sha256:{OLD}  # why\n",
        f"x==1\na==2.0 --hash=sha256:{B} --hash=sha256:{C}  # why\n",
    ),
    "as pip-compile": (
        f"a==1.0 \\\n    --hash=sha256:{OLD} \\\n    --hash=sha256:{C}\n    # via x\nb==1\n",
        f"a==2.0 \\\n    --hash=sha256:{B} \\\n    --hash=sha256:{C}\n    # via x\nb==1\n",
    ),
    "one on a line of its own": (
        f"a==1.0 \\\n    --hash=sha256:{OLD}\n",
        f"a==2.0 \\\n    --hash=sha256:{B} \\\n    --hash=sha256:{C}\n",
    ),
    "in the index's order": (
        f"a==1.0 --hash=sha256:{C} --hash=sha256:{OLD}\n",
        f"a==2.0 --hash=sha256:{C} --hash=sha256:{B}\n",
    ),
    "windows": (
        f"ü==1\r\na==1.0 \\\r\n\t--hash=sha256:{OLD}".replace("ü", "u"),
        f"u==1\r\na==2.0 \\\r\n\t--hash=sha256:{B} \\\r\n\t--hash=sha256:{C}",
    ),
    "a marker and another algorithm": (
        f'a[x] == 1.0 ; python_version > "3" --hash md5:{OLD}\n',
        f'a[x] == 2.0 ; python_version > "3" --hash sha256:{B} --hash sha256:{C}\n',
    ),
    "a word outside ASCII before": (
        f"# ü\na==1.0 --hash=sha256:{OLD}\n",
        f"# ü\na==2.0 --hash=sha256:{B} --hash=sha256:{C}\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), LAYOUTS.values(), ids=LAYOUTS)
def test_hashes_are_written_as_the_line_writes_them(tmp_path: Path, before: str, after: str) -> None:
    assert rehashed(tmp_path, before) == after
    assert read(tmp_path, {"requirements.txt": after}).held == ()


REFUSED = {
    "unknown": (f"a==1.0 --hash=sha256:{OLD}\n", Release(version="2.0"), "does not tell"),
    "no digest": (f"a==1.0 --hash=sha256:{OLD}\n", Release(version="2.0", digests=("md5:0",)), "not tell"),
    "an option among them": (
        f"a==1.0 --hash=sha256:{OLD} --global-option=x --hash=sha256:{OLD}\n",
        TARGET,
        "in a way",
    ),
}


@pytest.mark.parametrize(("text", "target", "words"), REFUSED.values(), ids=REFUSED)
def test_stale_hashes_are_never_left(tmp_path: Path, text: str, target: Release, words: str) -> None:
    answer = rehashed(tmp_path, text, target)
    assert isinstance(answer, CannotEdit)
    assert words in answer.reason
    assert answer.reason.startswith("requirements.txt:1: ")


def told(place: Registry, version: str) -> tuple[str, ...]:
    with Client(hosts=[place.url, *place.fallbacks], tries=1) as client:
        return pip.digests(client, place, pip.normalise("a"), version)


WHEELS = ("a-1.0-py3-none-any.whl", "a-2.0-py3-none-any.whl", "a-2.0.tar.gz", "a-2.0.exe", "a_b-2.0.tar.gz")


def test_every_file_of_the_release_counts(fresh_site: Site) -> None:
    body = files(*WHEELS)
    for number, file in enumerate(body["files"]):
        file["hashes"] = {"sha256": str(number) * 64}
    page(fresh_site, "a", body)
    assert told(registry(fresh_site), "2.0") == (f"sha256:{'1' * 64}", f"sha256:{'2' * 64}")
    assert told(registry(fresh_site), "3.0") == ()
    body["files"][2]["hashes"] = {"md5": "0"}
    page(fresh_site, "a", json.dumps(body).encode())
    assert told(registry(fresh_site), "2.0") == ()


def test_a_page_in_html(fresh_site: Site) -> None:
    text = f'<a href="../a-2.0.tar.gz#sha256={B}">x</a> <!-- <a href="a-2.0.zip">y</a> --><a href=a-1.0.zip>z</a>'
    page(fresh_site, "a", text.encode(), "text/html")
    assert told(registry(fresh_site), "2.0") == (f"sha256:{B}",)


def test_two_indexes(fresh_site: Site) -> None:
    page(fresh_site, "a", f'<a href="a-2.0.tar.gz#sha256={B}">x</a>'.encode(), "text/html")
    both = registry(fresh_site, fresh_site)
    assert told(replace(both, merged=True), "2.0") == told(both, "2.0") == (f"sha256:{B}",)
    assert told(replace(both, problem="no"), "2.0") == ()


def test_an_index_that_fails_tells_nothing(fresh_site: Site) -> None:
    fresh_site.fail("/simple/a/", 500)
    assert told(registry(fresh_site), "2.0") == ()
    page(fresh_site, "a", b"{", "application/json")
    assert told(registry(fresh_site), "2.0") == ()
    assert told(registry(fresh_site, fresh_site), "9") == ()


def test_other_worlds_have_none(tmp_path: Path) -> None:
    row = read(tmp_path, {"requirements.txt": "a==1.0\n"}).dependencies[0]
    place = Registry(ecosystem="pip", url="")
    with Client(hosts=[]) as client:
        for book in (npm, go, cargo):
            assert book.rehash(b"", row, TARGET) == ()
            assert book.digests(client, place, row.name, "1") == ()
