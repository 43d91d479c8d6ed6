"""The rib: what the surface of a release answers in every language, and the nouns it answers with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from upgrader.model.impact import ApiChange, Evidence
from upgrader.surface.artefact import Artefact

Shape = Literal[
    "module",
    "class",
    "function",
    "method",
    "property",
    "value",
    "type",
    "interface",
    "enum",
    "variant",
    "field",
    "trait",
    "macro",
]
"""What a symbol is. value: a variable or constant. type: an alias, or a struct without methods of its own."""
Passing = Literal["positional", "either", "keyword", "rest", "keywords"]
"""How an argument reaches a parameter: by position alone, either way, by name alone; `*args`, `**kwargs`."""


class Parameter(Struct, frozen=True, kw_only=True):
    """One parameter, the receiver (`self`) left out."""

    name: str
    passing: Passing = "either"
    default: str | None = None
    """Source text, in one spelling for equal values; None when an argument must be given."""
    type: str = ""
    """Source text; "" where none is written."""


class Signature(Struct, frozen=True, kw_only=True):
    """One way to call it."""

    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    text: str = ""
    """As people read it: `(a, *, b=1) -> int`."""


class Definition(Struct, frozen=True, kw_only=True):
    """What a symbol stands for in one release."""

    symbol: str
    """As it was asked for."""
    shape: Shape
    home: str
    """The symbol it has where it is defined: re-exports of one thing have one home."""
    where: str
    """`path:line` in the artefact."""
    signatures: tuple[Signature, ...] = ()
    """Overloads in order; empty for what is not called, or where it can't be told how."""
    bases: tuple[str, ...] = ()
    """Base classes, embedded or implemented types, each by its home where that is known."""
    facts: frozenset[str] = frozenset()
    """What the language says of it in a word: async, abstract, final, static, non_exhaustive, sealed, private ..."""
    value: str = ""
    """Source text of a constant, or of what a type alias stands for."""
    type: str = ""
    """Type of a value, field or property, as written."""
    deprecated: str = ""
    """The deprecation's own words; "" when it is not deprecated."""
    raises: str = ""
    """A tombstone: using it only raises this text."""
    confidence: Evidence = "sure"


class Missing(Struct, frozen=True, kw_only=True):
    """The release has no such symbol, and everything on the way to it could be read."""

    symbol: str
    at: str
    """The longest beginning of it that exists; "" for none."""
    hint: str = ""
    """What the release itself says of it: the text of a removal notice."""


class Opaque(Struct, frozen=True, kw_only=True):
    """It can't be told: a compiled module without stubs, dynamic attributes, a dependency's symbol, a limit."""

    symbol: str
    reason: str


Answer = Definition | Missing | Opaque


class Surface(Protocol):
    """The public API of one release, read as far as it is asked for."""

    def resolve(self, symbol: str) -> Answer:
        """What a symbol (as `source/uses.py` writes it) stands for. Never raises; cycles and depth are bounded."""

    def public(self) -> Iterator[Definition | Opaque]:
        """Every public symbol in its order: modules, what they export, members of types. No tests, no examples."""

    def roots(self) -> Sequence[str]:
        """What a project imports to reach it: `numpy`, `react-dom`, `github.com/x/y`, `rand`."""


class Book(Protocol):
    """What each language's `surface` module offers."""

    def open_surface(self, artefact: Artefact) -> Surface:
        """The surface of a release. Raises ArtefactError when the artefact is not of this language."""

    def compare(self, old: Definition, new: Definition) -> list[ApiChange]:
        """How a symbol that both releases have differs; empty when nothing that a user can notice does."""

    def package_changes(self, old: Artefact, new: Artefact) -> list[ApiChange]:
        """What the metadata says: runtime, extras, entry points, peers, module format, licence."""
