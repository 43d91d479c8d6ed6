"""How cargo moves a package in Cargo.lock and leaves the others where they are."""

from __future__ import annotations

from collections.abc import Sequence

from upgrader.ecosystems.cargo.commands import cargo
from upgrader.ecosystems.cargo.names import normalise
from upgrader.ecosystems.cargo.workspace import rust_order
from upgrader.errors import StepRefused, VersionError
from upgrader.model import Command, Project, Update
from upgrader.versions import cargo as versions


def relock(project: Project, updates: Sequence[Update]) -> Sequence[Command]:
    """The least-moving commands, as measured with cargo 1.95 against a registry on loopback.

    * One package that stays in its compatibility class, also when its requirement was just raised:
      `update -p name@current --precise target` takes it there in one go.
    * A new class (1.x to 2.x, 0.3 to 0.4), or several packages: the lockfile does not fit the manifests any more.
      `--precise` on the old version then moves it to the newest allowed, or fails when another crate still needs the
      old one. So `update --workspace` first locks what the manifests ask for anew (nothing else), and then every
      package is set to its target, named by its class: a lockfile holds at most one version of each class.

    The lockfile keeps the version of its format: see `_kept`.

    Raises StepRefused for a lockfile that could not be read or that cargo would write anew in another format, and for
    a withdrawn target, which `--precise` would take with no more than a warning; VersionError for a name or version
    that must not reach a command line (SAFETY T9).
    """
    for update in updates:
        _check(update)
    kept = _kept(project)
    held = [update for update in updates if _locked(update)]
    if len(updates) == 1 and held and _same_class(held[0]):
        return [_precise(project, held[0], f"{held[0].name}@{held[0].current}"), *kept]
    first = cargo(
        project,
        "update",
        "--workspace",
        why="lock what the manifests ask for now, nothing else",
        network=True,
    )
    return [first, *(_precise(project, update, _by_class(update)) for update in held), *kept]


_SINCE = {"1": (1, 41, 0), "2": (1, 53, 0), "3": (1, 83, 0)}
"""The rust-version from which on cargo writes a newer format than this one (measured with cargo 1.95)."""
_BACKUP = ".upgrade-kept"


def _kept(project: Project) -> list[Command]:
    """What puts back the format's version, where a rust-version does not make cargo keep it.

    Versions 3 and 4 differ in that one line and in how the address of a git branch is written, so that the line alone
    can be put back where no such address is there. Versions 1 and 2 are another text: the step is refused.
    """
    if project.lockfile and not project.lock_format:
        raise StepRefused(f"{project.lockfile}: could not be read, so it is not refreshed.", "Mend it first.")
    number, _, encoded = project.lock_format.partition(" ")
    lowest = rust_order(project.runtime or "")
    if number not in _SINCE or (lowest is not None and lowest < _SINCE[number]):
        return []
    if number != "3" or encoded:
        raise StepRefused(
            f"{project.lockfile}: has version {number}, which cargo would rewrite as a newer one, every package in it.",
            "Commit that first (`cargo update --workspace`), or state the `rust-version` that the format is kept for.",
        )
    back = ("sed", f"-i{_BACKUP}", "s/^version = 4$/version = 3/", "Cargo.lock")
    gone = ("rm", "-f", f"Cargo.lock{_BACKUP}")
    return [
        Command(
            argv=back, folder=project.folder, why="keep version 3 of the lockfile's format", timeout_s=60
        ),
        Command(argv=gone, folder=project.folder, why="remove sed's copy", timeout_s=60),
    ]


def touched(project: Project) -> Sequence[str]:
    """The lockfile, when there is one."""
    return (project.lockfile,) if project.lockfile else ()


def _precise(project: Project, update: Update, spec: str) -> Command:
    target = update.target.version
    why = f"move {update.name} to {target} and nothing else"
    return cargo(project, "update", "-p", spec, "--precise", target, why=why, network=True)


def _check(update: Update) -> None:
    """Refuse what must not be run."""
    normalise(update.name)
    for version in (update.target.version, *([update.current] if _locked(update) else [])):
        if len(version) > 128 or not versions.is_valid(version):
            raise VersionError(
                f"{update.name}: {version[:80]!r} is not a version cargo knows.", "Audit again."
            )
    if update.target.withdrawn:
        said = f": {update.target.withdrawn_reason}" if update.target.withdrawn_reason else ""
        raise StepRefused(
            f"{update.name} {update.target.version} is {update.target.withdrawn}{said}.",
            "Choose another release: cargo itself would lock it with a warning only.",
        )


def _locked(update: Update) -> bool:
    """Whether the lockfile holds the package: an entry that no member uses is in none."""
    return any(place.locked == update.current for place in update.dependencies)


def _same_class(update: Update) -> bool:
    return _class(update.current) == _class(update.target.version)


def _class(version: str) -> str:
    """The leading numbers that compatible versions share: `1`, `0.3`, `0.0.7`.

    Source: https://doc.rust-lang.org/cargo/reference/resolver.html#semver-compatibility
    """
    numbers = version.partition("+")[0].partition("-")[0].split(".")
    wanted = 1 if numbers[0] != "0" else 2 if numbers[1] != "0" else 3
    return ".".join(numbers[:wanted])


def _by_class(update: Update) -> str:
    """The package by its new class; a partial version never means a prerelease, so that one goes by name alone."""
    target = update.target.version
    return update.name if versions.is_prerelease(target) else f"{update.name}@{_class(target)}"
