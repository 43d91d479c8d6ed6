"""The releases of modules as their proxy knows them: the look-ups, in rounds of requests side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from upgrader.ecosystems.base import Registry, not_checked
from upgrader.ecosystems.go.goproxy import (
    Info,
    Listed,
    Mod,
    decode_info,
    decode_list,
    decode_mod,
    fetch,
    file_path,
    is_missing,
    is_refused,
    latest_path,
    list_path,
)
from upgrader.ecosystems.go.module_path import check_path, major_of, matching, split_major, with_major
from upgrader.ecosystems.go.registry import AFTER_THE_LAST, private_patterns
from upgrader.errors import RegistryError
from upgrader.model import Lookup, NotChecked, Package, PackageName, Release
from upgrader.outside.http import Client
from upgrader.outside.origins import parse
from upgrader.versions import go as versions

_MINORS = 3
_NEWEST = 2
_MOST_MAJORS = 40
_NATIVE = "Audit with --via native: `go list -m -u` asks where Go itself would."


class Line(Struct, kw_only=True):
    """One major version line: the releases under one module path."""

    path: str
    versions: list[str]
    """Ascending."""
    times: dict[str, str] = field(default_factory=dict)
    head: Mod | None = None
    """go.mod of the newest release: what it says of retractions and deprecation counts for the whole line."""
    mods: dict[str, Mod] = field(default_factory=dict)
    commits: tuple[str, ...] = ()
    """Pseudo-versions in the proxy's list, oldest commit first."""

    @property
    def newest(self) -> str:
        """The release whose go.mod speaks for the line: not `+incompatible`, else not a prerelease; "" for none."""
        own = [version for version in self.versions if not version.endswith("+incompatible")]
        stable = [version for version in own if not versions.is_prerelease(version)]
        return (stable or own or [""])[-1]

    def retraction(self, version: str) -> str | None:
        """Why the author took a release back; None when it stands."""
        for item in self.head.file.retract if self.head else ():
            if _key(item.low) <= _key(version) <= _key(item.high):
                return item.reason or "retracted by the module's author"
        return None


class Shelf(Struct, kw_only=True):
    """What is known of one asked name so far."""

    name: PackageName
    lines: list[Line] = field(default_factory=list)
    """The asked path's line first, then higher majors."""
    age_s: int = 0
    repository: str = ""
    problem: RegistryError | None = None


def look_up(client: Client, registry: Registry, names: Sequence[PackageName]) -> list[Lookup]:
    """Ask the proxies about modules; the answers in the order of the names.

    Requests per module: the list of versions, the list of the next major's path (until there is none), go.mod of
    each line's newest release, and info and go.mod of the few releases that can become targets. Releases of a higher
    major stand in `Package.releases` with the path they have to be required by (`asked_as`, such as `…/v2`).
    """
    if registry.problem or not registry.url:
        return not_checked(registry, names)
    answers: dict[PackageName, Lookup] = {}
    shelves: list[Shelf] = []
    private = private_patterns(registry)
    for name in names:
        refusal = _refusal(name, private)
        if refusal is None:
            shelves.append(Shelf(name=name))
        else:
            answers[name] = refusal
    asker = _Asker(client, registry)
    for ask in (asker.lists, asker.latest, asker.majors, asker.heads, asker.candidates):
        ask([shelf for shelf in shelves if shelf.problem is None])
    answers.update({shelf.name: asker.answer(shelf) for shelf in shelves})
    return [answers[name] for name in names]


