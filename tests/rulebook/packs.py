"""Little packs for the tests of the engine."""

from __future__ import annotations

import textwrap

from upgrader.rulebook.load import Pack, decode_pack

HEAD = """\
schema: 1
id: tiny-1-to-2
title: tiny 1 to 2
package:
  ecosystem: {ecosystem}
  name: tiny
  imports: [tiny]
from: "{old}"
to: "{new}"
references: [https://example.org/guide]
"""


def text(body: str, ecosystem: str = "pip", old: str = "<2", new: str = ">=2") -> str:
    return HEAD.format(ecosystem=ecosystem, old=old, new=new) + textwrap.dedent(body)


def pack(body: str, ecosystem: str = "pip", old: str = "<2", new: str = ">=2") -> Pack:
    """A pack about `tiny` with these edits, flags and so on."""
    return decode_pack(text(body, ecosystem, old, new).encode(), "rules/pip/tiny/1-to-2.yml", "bundled")
