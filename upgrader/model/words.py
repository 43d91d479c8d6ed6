"""The words every noun uses: ecosystems, sections, moves, risks, groups."""

from __future__ import annotations

from typing import Literal, NewType

SCHEMA_VERSION = 1
"""Version of every JSON document the program writes; it grows only when a reader would break."""

EcosystemName = Literal["cargo", "go", "npm", "pip"]
Section = Literal["prod", "dev", "optional", "peer", "build"]
Move = Literal["major", "minor", "patch", "0.x", "prerelease", "downgrade", "unknown"]
"""What kind of move an update is: the Type column."""
Risk = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
RISKS: tuple[Risk, ...] = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
"""From the least to the most."""
Group = Literal["security", "patch", "minor", "0.x", "major", "unknown"]
"""The headings of the audit table and the order of a plan; downgrades and prereleases stand under unknown."""
GROUPS: tuple[Group, ...] = ("security", "patch", "minor", "0.x", "major", "unknown")

RangeStrategy = Literal["auto", "pin", "bump", "replace", "widen", "in-range-only", "lockfile-only"]
"""How a requirement is written again for a target; `versions/strategies.py` says what each does where."""
TARGETS = ("latest", "minor", "patch", "in-range", "newest", "greatest")
"""What to move to; a word with `@` before it names a tag of the registry. The words are npm-check-updates'."""

PackageName = NewType("PackageName", str)
"""A name as its registry spells it (PEP 503 normalised for pip); made only by an ecosystem's `normalise`."""
