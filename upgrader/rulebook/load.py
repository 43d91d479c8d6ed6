"""Finds rule packs (bundled, configured, the project's own) and reads them, every fault with its file and line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol, TypeVar, get_args

import msgspec
from msgspec import Struct

from upgrader.errors import PackError, UpgraderError
from upgrader.model import EcosystemName
from upgrader.outside.files import Tree, plain_files
from upgrader.rulebook.check import check_pack
from upgrader.rulebook.marked_yaml import Keys, Marked, read_head, read_marked, said
from upgrader.rulebook.pack import PackForm

Origin = Literal["bundled", "folder", "project"]
"""Where a pack comes from, in the order in which later ones win over earlier ones of the same id."""
FOLDER = "rules"
Form = TypeVar("Form", bound=Struct)
_HEAD = frozenset(("id", "title", "package", "from", "to"))
_STEP = re.compile(r".+-to-.+\.ya?ml")
_AT = re.compile(r" - at `(?:key in )?\$([^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_PART = re.compile(r"\.([^.\[]+)|\[(\d+)\]")


class Files(Protocol):
    """What packs are read from: a folder on disk, or a commit."""

    def read(self, path: str) -> bytes:
        """The file's bytes."""


class Source(Struct, frozen=True, kw_only=True, eq=False):
    """One place that packs come from."""

    origin: Origin
    files: Files
    paths: tuple[str, ...]
    """The packs in it: `<ecosystem>/<package>/<from>-to-<to>.yml` below `prefix`."""
    prefix: str = ""
    """Of `paths`, for reading: `rules/`."""
    shown: str = ""
    """Put before a path in messages."""


class Card(Struct, frozen=True, kw_only=True, eq=False):
    """The head of a pack, enough to choose by."""

    id: str
    title: str
    ecosystem: EcosystemName
    names: tuple[str, ...]
    """The packages it serves, its own first."""
    old: str
    """Requirement that the old release fulfils: `from`."""
    new: str
    """Requirement that the new release fulfils: `to`."""
    path: str
    """For people; `source` and `file` are for reading."""
    file: str
    source: Source


class Pack(Struct, frozen=True, kw_only=True, eq=False):
    """A pack that was read and is without fault."""

    form: PackForm
    path: str
    """For messages: `rules/pip/numpy/1-to-2.yml`."""
    origin: Origin
    lines: Mapping[Keys, int]
    digest: str
    """sha256 of the file, in hex."""

    def line(self, *keys: str | int) -> int:
        """1-based line of a path of keys, of the nearest holder when it is not written."""
        return line_of(self.lines, keys)


class Shelf(Struct, frozen=True, kw_only=True, eq=False):
    """All packs at hand, and what is wrong with those that are not."""

    cards: tuple[Card, ...]
    """By ecosystem, name, file."""
    faults: tuple[PackError, ...]

    def of(self, ecosystem: EcosystemName, name: str) -> list[Card]:
        """The packs that serve a package, under the name it has later too; a Go module is meant whatever its `/vN`."""
        here = [(card, [bare_name(ecosystem, other) for other in card.names]) for card in self.cards]
        here = [(card, names) for card, names in here if card.ecosystem == ecosystem]
        known = {bare_name(ecosystem, name)}
        while True:
            # What a pack serves under another name continues under its own: dgrijalva/jwt-go as golang-jwt/jwt.
            later = known | {names[0] for _, names in here if not known.isdisjoint(names)}
            if later == known:
                return [card for card, names in here if not known.isdisjoint(names)]
            known = later


NO_PACKS = Shelf(cards=(), faults=())


def bundled_folder() -> Path:
    """The packs that came with the program: inside the wheel, or at the top of a checkout."""
    package = Path(__file__).parents[1]
    shipped = package / FOLDER
    return shipped if shipped.is_dir() else package.parent / FOLDER


def folder_source(origin: Origin, folder: Path, shown: str) -> Source:
    """The packs of a folder on disk. Raises PackError when there is no such folder."""
    if not folder.is_dir():
        raise PackError(f"{shown}: no such folder of rule packs.", "Name one that exists.")
    paths = tuple(path for path in plain_files(folder) if _is_pack(path))
    return Source(origin=origin, files=Tree(folder), paths=paths, shown=f"{shown}/")


def file_source(file: Path) -> Source:
    """One pack by its file, wherever it lies; where it stands in a rules folder its path counts from there."""
    parts = file.resolve().parts
    tops = [index for index, part in enumerate(parts) if part in get_args(EcosystemName)]
    top = tops[-1] if tops else len(parts) - 1
    folder, name = Path(*parts[:top]), "/".join(parts[top:])
    shown = file.as_posix().removesuffix(name)
    return Source(origin="folder", files=Tree(folder), paths=(name,), shown=shown)


def project_source(files: Files, walked: Sequence[str]) -> Source:
    """The packs in the project's own `rules/`, of a folder or a commit; `walked` are all its paths."""
    prefix = f"{FOLDER}/"
    paths = [path.removeprefix(prefix) for path in walked if path.startswith(prefix)]
    found = tuple(path for path in paths if _is_pack(path))
    return Source(origin="project", files=files, paths=found, prefix=prefix, shown=prefix)


