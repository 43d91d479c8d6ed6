"""go.sum: the modules that only it names; how Go refreshes go.mod and go.sum, and why other modules moved along."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.go.held import faulty, unreadable
from upgrader.ecosystems.go.mod_syntax import Fault
from upgrader.ecosystems.go.module_path import check_path, is_canonical, path_for
from upgrader.ecosystems.go.project import runtime_fits
from upgrader.ecosystems.go.workspace import beside
from upgrader.errors import ManifestError, StepRefused
from upgrader.model import Command, Dependency, Held, PackageName, Place, Project, Update
from upgrader.versions import go as versions

ENVIRONMENT = {"GOTOOLCHAIN": "local", "GOWORK": "off"}
"""No other Go is downloaded, and a workspace around the module has no say (SAFETY T2)."""
_LINE = re.compile(r"(\S+) (v[^\s/]+)(/go\.mod)? (h1:[A-Za-z0-9+/=]+)")


class SumLine(Struct, frozen=True):
    """One line of go.sum (https://go.dev/ref/mod#go-sum-files)."""

    path: str
    version: str
    is_mod: bool
    """The hash is of go.mod alone: Go looked at the module's requirements, perhaps at nothing else of it."""
    line: int


class Related(Struct, frozen=True, kw_only=True):
    """A module that moved in a step without being the step's own."""

    name: PackageName
    before: str | None
    """None when it was not there."""
    after: str | None
    why: str
    """`required by example.com/a@v1.2.0`, `no longer needed`; "" when nothing in the step explains it."""


def read_sum(text: bytes, path: str) -> tuple[list[SumLine], list[Fault]]:
    """The lines of a go.sum and those that are none. Raises ManifestError `path:line: ...` for what is not UTF-8."""
    try:
        lines = text.decode().split("\n")
    except UnicodeDecodeError as fault:
        number = text.count(b"\n", 0, fault.start) + 1
        raise ManifestError(
            f"{path}:{number}: byte {fault.start} is not UTF-8.", "Run `go mod tidy` to write go.sum anew."
        ) from fault
    found: list[SumLine] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        match = _LINE.fullmatch(" ".join(words))
        if match is None or check_path(match[1], host=False) or not is_canonical(match[2]):
            faults.append(Fault(number, "no hash of a module"))
        else:
            found.append(SumLine(match[1], match[2], bool(match[3]), number))
    return found, faults


def read_locked_only(
    tree: Tree, path: str, project: str, known: Collection[str], held: list[Held]
) -> list[Dependency]:
    """Modules that go.sum has whole and go.mod does not name; what could not be read is added to `held`.

    go.mod states the versions of all modules a build needs since Go 1.17. A module with a hash of its whole content
    in go.sum alone was downloaded for something else: a build with an older `go` directive, tests of dependencies,
    or a state before the last `go mod tidy`. Only the highest version can be in use. A hash of go.mod alone
    (`/go.mod`) says nothing about use and is passed over.
    """
    try:
        lines, faults = read_sum(tree.read(path), path)
    except ManifestError as fault:
        held.append(unreadable(path, 0, fault.message, fault.advice))
        return []
    held.extend(faulty(path, faults, "Run `go mod tidy` to write go.sum anew."))
    best: dict[str, SumLine] = {}
    for line in lines:
        if line.is_mod or line.path in known:
            continue
        other = best.get(line.path)
        if other is None or versions.order_key(line.version) > versions.order_key(other.version):
            best[line.path] = line
    return [
        Dependency(
            ecosystem="go",
            name=PackageName(line.path),
            project=project,
            requirement="",
            locked=line.version,
            section="prod",
            direct=False,
            place=Place(path=path, line=line.line, key="go.sum"),
        )
        for line in best.values()
    ]


def relock(project: Project, updates: Sequence[Update]) -> Sequence[Command]:
    """`go mod download` of the releases in use, `go get` of the targets, `go mod tidy`.

    The first only compares: a release that is not what go.sum says must stop the step, before tidying removes the line
    that says so. Measured with Go 1.26: `go get module@version` alone leaves out the hashes of modules that only other
    packages of the new release need ("missing go.sum entry"), and keeps what is no longer needed; `go mod tidy` mends
    both and moves nothing else where the base is tidy. Where it is not, the lines it takes away are seen by the check
    that nothing unrelated moved. `go get` raises modules that the target requires (MVS): see `explain_moves`.
    Raises StepRefused for names and versions Go would not take, and for a target that needs a newer Go.
    """
    used: list[str] = []
    wanted: list[str] = []
    for update in sorted(updates, key=lambda item: item.name):
        _check(project, update)
        if is_canonical(update.current):
            used.append(f"{update.name}@{update.current}")
        # A replaced module stands on its replace line; `go get` would touch the require line that is overruled.
        if all(place.place.key != "replace" for place in update.dependencies):
            wanted.append(f"{update.name}@{update.target.version}")
    commands = []
    if used:
        argv = ("go", "mod", "download", *used)
        commands.append(_command(project, argv, "compare the release in use with go.sum"))
    if wanted:
        argv = ("go", "get", *wanted)
        commands.append(_command(project, argv, "take the release and what it requires"))
    tidy = _command(project, ("go", "mod", "tidy"), "bring go.mod and go.sum in line with the imports")
    return [*commands, tidy, *_following(project)]


def _following(project: Project) -> Iterator[Command]:
    """What has to agree with go.mod: the vendor folder, and what the workspace around the module keeps.

    Go writes go.work.sum itself as soon as it loads packages and misses a hash there; `-e` because a package that needs
    generated code is no reason to stop.
    """
    kind, _, work = project.lock_format.partition(" ")
    if kind == "vendor":
        yield _command(project, ("go", "mod", "vendor"), "bring the vendor folder in line with go.mod")
    if not work:
        return
    env = {**ENVIRONMENT, "GOWORK": ""}
    listing = ("go", "list", "-e", "-deps", "-test", "-f", "{{.Name}}", "./...")
    if kind == "work":
        yield replace(_command(project, listing, "add to go.work.sum what the workspace misses"), env=env)
    else:
        vendor = _command(project, ("go", "work", "vendor"), "bring the workspace's vendor folder in line")
        yield replace(vendor, env=env, folder=posixpath.dirname(work) or ".")


def touched(project: Project) -> Sequence[str]:
    """go.mod (modules that move along, the go line), go.sum, and what `_following` keeps in line with them."""
    kind, _, work = project.lock_format.partition(" ")
    sums = project.lockfile or beside(project.manifest, "go.sum")
    vendor = {"vendor": project.manifest, "work-vendor": work}.get(kind)
    return (
        project.manifest,
        sums,
        *((f"{work}.sum",) if work else ()),
        *((beside(vendor, "vendor/**"),) if vendor else ()),
    )


def graph(project: Project) -> Command:
    """The command whose output `explain_moves` reads."""
    return _command(project, ("go", "mod", "graph"), "see which module requires which")


def explain_moves(
    before: ProjectRead, after: ProjectRead, updates: Sequence[Update], graph_text: str
) -> dict[PackageName, str]:
    """Modules that minimal version selection had to raise with the updates, each with who requires it."""
    return {item.name: item.why for item in related_moves(before, after, updates, graph_text) if item.why}


def related_moves(
    before: ProjectRead, after: ProjectRead, updates: Sequence[Update], graph_text: str
) -> list[Related]:
    """Why modules that are not the step's own changed with it, by name; the ones without a reason come first.

    `graph_text` is the output of `graph` after the step: lines `module@version module@version`. A module that rose
    or appeared is explained when the target, or a module that itself is explained, requires that very version
    (minimal version selection takes the highest that anyone asks for). One that vanished is explained when it was
    indirect; a lower version never is.
    """
    own = {item.name for item in updates}
    was, now = _locked(before), _locked(after)
    direct = {item.name for item in before.dependencies if item.direct}
    reached = _reached(graph_text, [f"{item.name}@{item.target.version}" for item in updates], was)
    related = []
    for name in sorted((was.keys() | now.keys()) - own):
        old, new = was.get(name), now.get(name)
        if old == new:
            continue
        if new is None:
            why = "" if name in direct else "no longer needed"
        elif old is not None and versions.order_key(new) < versions.order_key(old):
            why = ""
        else:
            why = f"required by {reached[node]}" if (node := f"{name}@{new}") in reached else ""
        related.append(Related(name=name, before=old, after=new, why=why))
    return sorted(related, key=lambda item: (bool(item.why), item.name))


def _reached(graph_text: str, targets: Sequence[str], was: dict[PackageName, str]) -> dict[str, str]:
    """Every `module@version` that the targets lead to through versions that were not in use, with who requires it."""
    edges: dict[str, list[str]] = defaultdict(list)
    for line in graph_text.splitlines():
        words = line.split()
        if len(words) == 2:
            edges[words[0]].append(words[1])
    settled = {f"{name}@{version}" for name, version in was.items()}
    found: dict[str, str] = {}
    waiting = list(targets)
    while waiting:
        node = waiting.pop()
        for needed in edges[node]:
            if needed not in found and needed not in settled:
                found[needed] = node
                waiting.append(needed)
    return found


def _locked(read: ProjectRead) -> dict[PackageName, str]:
    return {item.name: item.locked for item in read.dependencies if item.locked}


def _check(project: Project, update: Update) -> None:
    """Refuse what would be no module or version on Go's command line, and what another Go would be needed for."""
    target = update.target.version
    reason = check_path(update.name)
    if reason or not is_canonical(target) or path_for(update.name, target) != update.name:
        raise StepRefused(
            f"{project.manifest}: {update.name[:80]}@{target[:80]} cannot be asked for: "
            f"{reason or 'the version does not fit the path'}."
        )
    needs = update.target.runtime
    if needs and project.runtime and runtime_fits(project.runtime, needs) is False:
        raise StepRefused(
            f"{project.manifest}: {update.name} {target} needs Go {needs}, and go.mod declares {project.runtime}.",
            "Raise the go directive first; `go get` would do it in passing.",
        )


def _command(project: Project, argv: tuple[str, ...], why: str) -> Command:
    return Command(argv=argv, folder=project.folder, env=dict(ENVIRONMENT), why=why, network=True)
