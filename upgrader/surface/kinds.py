"""The kinds of change, one set for the four ecosystems: how much each weighs, what it means, how it is mended."""

from __future__ import annotations

from msgspec import Struct

from upgrader.model.impact import ChangeKind, Weight


class Kind(Struct, frozen=True):
    """What is said of one kind of change, wherever it is found."""

    severity: Weight
    meaning: str
    hint: str
    """What to do, where the change itself says nothing better; "" when there is no general advice."""
    example: str


_B: Weight = "breaking"
_P: Weight = "possible"
_D: Weight = "deprecation"

KINDS: dict[ChangeKind, Kind] = {
    "module_removed": Kind(
        _B,
        "A module or package can no longer be imported.",
        "Import from where its names live now.",
        "urllib3.contrib.pyopenssl; Go package `example.org/m/old`",
    ),
    "entrypoint_removed": Kind(
        _B,
        "A subpath or console script is no longer offered.",
        "Use an entry point that the package still names.",
        'npm `exports` without "./lib/util"',
    ),
    "symbol_removed": Kind(
        _B, "A name is gone.", "Replace it; see the release notes.", "numpy.float_ in numpy 2"
    ),
    "member_removed": Kind(
        _B,
        "A method, property or field of a type is gone.",
        "Replace it; see the release notes.",
        "pandas.DataFrame.append in pandas 2",
    ),
    "enum_variant_removed": Kind(
        _B, "A case of an enumeration is gone.", "Drop the case.", "`Error::Old` of a Rust enum"
    ),
    "feature_removed": Kind(
        _B,
        "An optional feature or extra is gone.",
        "Drop it from the requirement.",
        "cargo feature `std`; pip extra `package[all]`",
    ),
    "symbol_moved": Kind(
        _B,
        "The same thing stands under another path.",
        "Import it from its new path.",
        "collections: `flask.escape` to `markupsafe.escape`",
    ),
    "symbol_renamed": Kind(
        _B, "A name seems to have another one now.", "Use the new name.", "`np.product` to `np.prod`"
    ),
    "member_renamed": Kind(
        _B, "A member seems to have another name now.", "Use the new name.", "`Query.get` to `Query.fetch`"
    ),
    "param_renamed": Kind(
        _B, "A parameter has another name now.", "Pass it by its new name.", "`f(colour=1)` to `f(color=1)`"
    ),
    "symbol_tombstoned": Kind(
        _B,
        "The name is there, but using it only raises.",
        "Do what the error's text says.",
        "openai.Completion in openai 1",
    ),
    "symbol_kind_changed": Kind(
        _B, "It is another kind of thing.", "See how it is used now.", "a module that became a function"
    ),
    "param_removed": Kind(
        _B, "A parameter is gone.", "Drop the argument.", "`pandas.read_csv(squeeze=...)` in pandas 2"
    ),
    "param_added_required": Kind(
        _B, "A new parameter must be given.", "Pass it.", "`connect(host)` to `connect(host, port)`"
    ),
    "param_became_required": Kind(
        _B,
        "A parameter lost its default.",
        "Pass the old default.",
        "`open(path, mode='r')` to `open(path, mode)`",
    ),
    "param_moved": Kind(
        _B, "A parameter has another position.", "Pass it by name.", "`f(a, b)` to `f(b, a)`"
    ),
    "param_kind_changed": Kind(
        _B,
        "A parameter became keyword-only or positional-only.",
        "Pass it by name, or by position.",
        "`f(a, b)` to `f(a, *, b)`",
    ),
    "param_default_changed": Kind(
        _P,
        "A default has another value.",
        "Pass the old value where it matters.",
        "`f(copy=True)` to `f(copy=None)`",
    ),
    "param_type_changed": Kind(
        _P, "A parameter takes another type.", "See what is passed.", "`f(x: str)` to `f(x: bytes)`"
    ),
    "return_type_changed": Kind(
        _P,
        "It gives back another type.",
        "See what is done with the result.",
        "`f() -> str` to `f() -> bytes`",
    ),
    "type_changed": Kind(
        _P, "A type is defined otherwise.", "See how it is used.", "`type Id = number` to `string`"
    ),
    "attribute_type_changed": Kind(
        _P, "An attribute or field has another type.", "See how it is used.", "`port: int` to `port: str`"
    ),
    "signature_changed": Kind(
        _B,
        "It is called in another way.",
        "Compare both signatures.",
        "Go `func Get(id int) T` to `Get(ctx context.Context, id int) (T, error)`",
    ),
    "async_changed": Kind(
        _B,
        "It became asynchronous, or stopped being so.",
        "Await it, or don't.",
        "`def get()` to `async def get()`",
    ),
    "base_class_removed": Kind(
        _P,
        "A class lost one of its bases.",
        "See isinstance checks and except clauses.",
        "`class E(ValueError)` to `class E(Exception)`",
    ),
    "trait_impl_removed": Kind(
        _P,
        "A type no longer implements a trait or interface.",
        "See where it is required.",
        "Rust `impl Copy for T`",
    ),
    "interface_method_added": Kind(
        _B,
        "Implementers need one more method.",
        "Add it to your implementations.",
        "a Go interface with a new method",
    ),
    "abstract_member_added": Kind(
        _B, "Subclasses need one more method.", "Add it to your subclasses.", "a new `@abstractmethod`"
    ),
    "enum_variant_added": Kind(
        _P,
        "An exhaustive match misses a case.",
        "Add the case, or a wildcard.",
        "`Error::New` of a Rust enum",
    ),
    "marked_non_exhaustive": Kind(
        _B, "Matches need a wildcard, literals are refused.", "Add `_ =>` or `..`.", "`#[non_exhaustive]`"
    ),
    "required_field_added": Kind(
        _B, "A literal of the type misses a field.", "Give the field.", "a new public field of a Rust struct"
    ),
    "type_sealed": Kind(
        _B, "It can no longer be implemented or subclassed.", "Wrap it instead.", "`@final`; a sealed trait"
    ),
    "struct_field_added": Kind(
        _P, "A literal without field names no longer compiles.", "Name the fields.", "Go `T{1, 2}`"
    ),
    "exception_changed": Kind(
        _P, "Another exception is raised.", "See the except clauses.", "`KeyError` to `LookupError`"
    ),
    "attribute_value_changed": Kind(
        "info", "A constant has another value.", "See where it is read.", "`DEFAULT_TIMEOUT = 5` to `10`"
    ),
    "export_style_changed": Kind(
        _B,
        "The module is exported in another way.",
        "Import it by name, or as the default.",
        "`module.exports = fn` to `exports.fn`",
    ),
    "module_format_changed": Kind(
        _B,
        "The package is an ES module only.",
        "Use import, stay, or move to a Node that can require() it.",
        'npm "type": "module" without a require condition',
    ),
    "runtime_requirement_raised": Kind(
        _B,
        "It needs a newer runtime.",
        "Raise the project's own runtime first.",
        "Requires-Python, engines.node, rust-version, the go line",
    ),
    "import_path_changed": Kind(
        _B,
        "The module has another import path.",
        "Rewrite the imports.",
        "Go `example.org/m` to `example.org/m/v2`",
    ),
    "dependency_requirement_changed": Kind(
        _P,
        "It asks for other releases of a dependency.",
        "See what else needs that one.",
        "`urllib3<2` to `urllib3>=2`",
    ),
    "peer_requirement_changed": Kind(
        _P,
        "It expects other releases beside it.",
        "Move them together.",
        "npm peerDependencies react ^17 to ^18",
    ),
    "licence_changed": Kind(
        _P, "It has another licence.", "Ask whoever decides on licences.", "MIT to BUSL-1.1"
    ),
    "deprecated": Kind(
        _D, "It works now and goes away later.", "Use what its message names.", "PEP 702, JSDoc"
    ),
    "visibility_reduced": Kind(
        _P, "It is no longer meant for others.", "Look for a public way.", "`pub` to `pub(crate)`"
    ),
    "doc_hidden": Kind(
        _P, "It is hidden from the documentation.", "Look for a public way.", "Rust `#[doc(hidden)]`"
    ),
    "abi_changed": Kind(
        _P, "Its binary form is another one.", "Rebuild what links to it.", "Rust `#[repr(C)]`"
    ),
    "behavior_changed": Kind(
        _P, "The release notes say that it behaves otherwise.", "Read the note.", "a line of the changelog"
    ),
}
"""Every kind, in the order of the taxonomy."""
WEIGHTS: tuple[Weight, ...] = ("breaking", "possible", "deprecation", "info")
"""From the most to the least."""
