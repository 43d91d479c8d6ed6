"""The quick way through a page says what the patient one says, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ecosystems.pip.test_simple_html import HOSTILE, LINKS, NOTHING
from upgrader.ecosystems.pip.simple_page import read_page
from upgrader.ecosystems.pip.simple_rows import read_rows
from upgrader.errors import RegistryError
from upgrader.model import PackageName, Release
from upgrader.outside.http import Response

NAME = PackageName("a-b")
HEAD = "<!DOCTYPE html>\n<html>\n<head><title>Links</title></head>\n<body>\n<h1>Links for a-b</h1>\n"
ROWS = {
    "a wheel": '<a href="https://x/a_b-1.0-py3-none-any.whl#sha256=0" data-requires-python="&gt;=3.8">w</a><br/>',
    "another spelling": '<a href="../../x/A.B-1.0.1-py3-none-any.whl">w</a><br />',
    "a build": '<a href="/x/a_b-1.0_2-1-cp311-cp311-linux_x86_64.whl">w</a>',
    "an sdist": '<a href="x/a-b-1.0.tar.gz#sha256=0" data-upload-time="2020-01-02T00:00:00.5Z">s</a><br>',
    "of a later day": '<a href="x/a-b-1.0.zip" data-upload-time="2020-01-03T00:00:00Z">s</a><br>',
    "of an earlier day": '<a href="x/a-b-1.0.zip" data-upload-time="2020-01-01T00:00:00Z">s</a><br>',
    "yanked": '<a href="x/a-b-2.0.tar.gz" data-requires-python="&gt;=3.9" data-yanked="a &amp; b">s</a><br/>',
    "yanked without a word": '<a href="x/a-b-2.0.zip" data-core-metadata="sha256=0" data-yanked>s</a><br/>',
    "not yanked": '<a href="x/a_b-2.0-py3-none-any.whl" data-dist-info-metadata="true">s</a><br/>',
    "metadata around": (
        '<a href="a_b-2.1-py3-none-any.whl" data-core-metadata="" data-yanked data-dist-info-metadata="t">s</a>'
    ),
    "another package": '<a href="x/other-1.0.tar.gz">s</a><br/>',
    "no version": '<a href="x/a-b-nonsense.tar.gz">s</a><br/>',
    "no package": '<a href="x/README.md">s</a><br/>',
}
ODD = {
    "another order": '<a data-yanked="" href="x/a-b-3.0.zip">s</a>',
    "an escaped name": '<a href="x/a-b-3.0%2Bcpu.zip">s</a>',
    "capitals": '<A HREF="x/a-b-3.0.zip">s</A>',
    "an empty runtime": '<a href="x/a-b-3.0.zip" data-requires-python="">s</a>',
    "a comment": '<!-- <a href="x/a-b-3.0.zip">s</a><br/> -->',
    "a tag inside": '<a href="x/a-b-3.0.zip"><b>s</b></a>',
    "an open link": '<a href="x/a-b-3.0.zip">',
    "another tag": '<p><a href="x/a-b-3.0.zip">s</a></p>',
}


def releases(body: str) -> tuple[Release, ...] | str:
    """What a page says, or the failure."""
    response = Response(
        status=200,
        headers={"content-type": "text/html"},
        body=body.encode(),
        url="https://index.example/a-b/",
        from_cache=False,
        age_s=0,
    )
    try:
        return read_page(response, NAME).releases
    except RegistryError as fault:
        return fault.message


def patiently(body: str) -> tuple[Release, ...] | str:
    """The same, with a comment, which only the patient reader knows."""
    assert read_rows(f"{body}<!---->".encode(), NAME) is None
    return releases(f"{body}<!---->")


@pytest.mark.parametrize("what", ODD)
def test_what_is_written_otherwise_is_left_to_the_patient_reader(what: str) -> None:
    page = f"{HEAD}{ROWS['a wheel']}\n{ODD[what]}\n{ROWS['an sdist']}\n</body></html>"
    assert read_rows(page.encode(), NAME) is None


@pytest.mark.parametrize("body", [*NOTHING.values(), *HOSTILE.values()], ids=[*NOTHING, *HOSTILE])
def test_what_has_no_rows_is_left_to_it_in_linear_time(body: bytes) -> None:
    assert read_rows(body, NAME) is None


@pytest.mark.parametrize("what", ROWS)
def test_one_row_says_the_same(what: str) -> None:
    page = f"{HEAD}{ROWS[what]}\n</body></html>"
    assert read_rows(page.encode(), NAME) is not None
    assert releases(page) == patiently(page)


@given(
    st.lists(
        st.sampled_from([*ROWS.values(), *ODD.values(), *(text for text, _ in LINKS.values()), "\n", "<br/>"])
    )
)
def test_any_rows_say_the_same(rows: list[str]) -> None:
    page = HEAD + "".join(rows)
    assert releases(page) == patiently(page)
