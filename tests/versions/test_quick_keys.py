"""Many versions read at once mean what each read alone means, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgrader.versions import npm, scheme, semver

LEFT = (
    "01.0.0",
    "1.0",
    "1.0.0-",
    "1.0.0-01",
    "1.0.0-a..b",
    "1.0.0+b",
    "v1.0.0",
    " 1.0.0",
    "1.0.0\r",
    "٣.0.0",
)
HUGE = ("9007199254740993.0.0", "1.0.0-" + "a" * 300, "1" * 5000 + ".0.0")


@pytest.mark.parametrize("text", [*LEFT, *HUGE, "", "1.0.0\n2.0.0"])
def test_what_is_not_plain_is_left_to_the_whole_reader(text: str) -> None:
    assert text not in semver.quick_keys([text, "1.2.3"])


@given(
    st.lists(
        st.one_of(st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){2}(-[0-9a-z.-]{1,6})?(\+[a-z]{1,2})?"), st.text())
    )
)
def test_each_means_what_it_means_alone(texts: list[str]) -> None:
    for text, key in semver.quick_keys(texts).items():
        assert npm.parse(text).key == key
    assert npm.sort_versions(texts) == scheme.ascending(npm.parse, texts)
