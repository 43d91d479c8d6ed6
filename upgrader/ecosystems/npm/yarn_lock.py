"""What a yarn.lock holds: format 1 by our own reader, those of yarn 2 and later as the YAML they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from upgrader.ecosystems.npm.foreign_lock import LINK, Edge, ForeignLock, locked
from upgrader.ecosystems.npm.locked import Locked
from upgrader.errors import ManifestError
from upgrader.source.yaml_spans import LARGEST, YamlItem, read_yaml

NAME = "yarn.lock"

_BERRY = re.compile(rb"^__metadata:", re.MULTILINE)
_DESCRIPTOR = re.compile(r"((?:@[^/@]+/)?[^/@]+)@(.*)", re.DOTALL)
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s",]+)')
_FIELD = re.compile(r'( +)("(?:[^"\\]|\\.)*"|[^\s":]+):?(?: +("(?:[^"\\]|\\.)*"|\S+))?')
_GROUPS = ("dependencies", "optionalDependencies")


class _Block(Struct):
    """One entry of either format."""

    keys: list[str]
    """The descriptors that got it: `name@requirement`."""
    line: int
    fields: dict[str, str] = field(default_factory=dict)
    needs: list[tuple[str, str, bool]] = field(default_factory=list)
    """Names, requirements, and whether the package may be missing."""


def read_yarn_lock(text: bytes, path: str) -> ForeignLock:
    """Read a yarn.lock. Raises ManifestError `path:line: ...` for what is none, or of an unknown format."""
    if _BERRY.search(text[:1_000_000]):
        return _read_berry(text, path)
    return _read_classic(text, path)


def _read_classic(text: bytes, path: str) -> ForeignLock:
    """Format 1 (https://classic.yarnpkg.com/docs/yarn-lock)."""
    blocks = _blocks(text, path)
    direct: dict[tuple[str, str], str] = {}
    packages: dict[str, Locked] = {}
    for block in blocks:
        for key in block.keys:
            direct["", key] = block.keys[0]
        packages[block.keys[0]] = _classic(block, path)
    edges = {block.keys[0]: tuple(_edges(block, direct)) for block in blocks}
    return ForeignLock(path=path, format="1", packages=packages, tool="yarn", direct=direct, edges=edges)


def _blocks(text: bytes, path: str) -> list[_Block]:
    if len(text) > LARGEST:
        raise ManifestError(f"{path}:1: larger than {LARGEST // 2**20} MiB.", "It is not read.")
    try:
        lines = text.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as fault:
        at = text.count(b"\n", 0, fault.start) + 1
        raise ManifestError(f"{path}:{at}: byte {fault.start} is not UTF-8.", "Save it as UTF-8.") from None
    blocks: list[_Block] = []
    group = ""
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip()
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            blocks.append(_Block(keys=_keys(line, f"{path}:{number}"), line=number))
        elif not blocks or not _take(blocks[-1], line, group):
            raise _fault(f"{path}:{number}", line)
        group = _group(line, group)
    return blocks


def _keys(line: str, where: str) -> list[str]:
    """The descriptors of `a@^1.0.0, "b@npm:c@2":`."""
    body = line[:-1] if line.endswith(":") else ""
    words = [_plain(found[0]) for found in _WORD.finditer(body)]
    if not words or not all(_DESCRIPTOR.fullmatch(word) for word in words):
        raise _fault(where, line)
    return words


def _take(block: _Block, line: str, group: str) -> bool:
    """A field of the entry, or one of its dependencies; False when it is neither."""
    found = _FIELD.fullmatch(line)
    if found is None or len(found[1]) not in (2, 4):
        return False
    name, value = _plain(found[2]), _plain(found[3] or "")
    if len(found[1]) == 2:
        block.fields.setdefault(name, value)
    elif group in _GROUPS:
        block.needs.append((name, value, group == "optionalDependencies"))
    return True


def _group(line: str, group: str) -> str:
    if line.startswith("    "):
        return group
    return line.strip().removesuffix(":") if line.endswith(":") and line.startswith(" ") else ""


def _plain(word: str) -> str:
    if len(word) < 2 or not word.startswith('"'):
        return word
    return re.sub(r"\\(.)", r"\1", word[1:-1])


def _fault(where: str, line: str) -> ManifestError:
    return ManifestError(
        f"{where}: {line.strip()[:60]!r} is not what yarn writes.", "Make it again with `yarn install`."
    )


def _edges(block: _Block, direct: Mapping[tuple[str, str], str]) -> Iterator[Edge]:
    for name, wanted, optional in block.needs:
        key = direct.get(("", f"{name}@{wanted}")) or direct.get(("", f"{name}@npm:{wanted}"))
        if key:
            yield key, optional


def _classic(block: _Block, path: str) -> Locked:
    name, wanted = _parts(block.keys[0])
    resolved = block.fields.get("resolved", "")
    if wanted.startswith("npm:"):
        name = _parts(wanted.removeprefix("npm:"))[0]
    git = resolved.startswith(("git", "ssh:")) or "//codeload." in resolved or ".git#" in resolved
    local = wanted.startswith(("file:", "link:"))
    return locked(
        path=block.keys[0],
        name=name,
        version=block.fields.get("version"),
        line=block.line,
        link=wanted.startswith("link:"),
        resolved=f"git+{resolved}" if git else f"file:{wanted}" if local else resolved,
        checked=bool(block.fields.get("integrity")) or "#" in resolved or git or local,
    )


def _parts(descriptor: str) -> tuple[str, str]:
    found = _DESCRIPTOR.fullmatch(descriptor)
    return (found[1], found[2]) if found else (descriptor, "")


def _read_berry(text: bytes, path: str) -> ForeignLock:
    """Formats 3 to 10 of yarn 2 and later."""
    documents = read_yaml(text, path)
    document = documents[-1] if documents else None
    version = document.at("__metadata", "version") if document is not None else ""
    if document is None or not re.fullmatch(r"[3-9]|10", version):
        raise ManifestError(
            f"{path}:1: __metadata.version {version[:20]!r} is not known.", "Known are 3 to 10."
        )
    blocks = [_berry_block(key, item) for key, item in document.mapping().items() if key != "__metadata"]
    direct: dict[tuple[str, str], str] = {}
    packages: dict[str, Locked] = {}
    for block in blocks:
        found = _berry(block)
        packages[block.keys[0]] = found
        for key in block.keys:
            direct["", key] = LINK if found.link else block.keys[0]
    edges = {block.keys[0]: tuple(_edges(block, direct)) for block in blocks}
    return ForeignLock(path=path, format=version, packages=packages, tool="yarn", direct=direct, edges=edges)


def _berry_block(key: str, item: YamlItem) -> _Block:
    fields = {name: inner.text for name, inner in item.mapping().items() if inner.is_scalar}
    optional = {
        name for name, meta in item.mapping("dependenciesMeta").items() if meta.at("optional") == "true"
    }
    needs = [
        (name, inner.text, group == "optionalDependencies" or name in optional)
        for group in _GROUPS
        for name, inner in item.mapping(group).items()
    ]
    return _Block(keys=key.split(", "), line=item.key_line, fields=fields, needs=needs)


def _berry(block: _Block) -> Locked:
    """`resolution` says what it is: `name@npm:1.0.0`, `name@workspace:packages/a`, `name@patch:...`."""
    name, source = _parts(block.fields.get("resolution", block.keys[0]))
    kind = source.partition(":")[0]
    origin = {
        "npm": "",
        "workspace": "",
        "virtual": "",
        "patch": "",
        "link": "",
        "file": "file:",
        "portal": "file:",
    }
    resolved = origin.get(kind, "git+" + source)
    return locked(
        path=block.keys[0],
        name=name,
        version=block.fields.get("version"),
        line=block.line,
        link=kind in ("workspace", "link"),
        resolved=resolved,
        checked=bool(block.fields.get("checksum")) or "conditions" in block.fields or kind != "npm",
    )
