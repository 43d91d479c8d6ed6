"""What could move, how risky, and why: inventory and registry answers in, assessed updates out. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from msgspec import Struct, field
from msgspec.structs import replace

from upgrader.config import Settings
from upgrader.ecosystems.base import Ecosystem, Registry
from upgrader.errors import VersionError
from upgrader.evidence.advisories import is_among
from upgrader.evidence.witness import AdvisorySource, Surroundings
from upgrader.model import (
    GROUPS,
    AdvisoryFact,
    Assessment,
    Audit,
    Dependency,
    EcosystemName,
    Inventory,
    NotChecked,
    Package,
    PackageName,
    Project,
    Unanswered,
    Update,
)
from upgrader.stages.assess import assess, gather_facts
from upgrader.stages.choose import (
    Choice,
    Cure,
    Rules,
    choose_release,
    cure_candidates,
    current_version,
    make_update,
)
from upgrader.stages.findings import (
    Findings,
    held_by_policy,
    held_immovable,
    held_release,
    held_unpinned,
    tell_nowhere,
)
from upgrader.stages.limits import Limit, Policy
from upgrader.stages.lookups import Answers, answer_for
from upgrader.stages.peers import Ruled, choose_beside, rule_out
from upgrader.stages.policy import policy_for
from upgrader.versions import SCHEMES
from upgrader.versions.strategies import requirement_for

Spot = tuple[str, PackageName, str]
"""Project id, package and current version: what moves together."""


class Around(Struct, frozen=True, kw_only=True):
    """What an audit is made from besides the inventory."""

    books: Mapping[EcosystemName, Ecosystem]
    answers: Answers
    registries: Mapping[str, Registry]
    """Project id to registry, for the native client's own cooldown."""
    runtimes: Mapping[EcosystemName, str]
    """The runtimes on this machine: what a project that declares none is judged by."""
    advisories: AdvisorySource
    settings: Settings
    now: datetime
    """UTC."""
    ruled_out: Ruled = field(default_factory=dict)
    """Releases that their peers rule out; found by a first look at what would be chosen."""
    beside: tuple[Dependency, ...] = ()
    """What stands beside the packages that were named, when some were: their peers are looked at too."""
    picked: Mapping[Spot, str] = field(default_factory=dict)
    """The one version that a person picked for a package; empty for the best each."""
    along: Mapping[tuple[str, PackageName], tuple[Limit, ...]] = field(default_factory=dict)
    """Bounds on packages that come along with another one, by project and name."""


PEER_ROUNDS = 3
"""One that is held back may hold back the next; longer chains end in what npm itself says of them."""

Asked = tuple[Ecosystem, PackageName, str]
"""A package version an advisory source is asked about."""


def movable(inventory: Inventory) -> list[Dependency]:
    """The direct dependencies a registry is asked about."""
    return [item for item in inventory.dependencies if item.direct and not item.immovable]


def versions_in_use(inventory: Inventory, books: Mapping[EcosystemName, Ecosystem]) -> list[Asked]:
    """Every package version the projects use now, transitive ones too: what the advisory source is asked first."""
    return [
        (books[item.ecosystem], item.name, current)
        for item in inventory.dependencies
        if not item.immovable and (current := current_version(item))
    ]


def versions_on_offer(inventory: Inventory, around: Around) -> list[Asked]:
    """The releases that may be chosen: what the advisory source is asked second.

    For a package that no advisory concerns that is one release; else every candidate for leaving them behind.
    """
    projects = {project.id: project for project in inventory.projects}
    offered: list[Asked] = []
    for item in [*movable(inventory), *vulnerable_transitive(inventory, around)]:
        package = around.answers.get((item.project, item.name))
        current = current_version(item)
        if not isinstance(package, Package) or not current:
            continue
        policy = policy_for(item, around.settings)
        rules, book = (
            rules_for(projects[item.project], around, policy, item.name),
            around.books[item.ecosystem],
        )
        told = around.advisories.about(book, item.name, current)
        if not isinstance(told, NotChecked) and told:
            fixed_in = [version for advisory in told for version in advisory.fixed_in]
            candidates, _ = cure_candidates(current, package, rules, fixed_in, [item.requirement])
            offered += [(book, item.name, version) for version in candidates]
        elif (choice := choose_release(current, [item.requirement], package, rules)).target is not None:
            offered.append((book, item.name, choice.target.version))
    return offered


def vulnerable_transitive(inventory: Inventory, around: Around) -> list[Dependency]:
    """What only lockfiles hold and an advisory is known of: asked about, so that its fix can be offered."""
    return [
        item
        for item in inventory.dependencies
        if not item.direct and not item.immovable and _known_advisories(item, around)
    ]


def _known_advisories(item: Dependency, around: Around) -> bool:
    current = current_version(item)
    told = around.advisories.about(around.books[item.ecosystem], item.name, current) if current else ()
    return not isinstance(told, NotChecked) and bool(told)


