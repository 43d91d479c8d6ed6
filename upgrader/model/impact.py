"""What an upgrade changes in a package's public API, and where that meets the project's own code."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

ChangeKind = Literal[
    "module_removed",
    "entrypoint_removed",
    "symbol_removed",
    "member_removed",
    "enum_variant_removed",
    "feature_removed",
    "symbol_moved",
    "symbol_renamed",
    "member_renamed",
    "param_renamed",
    "symbol_tombstoned",
    "symbol_kind_changed",
    "param_removed",
    "param_added_required",
    "param_became_required",
    "param_moved",
    "param_kind_changed",
    "param_default_changed",
    "param_type_changed",
    "return_type_changed",
    "type_changed",
    "attribute_type_changed",
    "signature_changed",
    "async_changed",
    "base_class_removed",
    "trait_impl_removed",
    "interface_method_added",
    "abstract_member_added",
    "enum_variant_added",
    "marked_non_exhaustive",
    "required_field_added",
    "type_sealed",
    "struct_field_added",
    "exception_changed",
    "attribute_value_changed",
    "export_style_changed",
    "module_format_changed",
    "runtime_requirement_raised",
    "import_path_changed",
    "dependency_requirement_changed",
    "peer_requirement_changed",
    "licence_changed",
    "deprecated",
    "visibility_reduced",
    "doc_hidden",
    "abi_changed",
    "behavior_changed",
]
"""What can change; `surface/kinds.py` says of each how much it weighs, what it means and how to mend it."""
Evidence = Literal["sure", "likely", "unknown"]
"""sure: resolved in both releases, or a new diagnostic of a type checker. likely: by inference. unknown: not told."""
Weight = Literal["breaking", "possible", "deprecation", "info"]
"""breaking: breaks what uses it that way. possible: breaks some of it. deprecation: works now, goes away later."""
Layer = Literal["manifest", "source", "types"]
"""Who says so: the package's metadata, the reading of its source code, a type checker's new diagnostics."""


class ApiChange(Struct, frozen=True, kw_only=True):
    """One difference between the public APIs of two releases."""

    kind: ChangeKind
    symbol: str
    """As `source/uses.py` writes symbols; the package's or feature's name for a change of the package as a whole."""
    severity: Weight
    before: str = ""
    """The old signature, value, requirement or path; "" where there is nothing to show."""
    after: str = ""
    """The new one; "" where it is gone."""
    parameter: str = ""
    """Name of the parameter that changed; "" for any other change."""
    confidence: Evidence = "sure"
    hint: str = ""
    """What to do about it, one sentence."""
    where: str = ""
    """`path:line` in the release's files where it is (or was) defined; "" for the package as a whole."""
    layer: Layer = "source"


class Finding(Struct, frozen=True, kw_only=True):
    """A place of the project that a change reaches."""

    file: str
    """Posix, relative to the project."""
    line: int
    """1-based."""
    column: int
    """1-based, in characters."""
    symbol: str
    """As the project uses it."""
    kind: ChangeKind
    severity: Weight
    confidence: Evidence
    layer: Layer
    before: str = ""
    after: str = ""
    hint: str = ""
    pack: str = ""
    """Id of the rule pack that edits this place; "" for none."""


class NotAnalysed(Struct, frozen=True, kw_only=True):
    """Something that could not be judged: a release, a file, a use. Never "safe"."""

    what: str
    """Package and version, file or symbol."""
    reason: str
    where: str = ""
    """`path:line` of the project for a use; "" for a release."""


class ApiDiff(Struct, frozen=True, kw_only=True):
    """How the public API of a release differs from that of an older one."""

    package: str
    old: str
    """Version, or the name of the file or folder that was read."""
    new: str
    changes: tuple[ApiChange, ...] = ()
    """By weight (breaking first), then symbol, kind, parameter."""
    unknown: tuple[NotAnalysed, ...] = ()
    """By name: what can't be read in one of the two."""
    looked_at: int = 0
    """Public symbols of the old release that were looked up in the new one."""

    @property
    def breaking(self) -> int:
        """How many of the changes break what uses them."""
        return sum(change.severity == "breaking" for change in self.changes)
