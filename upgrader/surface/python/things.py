"""What a Python name can stand for while it is followed."""

from __future__ import annotations

import ast
from typing import Protocol

from msgspec import Struct

from upgrader.surface.python.table import Assigned, Binding, Function, Table


class Module(Struct, frozen=True):
    """A module of the release."""

    name: str


class Class(Struct, frozen=True, eq=False):
    """A class of the release."""

    module: str
    qual: str
    node: ast.ClassDef

    @property
    def home(self) -> str:
        """Its symbol where it is defined."""
        return f"{self.module}.{self.qual}"


class Func(Struct, frozen=True, eq=False):
    """A function or method; all overloads where there is nothing else."""

    module: str
    qual: str
    nodes: tuple[Function, ...]
    owner: Class | None = None
    likely: bool = False
    """Something wraps it that may change how it is called."""

    @property
    def home(self) -> str:
        """Its symbol where it is defined."""
        return f"{self.module}.{self.qual}"


class Value(Struct, frozen=True, eq=False):
    """A variable, constant or attribute."""

    module: str
    qual: str
    binding: Assigned
    owner: Class | None = None


class Instance(Struct, frozen=True, eq=False):
    """What calling a class gives."""

    of: Class


class External(Struct, frozen=True):
    """A symbol of the standard library or of another package."""

    symbol: str


class Tombstone(Struct, frozen=True):
    """A name that is known to the release and raises when it is used."""

    module: str
    name: str
    text: str


class Deprecated(Struct, frozen=True, eq=False):
    """Something that warns when it is reached by this name."""

    thing: Thing
    text: str


class Found(Struct, frozen=True):
    """A name that is there, and nothing more is known of it (`__getattr__` serves it)."""

    module: str
    name: str


class Gone(Struct, frozen=True):
    """Not there."""


class Dark(Struct, frozen=True):
    """Can't be told, for this reason."""

    reason: str


Thing = Module | Class | Func | Value | Instance | External | Tombstone | Deprecated | Found | Gone | Dark
GONE = Gone()


class Scope(Struct, frozen=True, eq=False):
    """Where an expression stands."""

    module: str
    owner: Class | None = None
    name: str = ""
    """The name that is being bound, and how many of its bindings come before: `f = wrap(f)` means an earlier one."""
    index: int = 0


class Follower(Protocol):
    """What the rules for classes and lazy attributes need of the world around them."""

    def body(self, node: ast.ClassDef) -> Table:
        """The names of a class body."""

    def tables(self, module: str) -> list[Table | Dark]:
        """A module's source, then its stub."""

    def is_own(self, module: str) -> bool:
        """Whether a dotted name begins with a module of the release."""

    def lookup(self, module: str, name: str) -> Thing:
        """What `module.name` stands for."""

    def best(self, bindings: list[Binding], scope: Scope) -> Thing:
        """What the bindings of one name amount to."""

    def evaluate(self, node: ast.expr, scope: Scope) -> Thing:
        """What an expression stands for."""

    def member(self, thing: Thing, name: str) -> Thing:
        """What `thing.name` stands for."""