def make_audit(inventory: Inventory, around: Around) -> Audit:
    """Assess every package of every project; what could not be looked up is not checked, never up to date.

    Where a release that was chosen needs a peer at a version it will not have, that package is chosen for again.
    """
    audit = _audit_once(inventory, around)
    for _ in range(PEER_ROUNDS):
        more = rule_out(audit.assessments, around.beside or inventory.dependencies, around.answers)
        if not more:
            break
        around = replace(around, ruled_out={**around.ruled_out, **more})
        audit = _audit_once(inventory, around)
    return audit


def _audit_once(inventory: Inventory, around: Around) -> Audit:
    projects = {project.id: project for project in inventory.projects}
    found = Findings(assessments=[], held=list(inventory.held), not_checked=[], vulnerable=[])
    for item in inventory.dependencies:
        if item.direct and item.immovable and not (item.is_runtime or item.follows):
            found.held.append(held_immovable(item))
    for places in _packages(inventory.dependencies, around.settings):
        _judge(projects[places[0].project], places, around, found)
    return finish_audit(inventory, found, around.advisories.name)


def finish_audit(inventory: Inventory, found: Findings, advisories: str) -> Audit:
    """Put the findings into their documented order and tell whether anything is missing."""
    unheard = any(isinstance(fact, Unanswered) for item in found.assessments for fact in item.facts)
    unread = any(item.kind in ("unreadable", "not checked") for item in found.held)
    return Audit(
        inventory=inventory,
        assessments=tuple(sorted(found.assessments, key=assessment_order)),
        held=tuple(found.held),
        not_checked=tuple(sorted(_unique(found.not_checked), key=lambda item: (item.ecosystem, item.name))),
        up_to_date=found.up_to_date,
        beyond_target=found.beyond_target,
        still=tuple(found.still),
        advisories=advisories,
        vulnerable=tuple(found.vulnerable),
        complete=not (found.not_checked or unheard or unread),
    )


def assessment_order(item: Assessment) -> tuple[int, str, str, str]:
    """GROUPS, then package name, project and current version."""
    return GROUPS.index(item.group), item.update.name, item.update.project, item.update.current


def _packages(dependencies: Iterable[Dependency], settings: Settings) -> list[list[Dependency]]:
    """Places that move together: same project, package, current version and policy; in the inventory's order.

    Where a manifest asks for it, places that only the lockfile holds at the same version need no move of their own.
    """
    together: dict[tuple[str, PackageName, str], list[Dependency]] = defaultdict(list)
    for item in dependencies:
        if not item.immovable:
            together[item.project, item.name, current_version(item)].append(item)
    found: list[list[Dependency]] = []
    for places in together.values():
        by_policy: dict[Policy, list[Dependency]] = defaultdict(list)
        for item in places:
            if item.direct:
                by_policy[policy_for(item, settings)].append(item)
        found += list(by_policy.values()) or [places]
    return found


def _judge(project: Project, places: Sequence[Dependency], around: Around, found: Findings) -> None:
    """Decide about one package of one project."""
    current = current_version(places[0])
    advised = _advisories_on(project, places[0].name, current, around, found)
    if not places[0].direct and not advised:
        return
    policy = policy_for(places[0], around.settings)
    if never := policy.never or (_no_other_lock(policy) if project.ecosystem == "go" else ""):
        found.held.append(held_by_policy(places[0], never))
        found.vulnerable.extend(advised or ())
        return
    answer = answer_for(around.answers, project, places[0].name)
    if not places[0].direct and not isinstance(answer, Package):
        found.vulnerable.extend(advised or ())
        return
    if not isinstance(answer, Package):
        found.not_checked.append(answer)
        found.vulnerable.extend(advised or ())
        return
    if not current:
        found.held.append(held_unpinned(places[0]))
        return
    _offer(project, places, answer, around, found, advised)


def _no_other_lock(policy: Policy) -> str:
    """Go's manifest is its lock: where the manifest is never to be touched, nothing can move."""
    if policy.strategy != "lockfile-only":
        return ""
    return "lockfile-only: go.mod itself holds the versions, there is no other lock to refresh"