class _Asker:
    """The rounds, each for all modules at once."""

    def __init__(self, client: Client, registry: Registry) -> None:
        self.client = client
        self.registry = registry
        self.host = parse(registry.url).host_header

    def lists(self, shelves: Sequence[Shelf]) -> None:
        """The versions under the asked path."""
        paths = [list_path(shelf.name) for shelf in shelves]
        for shelf, told in zip(shelves, fetch(self.client, self.registry, paths, decode_list), strict=True):
            if isinstance(told, RegistryError):
                shelf.problem = told
            else:
                shelf.lines.append(_line(shelf.name, told))
                shelf.age_s = told.age_s

    def latest(self, shelves: Sequence[Shelf]) -> None:
        """The newest commit of modules that have no tags; that of the list where the proxy tells no latest, as Go."""
        bare = [shelf for shelf in shelves if not shelf.lines[0].versions]
        paths = [latest_path(shelf.name) for shelf in bare]
        for shelf, told in zip(bare, fetch(self.client, self.registry, paths, decode_info), strict=True):
            line = shelf.lines[0]
            if isinstance(told, RegistryError):
                if is_missing(told) and line.commits:
                    line.versions = [line.commits[-1]]
                else:
                    shelf.problem = told
            else:
                line.versions = [told.version]
                _take_info(shelf, line, told.version, told)

    def majors(self, shelves: Sequence[Shelf]) -> None:
        """The lines above, one major after the other until one is missing."""
        waiting = [(shelf, path) for shelf in shelves if (path := _next_major(shelf))]
        while waiting:
            told = fetch(self.client, self.registry, [list_path(path) for _, path in waiting], decode_list)
            found = []
            for (shelf, path), answer in zip(waiting, told, strict=True):
                if isinstance(answer, Listed):
                    if answer.versions:
                        shelf.lines.append(_line(path, answer))
                        found.append(shelf)
                elif not is_refused(answer):
                    # Not "there is none": an unheard answer must not look like being up to date.
                    shelf.problem = answer
            waiting = [(shelf, path) for shelf in found if (path := _next_major(shelf))]

    def heads(self, shelves: Sequence[Shelf]) -> None:
        """go.mod of each line's newest release: retractions, deprecation, whether `+incompatible` ones count."""
        lines = [(shelf, line) for shelf in shelves for line in shelf.lines if line.newest]
        paths = [file_path(line.path, line.newest, "mod") for _, line in lines]
        for (shelf, line), told in zip(
            lines, fetch(self.client, self.registry, paths, decode_mod), strict=True
        ):
            if isinstance(told, RegistryError):
                shelf.problem = told
            elif told.file.module != line.path:
                shelf.problem = RegistryError(
                    f"{line.newest} declares its path as {told.file.module[:200]}",
                    "Require it by that path.",
                )
            else:
                line.head = line.mods[line.newest] = told
                if told.is_real:
                    line.versions = [v for v in line.versions if not v.endswith("+incompatible")]

    def candidates(self, shelves: Sequence[Shelf]) -> None:
        """Time and Go version of the releases that can become targets."""
        wanted = [
            (shelf, line, version)
            for shelf in shelves
            for line in shelf.lines
            for version in _candidates(line, own=line is shelf.lines[0])
        ]
        unsaid = [item for item in wanted if item[2] not in item[1].times]
        infos = fetch(
            self.client,
            self.registry,
            [file_path(line.path, v, "info") for _, line, v in unsaid],
            decode_info,
        )
        for (shelf, line, version), info in zip(unsaid, infos, strict=True):
            if isinstance(info, Info):
                _take_info(shelf, line, version, info)
        unread = [
            (line, v) for _, line, v in wanted if v not in line.mods and not v.endswith("+incompatible")
        ]
        mods = fetch(
            self.client, self.registry, [file_path(line.path, v, "mod") for line, v in unread], decode_mod
        )
        for (line, version), mod in zip(unread, mods, strict=True):
            if isinstance(mod, Mod):
                line.mods[version] = mod
            else:
                # Which Go it needs is not known: without a time it is held rather than taken.
                line.times.pop(version, None)

    def answer(self, shelf: Shelf) -> Lookup:
        """The package, or why there is none."""
        if shelf.problem is not None:
            return self._unanswered(shelf.name, shelf.problem)
        own = shelf.lines[0]
        releases = [
            _release(line, version, "" if line is own else line.path)
            for line in shelf.lines
            for version in line.versions
        ]
        return Package(
            ecosystem="go",
            name=shelf.name,
            releases=tuple(sorted(releases, key=lambda item: _key(item.version))),
            deprecated=own.head.file.deprecated if own.head else "",
            repository=shelf.repository,
            source=self.host,
            age_s=shelf.age_s,
        )

    def _unanswered(self, name: PackageName, fault: RegistryError) -> NotChecked:
        """Say why; when no proxy has the module, say what Go would do next."""
        if not is_missing(fault):
            return NotChecked(ecosystem="go", name=name, reason=_about(name, fault), advice=fault.advice)
        if self.registry.scopes.get(AFTER_THE_LAST) == "direct":
            reason = (
                f"{self.host}: has no module {name}; Go would ask its repository, which this program does not"
            )
            return NotChecked(ecosystem="go", name=name, reason=reason, advice=_NATIVE)
        return NotChecked(
            ecosystem="go",
            name=name,
            reason=f"{self.host}: has no module {name}",
            advice="Check the path, or set GOPRIVATE if the module is private.",
        )


