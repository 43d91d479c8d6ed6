"""Small model objects to report about."""

from collections.abc import Sequence

from upgrader.model import (
    Advisory,
    AdvisoryFact,
    AgeFact,
    AnyFact,
    Assessment,
    Audit,
    Dependency,
    EcosystemName,
    Group,
    Held,
    Inventory,
    Move,
    NotChecked,
    PackageName,
    PassedOver,
    Place,
    Project,
    Reason,
    Release,
    Risk,
    Section,
    SemverFact,
    Update,
)

NPM = Project(
    ecosystem="npm",
    folder=".",
    manifest="package.json",
    manifests=("package.json",),
    lockfile="package-lock.json",
    tool="npm",
)
PIP = Project(
    ecosystem="pip",
    folder="api",
    manifest="api/pyproject.toml",
    manifests=("api/pyproject.toml",),
    lockfile=None,
    tool="uv",
)
REVIEW = "Review breaking changes"
DIRECT = "Update directly"


def dependency(
    name: str = "left-pad",
    locked: str | None = "1.0.0",
    *,
    section: Section = "prod",
    path: str = "package.json",
    line: int = 4,
    project: str = "npm:package.json",
    ecosystem: EcosystemName = "npm",
    direct: bool = True,
) -> Dependency:
    return Dependency(
        ecosystem=ecosystem,
        name=PackageName(name),
        project=project,
        requirement="^1.0.0",
        locked=locked,
        section=section,
        direct=direct,
        place=Place(path=path, line=line, key=f"dependencies.{name}"),
    )


def advisory(
    number: int = 1, *, summary: str = "pads without end", affects_target: bool = False
) -> AdvisoryFact:
    return AdvisoryFact(
        witness="advisories",
        source="OSV",
        advisory=Advisory(
            id=f"GHSA-0000-0000-000{number}",
            summary=summary,
            severity="HIGH",
            score=7.5,
            fixed_in=("1.0.1",),
            url=f"https://osv.example/GHSA-0000-0000-000{number}",
        ),
        affects_current=True,
        affects_target=affects_target,
        subject="left-pad 1.0.0",
    )


def assessment(
    name: str = "left-pad",
    current: str = "1.0.0",
    target: str = "2.0.0",
    *,
    move: Move = "major",
    risk: Risk = "HIGH",
    priority: str = REVIEW,
    group: Group | None = None,
    latest: str = "",
    facts: Sequence[AnyFact] = (),
    places: Sequence[Dependency] = (),
) -> Assessment:
    known: Group = group or ("unknown" if move in ("prerelease", "downgrade", "unknown") else move)  # type: ignore[assignment]  # moves that are left are groups
    return Assessment(
        update=Update(
            dependencies=tuple(places) or (dependency(name, current),),
            current=current,
            target=Release(version=target),
            latest=latest or target,
            in_range="1.9.9",
            move=move,
            source="registry.example",
            passed_over=(PassedOver(version="3.0.0", kind="cooldown", reason="released 1 day ago"),),
        ),
        facts=(
            SemverFact(witness="semver", source="semver.org", move=move),
            AgeFact(witness="release age", source="registry.example", days=40.0),
            *facts,
        ),
        risk=risk,
        reasons=(Reason(risk=risk, text="a major release", witness="semver", source="registry.example"),),
        priority=priority,
        group=known,
    )


def inventory(
    *dependencies: Dependency, projects: tuple[Project, ...] = (NPM,), held: tuple[Held, ...] = ()
) -> Inventory:
    return Inventory(projects=projects, dependencies=dependencies, held=held)


def audit(
    *assessments: Assessment,
    held: tuple[Held, ...] = (),
    not_checked: tuple[NotChecked, ...] = (),
    up_to_date: int = 0,
    vulnerable: tuple[AdvisoryFact, ...] = (),
    projects: tuple[Project, ...] = (NPM,),
    complete: bool | None = None,
) -> Audit:
    places = [place for item in assessments for place in item.update.dependencies]
    return Audit(
        inventory=inventory(*places, projects=projects),
        assessments=assessments,
        held=held,
        not_checked=not_checked,
        up_to_date=up_to_date,
        advisories="OSV (osv.example)",
        vulnerable=vulnerable,
        complete=not not_checked if complete is None else complete,
    )


def not_checked(
    name: str = "lost", reason: str = "registry.example answered 503", advice: str = "Try again."
) -> NotChecked:
    return NotChecked(ecosystem="npm", name=PackageName(name), reason=reason, advice=advice)


HELD = Held(
    kind="cooldown",
    subject="fresh",
    reason="released 1 day ago, younger than 3 days",
    advice="Wait, or set cooldown_days.",
    ecosystem="npm",
    place=Place(path="package.json", line=9),
    version="1.2.0",
)


def full_audit() -> Audit:
    """Every kind of row there is."""
    return audit(
        assessment(
            "left-pad",
            "1.0.0",
            "1.0.1",
            move="patch",
            risk="LOW",
            priority="Security fix – urgent",
            group="security",
            facts=(advisory(),),
            latest="2.0.0",
        ),
        assessment(
            "tiny",
            "1.2.3",
            "1.2.4",
            move="patch",
            risk="LOW",
            priority=DIRECT,
            places=(dependency("tiny", section="dev"),),
        ),
        assessment(
            "@types/node",
            "20.1.0",
            "20.11.0",
            move="minor",
            risk="LOW",
            priority=DIRECT,
            places=(
                dependency("@types/node", section="dev"),
                dependency("@types/node", section="dev", line=7),
            ),
        ),
        assessment("zero", "0.1.0", "0.2.0", move="0.x", risk="MEDIUM"),
        assessment("express", "4.18.2", "5.0.1", latest="5.1.0"),
        assessment("odd", "", "2024b", move="unknown"),
        held=(HELD,),
        not_checked=(not_checked("lost"), not_checked("gone")),
        up_to_date=14,
        vulnerable=(advisory(2),),
    )
