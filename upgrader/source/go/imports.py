"""The import specs of a Go file, and the package name that an import path is taken to have."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ast_grep_py import SgNode
from msgspec import Struct

from upgrader.source.syntax import SourceFile, Span, span_of

_MAJOR = re.compile(r"v[0-9]+")
_NAME = re.compile(r"[^\W\d]\w*")


class Spec(Struct, frozen=True, kw_only=True, eq=False):
    """One import: `alias "path"`."""

    node: SgNode
    path: str
    path_span: Span
    """Without the quotes."""
    alias: str
    """As written: a name, `_`, `.`, or "" for none."""
    statement: SgNode
    """The whole `import` declaration."""


def read_specs(source: SourceFile) -> list[Spec]:
    """Every import of the file, in order; `import "C"` too."""
    found = []
    for node in source.root.find_all(kind="import_spec"):
        literal = node.field("path")
        if literal is None or len(literal.text()) < 3:
            continue
        whole = span_of(literal)
        alias = node.field("name")
        found.append(
            Spec(
                node=node,
                path=source.text[whole.start + 1 : whole.end - 1],
                path_span=Span(whole.start + 1, whole.end - 1),
                alias=alias.text() if alias else "",
                statement=_statement(node),
            )
        )
    return found


def _statement(node: SgNode) -> SgNode:
    for above in node.ancestors():
        if above.kind() == "import_declaration":
            return above
    return node


def assumed_name(path: str) -> str:
    """The package name that Go's tools take a path to have when they can't look inside.

    The last element, a major version (`/v2`, `.v2`) left off, `go-` in front and everything from the first sign that
    can't be in a name left off too: `yaml` for `gopkg.in/yaml.v3`, `jwt` for `github.com/x/jwt-go`.
    """
    parts = path.split("/")
    last = parts[-1]
    if len(parts) > 1 and _MAJOR.fullmatch(last):
        last = parts[-2]
    last = last.removeprefix("go-")
    name = _NAME.match(last)
    return name.group() if name else last


def possible_names(path: str) -> tuple[str, ...]:
    """Other names that packages at such a path are known to have, the likelier first."""
    parts = [part for part in path.split("/") if not _MAJOR.fullmatch(part)]
    last = re.sub(r"\.v[0-9]+$", "", parts[-1]) if parts else ""
    words = [word for word in re.split(r"[-.]", last) if word]
    plain = [word for word in words if word not in {"go", "golang"}]
    whole = path.rpartition("/")[2]
    return tuple(dict.fromkeys([whole, "".join(words), "_".join(words), "".join(plain), *reversed(plain)]))


def local_name(spec: Spec, free: Iterable[str], missing: int) -> tuple[str, bool]:
    """The name a spec is seen by, and whether that is certain.

    `free`: names that stand before a dot and are declared nowhere in the file; `missing`: how many imports of the
    file have an assumed name that does not stand there. The only name left is taken for a path that can't be a name.
    """
    if spec.alias:
        return spec.alias, True
    assumed, known = assumed_name(spec.path), set(free)
    if assumed in known or not known:
        return assumed, True
    for name in possible_names(spec.path):
        if name in known:
            return name, False
    if len(known) == 1 and missing == 1 and not spec.path.rpartition("/")[2].isidentifier():
        return next(iter(known)), False
    return assumed, True
