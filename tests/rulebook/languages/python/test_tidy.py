"""Import lines that the edits of one round wrote apart."""

from __future__ import annotations

import pytest

from upgrader.rulebook.languages.python.tidy import tidy_imports

CODE = "\nx = 1\n"
STAYS = {
    "nothing changed": ("from a import b\nfrom a import c\n", "from a import b\nfrom a import c\n"),
    "both were there": (
        "from a import b\nfrom a import c\nx = old\n",
        "from a import b\nfrom a import c\nx = new\n",
    ),
    "a comment": ("from a import b  # why\n", "from a import b  # why\nfrom a import c\n"),
    "over several lines": ("from a import (\n    b,\n)\n", "from a import (\n    b,\n)\nfrom a import c\n"),
    "indented": ("def f():\n    from a import b\n", "def f():\n    from a import b\n    from a import c\n"),
    "code stands between": ("from a import b\nrun()\n", "from a import b\nrun()\nfrom a import c\n"),
    "in a text": ('T = """\n"""\n', 'T = """\nfrom a import b\nfrom a import c\n"""\n'),
    "gaps that were there": ("a = 1\n\n\n\n\nb = old\n", "a = 1\n\n\n\n\nb = new\n"),
    "another module": ("from a import b\n", "from a import b\nfrom a.b import c\n"),
}


@pytest.mark.parametrize(("before", "after"), STAYS.values(), ids=STAYS)
def test_leaves_alone(before: str, after: str) -> None:
    assert tidy_imports(before, after) == after


CHANGES = {
    "two new lines": ("", "from m import x\n\nfrom m import y\n" + CODE, "from m import x, y\n" + CODE),
    "into the one that was there": (
        "from m import c\n",
        "from m import a\nfrom m import c\n",
        "from m import a, c\n",
    ),
    "classes before functions": ("", "from m import f\nfrom m import C\n", "from m import C, f\n"),
    "an order of its own stays": (
        "from m import z, b\n",
        "from m import z, b\nfrom m import a\n",
        "from m import z, b, a\n",
    ),
    "with another name": ("", "from m import x as y\nfrom m import x\n", "from m import x, x as y\n"),
    "carriage returns": ("", "from m import x\r\nfrom m import y\r\n", "from m import x, y\r\n"),
    "nothing at the start": ("import a\n\nb()\n", "\nb()\n", "b()\n"),
    "a gap": ("a\n", "from m import x\n\n\n\n\nb\n", "from m import x\n\n\nb\n"),
}


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES.values(), ids=CHANGES)
def test_puts_in_order(before: str, after: str, expected: str) -> None:
    once = tidy_imports(before, after)
    assert once == expected
    assert tidy_imports(before, once) == once
