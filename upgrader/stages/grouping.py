"""Which updates must move together: declared groups, and npm peers that exclude each other's old or new version."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from upgrader.model import Assessment, Package, PackageName, Release, Update
from upgrader.stages.lookups import Answers
from upgrader.versions import SCHEMES
from upgrader.versions.scheme import Scheme


class Bundle(Struct, frozen=True, kw_only=True):
    """Assessments that share one step. Order of members: as in the audit."""

    name: str
    """The declared group, or "" for a single package or for peers."""
    members: tuple[Assessment, ...]


def bundle(
    assessments: Sequence[Assessment],
    declared: Mapping[str, Sequence[str]],
    answers: Answers,
    companions: Collection[tuple[str, PackageName, PackageName]] = (),
) -> list[Bundle]:
    """Split the assessments into bundles, each of one project; order of the first members is kept.

    `companions`: project and two packages that a rule pack moves together, in either order.
    """
    leader = list(range(len(assessments)))
    names: dict[int, str] = {}
    for index, item in enumerate(assessments):
        for other in range(index):
            one, two = assessments[other].update, item.update
            along = (two.project, one.name, two.name) in companions and one.project == two.project
            if along or _together(one, two, declared, answers):
                _join(leader, other, index)
        if group := _declared_group(item.update, declared):
            names[index] = group
    members: dict[int, list[int]] = {}
    for index in range(len(assessments)):
        members.setdefault(_find(leader, index), []).append(index)
    return [
        Bundle(
            name=next((names[index] for index in indexes if index in names), ""),
            members=tuple(assessments[index] for index in indexes),
        )
        for indexes in sorted(members.values())
    ]


def peer_needs(update: Update, others: Iterable[Update]) -> list[str]:
    """Ids of updates this one's target asks for as peers: they come first."""
    return [
        other.id for other in others if other.project == update.project and other.name in update.target.peers
    ]


def _together(one: Update, two: Update, declared: Mapping[str, Sequence[str]], answers: Answers) -> bool:
    if one.project != two.project or one.ecosystem != two.ecosystem:
        return False
    group = _declared_group(one, declared)
    if group and group == _declared_group(two, declared):
        return True
    return _peers_pull(one, two, answers) or _peers_pull(two, one, answers)


def _peers_pull(plugin: Update, host: Update, answers: Answers) -> bool:
    """The plugin's peer range lets only (old, old) or (new, new) stand together."""
    scheme = SCHEMES[plugin.ecosystem]
    wanted = plugin.target.peers.get(host.name)
    if (
        wanted
        and not _allowed(scheme, wanted, host.current)
        and _allowed(scheme, wanted, host.target.version)
    ):
        return True
    now = _release(answers, plugin, plugin.current)
    had = now.peers.get(host.name) if now else None
    if not had or not _allowed(scheme, had, host.current) or _allowed(scheme, had, host.target.version):
        return False
    return not wanted or _allowed(scheme, wanted, host.target.version)


def _allowed(scheme: Scheme, requirement: str, version: str) -> bool:
    """A peer range nobody understands allows nothing."""
    return (
        scheme.is_requirement(requirement)
        and scheme.is_valid(version)
        and scheme.allows(requirement, version)
    )


def _release(answers: Answers, update: Update, version: str) -> Release | None:
    package = answers.get((update.project, update.name))
    if not isinstance(package, Package):
        return None
    return next((release for release in package.releases if release.version == version), None)


def _declared_group(update: Update, declared: Mapping[str, Sequence[str]]) -> str:
    """The group a policy puts it in, else the first declared one, by name, one of whose globs it matches."""
    if update.together:
        return update.together
    for group in sorted(declared):
        if any(fnmatchcase(update.name, pattern) for pattern in declared[group]):
            return group
    return ""


def _find(leader: list[int], index: int) -> int:
    while leader[index] != index:
        index = leader[index]
    return index


def _join(leader: list[int], one: int, two: int) -> None:
    first, second = sorted((_find(leader, one), _find(leader, two)))
    leader[second] = first