def standing_sources(root: Path, folders: Sequence[str]) -> tuple[Source, ...]:
    """The bundled packs and the folders of the settings, relative to `root`. Raises PackError when one is missing."""
    bundled = bundled_folder()
    first = [folder_source("bundled", bundled, FOLDER)] if bundled.is_dir() else []
    return (*first, *(folder_source("folder", (root / folder).resolve(), folder) for folder in folders))


def read_shelf(sources: Sequence[Source]) -> Shelf:
    """The heads of all packs. Of one id the later source wins; an id twice in one source is a fault of both."""
    chosen: dict[str, Card] = {}
    faults: list[PackError] = []
    for source in sources:
        seen: dict[str, Card] = {}
        for path in source.paths:
            try:
                card = _card(source, path)
            except PackError as fault:
                faults.append(fault)
                continue
            if card.id in seen:
                before = seen[card.id].path
                faults.append(
                    PackError(
                        f"{card.path}:1: id {card.id!r} is that of {before} too.", "Give it another id."
                    )
                )
                continue
            seen[card.id] = card
        chosen.update(seen)
    cards = sorted(chosen.values(), key=lambda card: (card.ecosystem, card.names[0], card.path))
    return Shelf(cards=tuple(cards), faults=tuple(faults))


def read_pack(card: Card) -> Pack:
    """Read a pack to its end. Raises PackError `path:line: key: ...` for the first thing that is wrong with it."""
    data = _bytes(card.source, card.file)
    return decode_pack(data, card.path, card.source.origin)


def decode_pack(data: bytes, path: str, origin: Origin) -> Pack:
    """The pack in these bytes. Raises PackError like read_pack."""
    marked = read_marked(data, path)
    form = _converted(marked, path, PackForm)
    pack = Pack(
        form=form, path=path, origin=origin, lines=marked.lines, digest=hashlib.sha256(data).hexdigest()
    )
    faults = check_pack(form)
    if faults:
        keys, what = faults[0]
        raise PackError(f"{path}:{pack.line(*keys)}: {said(keys)}: {what}", "See CONTRIBUTING, rule packs.")
    return pack


def line_of(lines: Mapping[Keys, int], keys: Keys) -> int:
    """The line of a path of keys, or of the longest beginning of it that is written."""
    for end in range(len(keys), -1, -1):
        if keys[:end] in lines:
            return lines[keys[:end]]
    return 1


class _Package(Struct, frozen=True):
    """Of the head, the part that is looked at."""

    ecosystem: EcosystemName
    name: str
    names: list[str] = []


class _Head(Struct, frozen=True):
    """The first lines of a pack; everything else in it is passed over."""

    id: str
    title: str
    package: _Package
    from_: str = msgspec.field(name="from")
    to: str


def _card(source: Source, path: str) -> Card:
    shown = source.shown + path
    head = _converted(read_head(_bytes(source, path), shown, _HEAD), shown, _Head)
    folder, inside, _ = path.partition("/")
    if inside and head.package.ecosystem != folder:
        raise PackError(
            f"{shown}:1: is about {head.package.ecosystem} and lies in {folder}/.",
            f"Move it to {head.package.ecosystem}/.",
        )
    return Card(
        id=head.id,
        title=head.title,
        ecosystem=head.package.ecosystem,
        names=(head.package.name, *head.package.names),
        old=head.from_,
        new=head.to,
        path=shown,
        file=path,
        source=source,
    )


def _bytes(source: Source, path: str) -> bytes:
    try:
        return source.files.read(source.prefix + path)
    except PackError:
        raise
    except UpgraderError as fault:
        raise PackError(f"{source.shown}{path}:1: cannot be read: {fault.message}", fault.advice) from fault


def _converted(marked: Marked, path: str, form: type[Form]) -> Form:
    """Make a struct of the document; msgspec ends its message with the path of keys."""
    try:
        return msgspec.convert(marked.value, form, str_keys=True)
    except msgspec.ValidationError as fault:
        text = str(fault)
        found = _AT.search(text)
        keys: list[str | int] = []
        # `[...]` is some value of a mapping: the line is then that of the mapping.
        for name, index in _PART.findall(found[1].partition("[...]")[0] if found else ""):
            keys.append(int(index) if index else name)
        unknown = _UNKNOWN.search(text)
        keys += [unknown[1]] if unknown else []
        line = line_of(marked.lines, tuple(keys))
        advice = _advice(text)
        raise PackError(f"{path}:{line}: {said(tuple(keys))}: {_AT.sub('', text)}.", advice) from fault


def _advice(text: str) -> str:
    if text.startswith("Expected `str`, got"):
        return "Put it in quotes."
    return (
        "`upgrade rules show --schema` prints the form."
        if "unknown field" in text
        else "See CONTRIBUTING, rule packs."
    )


def _is_pack(path: str) -> bool:
    parts = path.split("/")
    return len(parts) >= 3 and parts[0] in get_args(EcosystemName) and bool(_STEP.fullmatch(parts[-1]))


def bare_name(ecosystem: EcosystemName, name: str) -> str:
    """The name that packages of all majors share."""
    if ecosystem != "go":
        return name.lower()
    return re.sub(r"(?:/v[0-9]+|\.v[0-9]+)$", "", name)