def _offer(
    project: Project,
    places: Sequence[Dependency],
    package: Package,
    around: Around,
    found: Findings,
    advised: Sequence[AdvisoryFact] | None,
) -> None:
    """Choose a release and assess the move; hold what may not be taken yet."""
    current = current_version(places[0])
    policy = policy_for(places[0], around.settings)
    rules = rules_for(project, around, policy, package.name)
    rules = replace(rules, limits=(*rules.limits, *around.along.get((project.id, package.name), ())))
    if only := around.picked.get((project.id, package.name, current)):
        rules = replace(rules, limits=(*rules.limits, Limit(only=only, source="-i")))
    asked = [place.requirement for place in places]
    cure = _cure(project, package, current, advised, rules, around, asked) if advised else None
    choice = choose_beside(
        package,
        around.ruled_out.get((project.id, package.name), {}),
        lambda found: choose_release(current, asked, found, rules, cure),
    )
    update = make_update(places, current, package, choice, policy, rules.runtime or "")
    _tell_renamed(places[0], choice, found)
    # What only the lockfile holds moves for one reason: to leave an advisory behind.
    idle = not places[0].direct and not _cures(cure, choice)
    if update is None or idle or _already_asked(places, update):
        tell_nowhere(places[0], choice, found, advised, policy)
        return
    surroundings = Surroundings(
        ecosystem=around.books[project.ecosystem],
        project=replace(project, runtime=project.runtime or around.runtimes.get(project.ecosystem)),
        package=package,
        advisories=around.advisories,
        now=around.now,
    )
    found.assessments.append(assess(update, gather_facts(update, surroundings)))


def _tell_renamed(place: Dependency, choice: Choice, found: Findings) -> None:
    """A newer release that has to be asked under another name is told beside the update that can be made."""
    renamed = [item for item in choice.passed_over if item.kind == "edit"]
    if renamed:
        found.held.append(held_release(place, renamed[-1]))


def _already_asked(places: Sequence[Dependency], update: Update) -> bool:
    """Nothing is locked and every requirement allows the target as it stands: there is nothing to change."""
    scheme = SCHEMES[update.ecosystem]
    return all(
        place.locked is None
        and scheme.is_requirement(place.requirement)
        and _rewritten(place, update) == place.requirement
        for place in places
    )


def _rewritten(place: Dependency, update: Update) -> str | None:
    """What the place will ask for; None where the plan will say why it can't."""
    target = update.target.version
    if update.strategy == "auto":
        return SCHEMES[update.ecosystem].same_requirement_for(place.requirement, target)
    try:
        return requirement_for(update.ecosystem, place.requirement, target, update.strategy, place.section)
    except VersionError:
        return None


def _advisories_on(
    project: Project, name: PackageName, current: str, around: Around, found: Findings
) -> list[AdvisoryFact] | None:
    """The advisories on the version in use; None for an unanswered question, which makes the audit incomplete."""
    if not current:
        return []
    told = around.advisories.about(around.books[project.ecosystem], name, current)
    if isinstance(told, NotChecked):
        found.not_checked.append(told)
        return None
    return [
        AdvisoryFact(
            witness="advisories",
            source=advisory.source or around.advisories.name,
            subject=f"{name} {current}",
            advisory=advisory,
            affects_current=True,
            affects_target=True,
        )
        for advisory in told
    ]


def _cure(
    project: Project,
    package: Package,
    current: str,
    advised: Sequence[AdvisoryFact],
    rules: Rules,
    around: Around,
    asked: Sequence[str],
) -> Cure:
    """How many advisories each release leaves, under whichever of their names; unanswered releases are left out."""
    book = around.books[project.ecosystem]
    known = [fact.advisory for fact in advised]
    left: dict[str, tuple[int, int]] = {}
    for release in package.releases:
        told = around.advisories.about(book, package.name, release.version)
        if not isinstance(told, NotChecked):
            stay = sum(is_among(advisory, told) for advisory in known)
            left[release.version] = (stay, sum(not is_among(advisory, known) for advisory in told))
    fixed_in = [version for advisory in known for version in advisory.fixed_in]
    _, named = cure_candidates(current, package, rules, fixed_in, asked)
    return Cure(now=len(known), left=left, named=named)


def _cures(cure: Cure | None, choice: Choice) -> bool:
    """Whether the chosen release leaves an advisory behind."""
    if cure is None or choice.target is None or choice.target.version not in cure.left:
        return False
    return cure.left[choice.target.version][0] < cure.now


def rules_for(project: Project, around: Around, policy: Policy, name: PackageName) -> Rules:
    """What may be chosen for a package of this project: its policy, and what the native client and runtime add."""
    registry = around.registries.get(project.id)
    free = registry is not None and any(fnmatchcase(name, pattern) for pattern in registry.cooldown_except)
    native = registry.cooldown_days if registry and not free else None
    return Rules(
        now=around.now,
        # The stricter of our own and the native client's setting counts.
        cooldown_days=max(policy.cooldown_days, native or 0),
        prereleases=policy.prereleases,
        limits=policy.limits,
        runtime=project.runtime or around.runtimes.get(project.ecosystem),
        runtime_fits=around.books[project.ecosystem].runtime_fits,
    )


def _unique(items: Sequence[NotChecked]) -> list[NotChecked]:
    seen: dict[tuple[EcosystemName, PackageName], NotChecked] = {}
    for item in items:
        seen.setdefault((item.ecosystem, item.name), item)
    return list(seen.values())
