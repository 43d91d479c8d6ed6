"""What a go.mod or go.work file says: module, go, require, replace, exclude, retract, tool, use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from msgspec import Struct, field

from upgrader.ecosystems.go.mod_syntax import Fault, Statement, Token, read_statements, unquote
from upgrader.ecosystems.go.module_path import fits, is_canonical, split_major
from upgrader.versions.scheme import LONGEST_VERSION

_GO = re.compile(r"[1-9][0-9]*\.(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?(?:[a-z]+[0-9]+)?")
_GO_LAX = re.compile(r"v?([1-9][0-9]*\.(?:0|[1-9][0-9]*))[^0-9].*")
_TOOLCHAIN = re.compile(r"default|go1(?:\..*)?")
_DEPRECATED = re.compile(r"(?:\A|\n\n)Deprecated: *(.*?)(?:\Z|\n\n)", re.DOTALL)
_SHORT = re.compile(r"v(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?")
_FOLDER = re.compile(r"\.{1,2}(?:[/\\].*)?|[/\\].*|[A-Za-z]:.*", re.DOTALL)


class Require(Struct, frozen=True, kw_only=True):
    """A required module."""

    path: str
    version: str
    """Canonical."""
    indirect: bool
    line: int
    token: Token
    """The version's place."""


class Replace(Struct, frozen=True, kw_only=True):
    """A module that stands in for another (https://go.dev/ref/mod#go-mod-file-replace)."""

    old_path: str
    old_version: str
    """"" when every version is replaced."""
    new_path: str
    """A folder when `new_version` is ""."""
    new_version: str
    line: int
    token: Token
    """The new version's place, or the folder's."""


class Exclude(Struct, frozen=True, kw_only=True):
    """A version that must not be used."""

    path: str
    version: str
    line: int


class Retract(Struct, frozen=True, kw_only=True):
    """Versions that their author has taken back; both ends are included."""

    low: str
    high: str
    reason: str


class Named(Struct, frozen=True):
    """A path with its line: a tool's package, or a folder of go.work."""

    path: str
    line: int


class ModFile(Struct, kw_only=True):
    """The directives of one file, in order."""

    module: str = ""
    module_line: int = 0
    deprecated: str = ""
    """What the module's author says instead of it, "" when it is not deprecated."""
    go: str | None = None
    go_line: int = 0
    toolchain: str | None = None
    toolchain_line: int = 0
    require: list[Require] = field(default_factory=list)
    replace: list[Replace] = field(default_factory=list)
    exclude: list[Exclude] = field(default_factory=list)
    retract: list[Retract] = field(default_factory=list)
    tool: list[Named] = field(default_factory=list)
    use: list[Named] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    """Lines that Go would refuse, and so the whole file with them."""


class Replacements:
    """The replace directives by the path they stand for."""

    def __init__(self, directives: Iterable[Replace]) -> None:
        self._exact: dict[tuple[str, str], Replace] = {}
        for item in directives:
            self._exact[item.old_path, item.old_version] = item

    def of(self, path: str, version: str) -> Replace | None:
        """The directive that holds for this module: one for the very version before one for all; the last counts."""
        return self._exact.get((path, version)) or self._exact.get((path, ""))


def read_mod(text: bytes, path: str, *, lax: bool = False) -> ModFile:
    """Read a go.mod or go.work file.

    `lax` is for other people's modules: what only a main module uses is passed over, as Go does. Raises ManifestError
    `path:line: ...` for what is no text at all; single bad lines stand in `faults`.
    """
    statements, faults = read_statements(text, path)
    file = ModFile(faults=faults)
    for statement in statements:
        take = (_LAX if lax else _STRICT).get(statement.verb)
        if statement.in_block and statement.verb in ("go", "toolchain"):
            take = None
        if take is None:
            if not lax:
                faults.append(
                    Fault(
                        statement.line, f"the directive {statement.verb[:40]!r}, which Go does not know here"
                    )
                )
            continue
        try:
            take(file, statement, lax)
        except ValueError as fault:
            faults.append(Fault(statement.line, str(fault)))
    faults.sort(key=lambda fault: fault.line)
    return file


def is_folder(path: str) -> bool:
    """Whether a replacement is a folder rather than a module: `./x`, `../x`, `/x`, `C:\\x`."""
    return _FOLDER.fullmatch(path) is not None


def _count(statement: Statement, number: int, usage: str) -> None:
    if len(statement.words) != number:
        raise ValueError(f"a {statement.verb} directive that is not written `{usage}`")


def _module(file: ModFile, statement: Statement, lax: bool) -> None:
    _count(statement, 1, "module example.com/path")
    if file.module:
        raise ValueError("a second module directive")
    file.module, file.module_line = unquote(statement.words[0]), statement.line
    found = _DEPRECATED.search(statement.remark)
    file.deprecated = found[1] if found else ""


def _go(file: ModFile, statement: Statement, lax: bool) -> None:
    _count(statement, 1, "go 1.23.0")
    raw = statement.words[0].raw
    loose = _GO_LAX.fullmatch(raw) if lax else None
    if file.go is not None or not (_GO.fullmatch(raw) or loose):
        raise ValueError(f"the go version {raw[:40]!r}, which is a second one or not like 1.23.0")
    file.go = loose[1] if loose and not _GO.fullmatch(raw) else raw
    file.go_line = statement.line


