"""The base of every part of a pack, and the kinds of edit that Python alone knows."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

Symbol = Annotated[str, Meta(min_length=1)]
"""As `source/uses.py` writes symbols. `*` stands for one name: `pydantic.BaseModel().*`, `express#default().*@1`.

`**` stands for anything or nothing: `zod#string()**.email`. See `rulebook/symbols.py`."""
Table = dict[str, str]


class Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab", omit_defaults=True):
    """The base of everything in a pack: unknown keys are errors, names are written-like-this."""


class Options(Form, frozen=True, kw_only=True):
    """Python: a class of options inside a class becomes one attribute: `class Config:` to `x = ConfigDict(...)`."""

    of: list[Symbol]
    """Base classes of the class around it, derived from directly or by way of other classes of the project."""
    inner: str
    """Name of the class of options."""
    attribute: str
    """The attribute that takes its place."""
    to: Symbol
    """What is called with the options as keywords."""
    rename: Table = field(default_factory=dict)
    invert: Table = field(default_factory=dict)
    values: dict[str, Table] = field(default_factory=dict)
    """Per option (its name after renaming): value as written, without quotes for strings, to the new one."""
    remove: list[str] = field(default_factory=list)
    unless: list[str] = field(default_factory=list)
    """Options that have no equal: the class is told, not edited, when it has one of these, a method or a base."""
    bases: list[Symbol] = field(default_factory=list)
    """Bases that the class of options may have, which add nothing; the same class of a base class is one too."""


class Attribute(Form, frozen=True, kw_only=True):
    """Python: attributes in the body of a class that are annotated as optional (`Optional[X]`, `X | None`, `Any`)."""

    of: list[Symbol]
    """Base classes, derived from directly or by way of other classes of the project."""
    default: str
    """Source of the value that such an attribute gets where it has none."""
    calls: Table = field(default_factory=dict)
    """Callee to a keyword: such a call as the value, without positional arguments, gets the default by that keyword."""
    unless: list[str] = field(default_factory=list)
    """Keywords of these calls that give a default too."""


class Decorator(Form, frozen=True, kw_only=True):
    """Python: a decorator, and the function under it."""

    of: list[Symbol]
    to: Symbol = ""
    """What it is called now; "" for the same."""
    rename: Table = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    values: dict[str, Table] = field(default_factory=dict)
    """As those of `keyword`; so are `when` and `add`, which also makes a call of a bare decorator."""
    add: Table = field(default_factory=dict)
    when: Table = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    """Silently leave it alone when it has one of these keywords (another rule has it)."""
    unless: dict[str, str] = field(default_factory=dict)
    """Keyword to a regular expression for its value: where it matches, the place is told and not edited."""
    under: list[str] = field(default_factory=list)
    """Built-in decorators put right above the function, where it has none of them: `classmethod`."""
    takes: int | None = None
    """How many parameters the function has at most, besides those of `parameters`; others are told."""
    parameters: Table = field(default_factory=dict)
    """Parameter, or `parameter.attribute`, to the expression that its uses become: `values` to `info.data`. The
    parameter itself becomes the first name of the expression."""
    types: Table = field(default_factory=dict)
    """New parameter to the symbol it is annotated with, where another parameter is annotated."""


class Awaited(Form, frozen=True, kw_only=True):
    """JavaScript: properties of what exported functions get became promises: the functions await them, types say so.

    A function that can't be async (a component with hooks, a file that says "use client") reads them by `by`.
    """

    exports: list[str]
    """Names under which the functions are exported; `default`."""
    parameter: int = 0
    properties: list[str]
    calls: list[Symbol] = field(default_factory=list)
    """Functions whose calls give promises too."""
    by: Symbol = ""
    """A function that reads a promise where nothing can be awaited; "" tells these places instead."""