def _refusal(name: PackageName, private: Iterable[str]) -> NotChecked | None:
    """Why a proxy is not asked about this module; None when it is."""
    if reason := check_path(name):
        return NotChecked(
            ecosystem="go", name=name, reason=f"{name[:80]!r} {reason}", advice="No proxy can have it."
        )
    pattern = matching(private, name)
    if pattern is None:
        return None
    return NotChecked(
        ecosystem="go",
        name=name,
        reason=f"private: it matches {pattern} of GOPRIVATE or GONOPROXY, and Go asks no proxy about it",
        advice=_NATIVE,
    )


def _about(name: PackageName, fault: RegistryError) -> str:
    return fault.message if name in fault.message else f"{name}: {fault.message}"


def _line(path: str, told: Listed) -> Line:
    fitting = [v for v in told.versions if _belongs(path, v)]
    commits = tuple(v for v in told.commits if _belongs(path, v))
    return Line(path=path, versions=fitting, times=dict(told.times), commits=commits)


def _belongs(path: str, version: str) -> bool:
    """A tag of another major in a path's list is one that Go cannot use there."""
    parts, major = split_major(path), major_of(version)
    if parts is None or major is None:
        return False
    if parts.major is None:
        return major < 2 or version.endswith("+incompatible")
    return parts.major == major and not version.endswith("+incompatible")


def _next_major(shelf: Shelf) -> str | None:
    """The path above the highest line known; None when no more are asked for."""
    top = shelf.lines[-1]
    parts = split_major(top.path)
    if parts is None or parts.tail or len(shelf.lines) > _MOST_MAJORS:
        return None
    seen = [major for version in top.versions if (major := major_of(version)) is not None]
    highest = max([1 if parts.style == "/" else 0, parts.major or 0, *seen])
    return with_major(top.path, highest + 1)


def _candidates(line: Line, *, own: bool) -> list[str]:
    """The releases whose time and Go version are asked: the newest, and what is left when they are too young.

    Of the asked path the newest two and the newest of each of the last three minors; of a higher major the newest.
    """
    standing = [version for version in line.versions if line.retraction(version) is None]
    stable = [version for version in standing if not versions.is_prerelease(version)]
    if not own:
        return stable[-1:]
    minors: dict[str, str] = {}
    for version in stable:
        minors[version.rpartition(".")[0]] = version
    wanted = {*stable[-_NEWEST:], *list(minors.values())[-_MINORS:], *standing[-1:]}
    return [version for version in standing if version in wanted]


def _take_info(shelf: Shelf, line: Line, version: str, info: Info) -> None:
    if info.version == version and info.time:
        line.times[version] = info.time
    shelf.repository = shelf.repository or info.repository


def _release(line: Line, version: str, asked_as: str) -> Release:
    mod = line.mods.get(version)
    retracted = line.retraction(version)
    return Release(
        version=version,
        released_at=line.times.get(version),
        withdrawn="" if retracted is None else "retracted",
        withdrawn_reason=retracted or "",
        runtime=mod.file.go if mod else None,
        asked_as=asked_as,
    )


def _key(version: str) -> tuple[object, ...]:
    return versions.order_key(version)
