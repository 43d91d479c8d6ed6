"""What a Rust file uses of which crates: paths, imported names, values and their methods, tokens in macros."""

from __future__ import annotations

import re
from collections.abc import Collection

from upgrader.source.rust.imports import Imports
from upgrader.source.rust.reading import Reading
from upgrader.source.rust.traits import read_traits
from upgrader.source.syntax import SourceFile
from upgrader.source.uses import Elsewhere, Uses

CRATES = "extern"
"""The key of `elsewhere` for crates that the manifest renames: local name to crate (`{"rand08": "rand"}`)."""


def read_uses(source: SourceFile, packages: Collection[str], elsewhere: Elsewhere) -> Uses:
    """Find every use of the crates' symbols, in order of position; see `upgrader.source.reader.Reader`.

    `packages`: crate names, `-` as `_` or not. `elsewhere`: by module path as this file writes it (`crate::rng`,
    `super::rng`, `rng`) what it hands on; by `extern` the crates that the manifest renames.
    A value's type counts for it where the names say so: `c::T::new()`, `c::T { }` and `x: c::T` are all `c::T()`.
    A method of an unknown receiver is `c::Trait::method` of every trait of the crates in scope, `likely`; `unknown`
    where the file has a method of that name itself. A glob import gives `c::path::*::method` likewise.
    """
    crates = {package.replace("-", "_").partition("::")[0]: package.replace("-", "_") for package in packages}
    roots = {name: name for name in crates}
    roots |= {
        local: name for local, name in elsewhere.get(CRATES, {}).items() if name.replace("-", "_") in crates
    }
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, roots))})\b")
    if not any(len(offered) for offered in elsewhere.values()) and not named.search(source.text):
        return Uses(bindings=(), uses=(), names=frozenset(), exported={})
    reading = Reading(source, Imports(source, roots, elsewhere))
    reading.read_imports()
    reading.read_crates()
    reading.read_globs()
    reading.read_local()
    read_traits(reading)
    return reading.answer()
