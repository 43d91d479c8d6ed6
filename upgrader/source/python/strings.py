"""Symbols that a Python file names in strings: patched paths, dynamic imports, getattr, quoted annotations."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from ast_grep_py import SgNode

from upgrader.source.python.annotations import WORDS
from upgrader.source.python.imports import Imports
from upgrader.source.python.meaning import Meanings
from upgrader.source.python.roles import start_of
from upgrader.source.syntax import SourceFile, Span, span_of
from upgrader.source.uses import Confidence, Use

_IMPORTERS = frozenset(
    ("import_module", "__import__", "importorskip", "import_string", "find_spec", "reload", "import_object")
)
_PATCHERS = frozenset(("patch", "setattr", "delattr", "dict", "multiple", "setitem", "delitem", "spy"))
_ASKERS = frozenset(("getattr", "setattr", "delattr", "hasattr", "object"))
_PATH = r"(?:{roots})(?:\.[A-Za-z_]\w*)*"
_TYPE_COMMENT = re.compile(r"#\s*type:\s*(?!ignore)")


class Strings:
    """The strings of one file."""

    def __init__(self, source: SourceFile, imports: Imports, meanings: Meanings) -> None:
        self.source = source
        self.imports = imports
        self.meanings = meanings
        self.unresolved: list[tuple[Span, str]] = []

    def modules(self) -> Iterator[Use]:
        """Strings that hold a dotted path of a package and nothing else; sure where the call says what it is for."""
        roots = "|".join(map(re.escape, sorted(self.imports.roots)))
        if roots and re.search(rf"['\"](?:{roots})\b", self.source.text):
            yield from self._paths(roots)
        yield from self._attributes()

    def _paths(self, roots: str) -> Iterator[Use]:
        path = "^" + _PATH.format(roots=roots) + "$"
        for node in self.source.root.find_all(kind="string_content", regex=path):
            symbol = node.text()
            string = node.parent()
            if string is None or not self.imports.is_wanted(symbol):
                continue
            callee = _callee_of(string)
            confidence: Confidence = "sure" if callee in _IMPORTERS or callee in _PATCHERS else "likely"
            if confidence == "likely" and "." not in symbol:
                continue
            where = span_of(node)
            last = Span(where.end - len(symbol.rpartition(".")[2]), where.end)
            yield Use(
                symbol=symbol,
                kind="string",
                span=where,
                name=last,
                node=node,
                confidence=confidence,
                store=callee in _PATCHERS,
            )

    def _attributes(self) -> Iterator[Use]:
        """`getattr(x, "name")`, `mock.patch.object(x, "name")`, `monkeypatch.setattr(x, "name", ...)`."""
        text = self.source.text
        if not any(f"{name}(" in text for name in _ASKERS):
            return
        pattern = rf"^(?:[\w.]+\.)?(?:{'|'.join(sorted(_ASKERS - {'hasattr'}))})$"
        for call in self.source.root.find_all(kind="call", has={"field": "function", "regex": pattern}):
            arguments = call.field("arguments")
            parts = [part for part in (arguments.children() if arguments else []) if part.is_named()]
            if len(parts) >= 2:
                yield from self._attribute(call, parts)

    def _attribute(self, call: SgNode, parts: Sequence[SgNode]) -> Iterator[Use]:
        found = self.meanings.of(parts[0])
        if found is None or not found.symbols:
            return
        content = parts[1].child(1) if parts[1].kind() == "string" else None
        if content is None or content.kind() != "string_content" or not content.text().isidentifier():
            plain = not any("(" in symbol for symbol in found.symbols)
            if plain and parts[1].kind() != "string" and any(map(self.imports.is_wanted, found.symbols)):
                self.unresolved.append(
                    (span_of(call), "an attribute is looked up by a name that is not written here")
                )
            return
        member = self.meanings.member(found, content.text())
        for symbol in member.symbols if member is not None else ():
            if self.imports.is_wanted(symbol):
                yield Use(
                    symbol=symbol,
                    kind="string",
                    span=span_of(content),
                    name=span_of(content),
                    node=content,
                    confidence="sure" if found.sure else "likely",
                    store=_callee_of(parts[1]) != "getattr",
                )

    def annotations(self, quoted: Mapping[str, list[SgNode]], interesting: Collection[str]) -> Iterator[Use]:
        """Names in quoted annotations and in `# type:` comments."""
        kinds = {start_of(kind): kind for word in interesting for kind in quoted.get(word, ())}
        contents = {start_of(c): c for kind in kinds.values() for c in kind.find_all(kind="string_content")}
        for content in contents.values():
            if not content.matches(inside={"regex": r"^(?:\w+\.)?Literal\[", "stopBy": "end"}):
                yield from self._named(content, 0)
        if "type:" in self.source.text:
            for comment in self.source.root.find_all(kind="comment", regex=r"^#\s*type:"):
                opening = _TYPE_COMMENT.match(comment.text())
                if opening is not None:
                    yield from self._named(comment, opening.end())

    def _named(self, node: SgNode, skip: int) -> Iterator[Use]:
        text, begin = node.text(), start_of(node)
        for word in WORDS.finditer(text, skip):
            first, *rest = [(m[0], m.start()) for m in re.finditer(r"\w+", word[0])]
            at = begin + word.start()
            found = self.meanings.of_name(first[0], begin)
            for name, offset in ((first[0], first[1]), *rest):
                if found is not None and offset:
                    found = self.meanings.member(found, name)
                if found is None:
                    break
                for symbol in found.symbols:
                    if self.imports.is_wanted(symbol) and not symbol.endswith(")"):
                        yield Use(
                            symbol=symbol,
                            kind="member" if offset else "name",
                            span=Span(at, at + offset + len(name)),
                            name=Span(at + offset, at + offset + len(name)),
                            node=node,
                            confidence="sure" if found.sure else "likely",
                            binding=found.binding,
                        )


def _callee_of(string: SgNode) -> str:
    """The last name of what a string is passed to."""
    above = string.parent()
    if above is not None and above.kind() == "keyword_argument":
        above = above.parent()
    call = above.parent() if above is not None and above.kind() == "argument_list" else None
    callee = call.field("function") if call is not None else None
    return callee.text().rpartition(".")[2] if callee is not None else ""