def _toolchain(file: ModFile, statement: Statement, lax: bool) -> None:
    _count(statement, 1, "toolchain go1.23.0")
    raw = statement.words[0].raw
    if file.toolchain is not None or not _TOOLCHAIN.fullmatch(raw):
        raise ValueError(f"the toolchain {raw[:40]!r}, which is a second one or not like go1.23.0")
    file.toolchain, file.toolchain_line = raw, statement.line


def _require(file: ModFile, statement: Statement, lax: bool) -> None:
    _count(statement, 2, "require example.com/path v1.2.3")
    path, version = unquote(statement.words[0]), _version(statement.words[1])
    _check_major(path, version)
    marks = statement.comment.removeprefix("//").split()
    file.require.append(
        Require(
            path=path,
            version=version,
            indirect=marks == ["indirect"] or (len(marks) > 1 and marks[0] == "indirect;"),
            line=statement.line,
            token=statement.words[1],
        )
    )


def _exclude(file: ModFile, statement: Statement, lax: bool) -> None:
    _count(statement, 2, "exclude example.com/path v1.2.3")
    path, version = unquote(statement.words[0]), _version(statement.words[1])
    _check_major(path, version)
    file.exclude.append(Exclude(path=path, version=version, line=statement.line))


def _replace(file: ModFile, statement: Statement, lax: bool) -> None:
    words = [unquote(word) for word in statement.words]
    arrow = 1 if words[1:2] == ["=>"] else 2
    if words[arrow : arrow + 1] != ["=>"] or len(words) - arrow not in (2, 3):
        raise ValueError("a replace directive that is not written `replace old [v1.2.3] => new v1.2.3`")
    old_version = _version(statement.words[1]) if arrow == 2 else ""
    _check_major(words[0], old_version)
    new_path, versioned = words[arrow + 1], len(words) - arrow == 3
    if is_folder(new_path) is versioned:
        raise ValueError(
            f"the replacement {new_path[:80]!r}: a folder has no version, and a module needs one"
        )
    file.replace.append(
        Replace(
            old_path=words[0],
            old_version=old_version,
            new_path=new_path,
            new_version=_version(statement.words[-1]) if versioned else "",
            line=statement.line,
            token=statement.words[-1],
        )
    )


def _retract(file: ModFile, statement: Statement, lax: bool) -> None:
    raw = [word.raw for word in statement.words]
    if len(raw) == 5 and raw[0::2] == ["[", ",", "]"]:
        low, high = _version(statement.words[1]), _version(statement.words[3])
    elif len(raw) == 1:
        low = high = _version(statement.words[0])
    elif lax:
        return
    else:
        raise ValueError(
            "a retract directive that is not written `retract v1.2.3` or `retract [v1.0.0, v1.2.3]`"
        )
    file.retract.append(Retract(low=low, high=high, reason=statement.remark))


def _tool(file: ModFile, statement: Statement, lax: bool) -> None:
    _count(statement, 1, "tool example.com/path/cmd")
    file.tool.append(Named(unquote(statement.words[0]), statement.line))


def _use(file: ModFile, statement: Statement, lax: bool) -> None:
    _count(statement, 1, "use ./folder")
    file.use.append(Named(unquote(statement.words[0]), statement.line))


def _ignore(file: ModFile, statement: Statement, lax: bool) -> None:
    """A folder that holds no packages: read to see whether Go accepts the file."""
    _count(statement, 1, "ignore ./folder")
    unquote(statement.words[0])


def _godebug(file: ModFile, statement: Statement, lax: bool) -> None:
    _count(statement, 1, "godebug key=value")
    raw = statement.words[0].raw
    if "=" not in raw or any(mark in raw for mark in "\"`',"):
        raise ValueError("a godebug directive that is not written `godebug key=value`")


def _version(token: Token) -> str:
    """A version in canonical form. Raises ValueError for a branch and other words that Go has yet to resolve."""
    text = unquote(token)
    short = _SHORT.fullmatch(text)
    if short:
        return f"v{short[1]}.{short[2] or 0}.0"
    bare = re.sub(r"\+(?!incompatible$).*", "", text)
    if len(text) <= LONGEST_VERSION and is_canonical(bare):
        return bare
    raise ValueError(f"{text[:80]!r}, which is not a version of the form v1.2.3")


def _check_major(path: str, version: str) -> None:
    if split_major(path) is None:
        raise ValueError(
            f"the module path {path[:80]!r}, which ends in a major version that Go does not allow"
        )
    if is_canonical(version) and not fits(path, version):
        raise ValueError(f"{version[:80]!r}, whose major version does not fit the path {path[:80]!r}")


_Take = Callable[[ModFile, Statement, bool], None]
_LAX: dict[str, _Take] = {"module": _module, "go": _go, "require": _require, "retract": _retract}
_STRICT: dict[str, _Take] = {
    **_LAX,
    "toolchain": _toolchain,
    "exclude": _exclude,
    "replace": _replace,
    "tool": _tool,
    "use": _use,
    "ignore": _ignore,
    "godebug": _godebug,
}
