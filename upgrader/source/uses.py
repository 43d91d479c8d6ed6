"""What a file uses of which package: Binding, Use, Uses. One vocabulary for the four languages.

A *symbol* is the qualified name of something a package offers, written as its language writes it:

- Python: `numpy.linalg.norm`. A module imported under several names is one symbol.
- JavaScript and TypeScript: `specifier#export.member`, the specifier as written
  (`react-dom/client#createRoot`). The whole module is `spec#*` (namespace import), its default export and the
  result of `require()` are `spec#default`; a member of any of them is `spec#member` (`import D from "d"; D.x`,
  `import * as D`, `require("d").x` are all `d#x`), since CommonJS interop makes them one in practice. The
  binding's `form` keeps the difference.
- Go: `import/path#Name`, `import/path#Type.Method`.
- Rust: `crate::path::Item`, methods of a trait by the trait: `rand::Rng::gen_range`.

After a symbol, `()` reads "what calling it, or constructing it, gives": `redis.Redis().get`,
`zod#string().email`, `example.org/db#Open().Query`. An annotated parameter or variable of a class counts as its
instance: `x: redis.Redis` is `redis.Redis()`; so does Go's `x *db.Conn` (`#Conn()`) and Rust's `x: Foo`. `@N`
reads "the N-th parameter (from 0) of a function literal passed to it": `express#default().get@1.send` is
`res.send` in `app.get("/", (req, res) => res.send())`. A class defined here with a base from a package stands
for that base: with `class A(BaseModel)`, `A.parse_obj` is `pydantic.BaseModel.parse_obj` and `A().dict` is
`pydantic.BaseModel().dict`, `self.dict` in its methods too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ast_grep_py import SgNode
from msgspec import Struct

from upgrader.source.syntax import Span

Confidence = Literal["sure", "likely", "unknown"]
"""sure: by imports and scopes alone. likely: by inference (instances, subclasses, trait methods, star imports)."""
Form = Literal["module", "member", "default", "namespace", "require", "star", "reexport", "local"]
"""How a binding came to be. `local`: an assignment or a re-export through a module of the project."""
Elsewhere = Mapping[str, Mapping[str, str]]
"""Per module of the project, by the name this file imports it by: exported name to the package symbol behind it.

The module "" holds the names that need no import: `{"": {"expect": "@jest/globals#expect"}}`; "()" holds parameters
that are the package's by custom, where a function has all of them: `{"()": {"req": "express#Request()", ...}}`."""


class Binding(Struct, frozen=True, kw_only=True):
    """A local name that stands for a symbol of a package."""

    local: str
    """The name in this file; "" for a side-effect import and for `export ... from`."""
    symbol: str
    form: Form
    statement: Span
    """The whole import statement (or assignment)."""
    item: Span
    """This item of it, alias included (`float_ as f`); equal to `statement` where it has one item only."""
    name: Span
    """The imported name or module path as it is written, without quotes."""
    scope: Span
    """Where it can be seen; the whole file for a top-level one."""
    typing_only: bool = False
    """Imported for types alone (`import type`, `if TYPE_CHECKING:`)."""


class Use(Struct, frozen=True, kw_only=True, eq=False):
    """One place that refers to a symbol of a package."""

    symbol: str
    kind: Literal["import", "name", "member", "string"]
    """import: inside an import or re-export. name: a bare local name. member: `a.b`.

    string: a module path in a string (`jest.mock("d")`, `mock.patch("d.x")`, a dynamic import).
    """
    span: Span
    """The whole expression that stands for the symbol: `np.linalg.norm`."""
    name: Span
    """Its last name, the smallest thing a rename has to touch: `norm`. For a string: the part that names the symbol."""
    node: SgNode
    """The syntax node of `span`."""
    confidence: Confidence = "sure"
    binding: Binding | None = None
    """What the first name of the expression comes from; None for a string."""
    store: bool = False
    """It is assigned to, deleted or patched here, not read."""


class Uses(Struct, frozen=True, kw_only=True, eq=False):
    """Everything one file uses of the packages asked for, in order of position."""

    bindings: tuple[Binding, ...]
    uses: tuple[Use, ...]
    names: frozenset[str]
    """Every identifier of the file: a new name that is not among them is free everywhere."""
    exported: Mapping[str, str]
    """What this module hands on of those packages: its own name for it, to the symbol (for `Elsewhere`)."""
    unresolved: tuple[tuple[Span, str], ...] = ()
    """Places that use the packages but can't be followed, with the reason (dynamic access, star import)."""


def is_member(symbol: str, of: str) -> bool:
    """Whether a symbol is the other one or lies below it: `numpy.linalg.norm` of `numpy`, `d#x` of `d`."""
    return symbol == of or symbol.startswith((f"{of}.", f"{of}#", f"{of}::", f"{of}(", f"{of}/", f"{of}@"))
