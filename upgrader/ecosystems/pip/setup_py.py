"""The requirements that a setup.py writes out, each with its bytes; the file is parsed and never run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from upgrader.errors import ManifestError
from upgrader.source.spans import Value
from upgrader.source.toml_spans import Keys

LARGEST = 2**20
"""Bytes of a setup.py that are read at most."""
_LISTS = ("install_requires", "setup_requires", "tests_require", "extras_require")
_CHANGES = ("append", "extend")

Computed = tuple[int, str, str]
"""Line, key and reason of something that only running the file would tell."""


class SetupFile:
    """A parsed setup.py."""

    def __init__(self, text: bytes, path: str) -> None:
        """Raises ManifestError `path:line: ...` for what is no Python, or not UTF-8."""
        self.tree = _parsed(text, path)
        self.mark = 3 if text.startswith(b"\xef\xbb\xbf") else 0
        self.starts = [self.mark] + [found.end() for found in re.finditer(rb"\r\n|\r|\n", text)]
        self.assigned: dict[str, list[ast.expr]] = {}
        self.calls: list[ast.Call] = []
        self.values: list[Value] = []
        self.computed: list[Computed] = []
        for node in ast.walk(self.tree):
            self._note(node)

    def read(self) -> tuple[list[Value], list[Computed]]:
        """The requirements in the order of the file; keys are `install_requires[0]`, `extras_require.test[0]`."""
        for call in self.calls:
            for name, given in self._arguments(call):
                self._collect((name,), given)
        self.values.sort(key=lambda value: value.start)
        counts: dict[Keys, int] = {}
        found: dict[int, Value] = {}
        for value in self.values:
            number = counts.get(value.keys, 0)
            if value.start not in found:
                counts[value.keys] = number + 1
                keys = (*value.keys, number)
                found[value.start] = Value(
                    keys=keys, value=value.value, start=value.start, end=value.end, line=value.line
                )
        return list(found.values()), sorted(set(self.computed))

    def stated(self, name: str) -> str:
        """One plain string given to `setup`, "" when it is not written out."""
        found = self.stated_at(name)
        return found[1] if found else ""

    def stated_at(self, name: str) -> tuple[int, str] | None:
        """The string with its line, None when it is not written out."""
        for call in self.calls:
            for keyword in call.keywords:
                value = keyword.value
                if keyword.arg == name and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    return value.lineno, value.value
        return None

    def _note(self, node: ast.AST) -> None:
        match node:
            case ast.Call(func=ast.Name(id="setup") | ast.Attribute(attr="setup")):
                self.calls.append(node)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.assigned.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self.assigned.setdefault(name, []).append(value)
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                self.assigned.setdefault(name, []).append(value)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=key)], value=value):
                self.assigned.setdefault(name, []).append(_pair(key, value))
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=change), args=[value]) if (
                change in _CHANGES
            ):
                self.assigned.setdefault(name, []).append(value)

    def _arguments(self, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
        for keyword in call.keywords:
            if keyword.arg in _LISTS:
                yield keyword.arg, keyword.value
            elif keyword.arg is None:
                for value in self._of_name(keyword.value):
                    if isinstance(value, ast.Dict):
                        yield from ((key, inner) for key, inner in _pairs(value) if key in _LISTS)

    def _of_name(self, value: ast.expr) -> list[ast.expr]:
        return self.assigned.get(value.id, []) if isinstance(value, ast.Name) else [value]

    def _collect(self, keys: tuple[str, ...], value: ast.expr) -> None:
        """Follow names, sums and lists down to the strings; each is visited once, so that names may go in circles."""
        stack = [(keys, value)]
        seen: set[tuple[tuple[str, ...], int]] = set()
        while stack:
            keys, value = stack.pop()
            if (keys, id(value)) in seen:
                continue
            seen.add((keys, id(value)))
            inner = self._inside(keys, value)
            if inner is None:
                key = ".".join(keys)
                self.computed.append((value.lineno, key, "are computed, and nothing is run to learn them"))
            else:
                stack += inner

    def _inside(
        self, keys: tuple[str, ...], value: ast.expr
    ) -> list[tuple[tuple[str, ...], ast.expr]] | None:
        """What a value is made of; None for what only running it would tell."""
        if (
            isinstance(value, ast.Constant)
            and isinstance(value.value, str)
            and "\n" not in value.value.strip()
        ):
            self._take(keys, value, value.value)
            return []
        if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
            return [(keys, item.value if isinstance(item, ast.Starred) else item) for item in value.elts]
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
            return [(keys, value.left), (keys, value.right)]
        if isinstance(value, ast.Dict) and keys == ("extras_require",):
            return self._extras(keys, value)
        if isinstance(value, ast.Name) and value.id in self.assigned:
            return [(keys, item) for item in self.assigned[value.id]]
        return None

    def _extras(self, keys: tuple[str, ...], value: ast.Dict) -> list[tuple[tuple[str, ...], ast.expr]]:
        """The lists of each extra, and of a dictionary that is taken in (`**more`); a computed name is told."""
        found: list[tuple[tuple[str, ...], ast.expr]] = []
        for key, inner in zip(value.keys, value.values, strict=True):
            if key is None:
                found.append((keys, inner))
            elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                found.append(((*keys, key.value), inner))
            else:
                why = "are computed, and nothing is run to learn them"
                self.computed.append((key.lineno, ".".join(keys), why))
        return found

    def _take(self, keys: tuple[str, ...], node: ast.Constant, text: str) -> None:
        if not text.strip() or node.end_lineno is None or node.end_col_offset is None:
            return
        start = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        self.values.append(Value(keys=keys, value=text, start=start, end=end, line=node.lineno))


def _parsed(text: bytes, path: str) -> ast.Module:
    if len(text) > LARGEST:
        raise ManifestError(
            f"{path}:1: larger than {LARGEST // 2**20} MiB.", "Move the requirements elsewhere."
        )
    try:
        content = text.decode("utf-8-sig")
        with warnings.catch_warnings():
            # What the file's own strings look like is its author's business.
            warnings.simplefilter("ignore")
            return ast.parse(content)
    except UnicodeDecodeError as fault:
        raise ManifestError(f"{path}:1: byte {fault.start} is not UTF-8.", "Save it as UTF-8.") from fault
    except SyntaxError as fault:
        what = f"{path}:{fault.lineno or 1}: not Python that this program can parse: {fault.msg}."
        raise ManifestError(what, "Mend the line.") from fault
    except (ValueError, RecursionError, MemoryError) as fault:
        raise ManifestError(
            f"{path}:1: not Python that this program can parse.", "Nest less deeply."
        ) from fault


def _pairs(value: ast.Dict) -> Iterator[tuple[str, ast.expr]]:
    for key, inner in zip(value.keys, value.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, inner


def _pair(key: ast.expr, value: ast.expr) -> ast.Dict:
    """`extras["test"] = [...]` as the dictionary it adds."""
    return ast.Dict(keys=[key], values=[value], lineno=value.lineno, col_offset=value.col_offset)
