"""go.mod: which modules it asks for and at which versions, and how one of them is made to ask for another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from upgrader.ecosystems.base import ProjectRead, Tree
from upgrader.ecosystems.go import workspace
from upgrader.ecosystems.go.held import faulty
from upgrader.ecosystems.go.lockfile import read_locked_only
from upgrader.ecosystems.go.mod_file import ModFile, Replace, Replacements, Require, read_mod
from upgrader.ecosystems.go.mod_syntax import Fault, Token, inner_span, unquote
from upgrader.ecosystems.go.module_path import is_canonical, normalise_name, path_for
from upgrader.errors import VersionError
from upgrader.model import CannotEdit, Dependency, Edit, PackageName, Place, Project, RangeStrategy
from upgrader.versions import go as versions
from upgrader.versions.strategies import requirement_for

REQUIRED = "require"
REPLACED = "replace"
"""Keys of a place: which directive of go.mod states the version that is used."""
_ADVICE = "Go refuses the whole file until this is mended."
_SKIPPED = frozenset(("testdata", "vendor"))


def find_manifests(paths: Sequence[str]) -> list[str]:
    """Every go.mod and go.work, except below `testdata`, `vendor` and folders that begin with `_` or `.`.

    Go itself looks into none of those (`go help packages`): a go.mod there belongs to a test, not to the project.
    Modules inside modules are projects of their own.
    """
    return sorted(path for path in paths if _is_own(path.split("/")))


def normalise(name: str) -> PackageName:
    """A module path as it is: Go tells upper and lower case apart. Raises VersionError for what is none."""
    return PackageName(normalise_name(name))


def read_project(tree: Tree, manifest: str) -> ProjectRead:
    """What go.mod and go.sum say. go.mod is the lock: it states the very versions that are used (MVS).

    A version named by `replace` is the one in use; a folder or a fork there makes the module immovable. Modules
    marked `// indirect` are transitive ones with their line in go.mod, unless they provide a `tool`. Raises
    ManifestError when go.mod cannot be read as text.
    """
    if manifest.rpartition("/")[2] == "go.work":
        return workspace.read_work(tree, manifest)
    mod = read_mod(tree.read(manifest), manifest)
    around = workspace.read_around(tree, manifest)
    folder = manifest.rpartition("/")[0] or "."
    lockfile = workspace.beside(manifest, "go.sum")
    has_lock = tree.exists(lockfile)
    project = Project(
        ecosystem="go",
        folder=folder,
        manifest=manifest,
        manifests=(manifest,),
        lockfile=lockfile if has_lock else None,
        tool="go",
        name=mod.module,
        runtime=mod.go,
        lock_format=workspace.derived(tree, manifest, around),
    )
    faults = _all_faults(mod)
    dependencies = [*workspace.runtime_rows(project, mod), *_requirements(project, mod, around, faults)]
    held = list(faulty(manifest, sorted(faults, key=lambda fault: fault.line), _ADVICE))
    if has_lock:
        known = {item.path for item in mod.require} | {item.new_path for item in mod.replace} | {mod.module}
        dependencies.extend(read_locked_only(tree, lockfile, project.id, known, held))
    held.extend(workspace.surroundings(tree, project, mod, around))
    ordered = sorted(dependencies, key=lambda item: (item.place.path, item.place.line, item.name))
    return ProjectRead(project=project, dependencies=tuple(ordered), held=tuple(held))


def edit(
    text: bytes, dependency: Dependency, target: str, strategy: RangeStrategy = "auto"
) -> Sequence[Edit] | CannotEdit:
    """The version's span on the require line, or on the replace line that overrules it.

    A release under another import path (`/v2`) cannot be had by editing go.mod alone, so that it is refused.
    """
    if reason := _reason_against(dependency, target, strategy):
        return CannotEdit(place=dependency.place, reason=reason[0], advice=reason[1])
    mod = read_mod(text, dependency.place.path)
    directive = _directive(mod, dependency)
    if directive is None:
        return CannotEdit(
            place=dependency.place,
            reason=f"{dependency.place}: {dependency.name} is not required there any more",
            advice="Run the audit again.",
        )
    excluded = next((x for x in mod.exclude if x.path == dependency.name and x.version == target), None)
    if excluded is not None:
        where = f"{dependency.place.path}:{excluded.line}"
        return CannotEdit(
            place=dependency.place,
            reason=f"{where}: {target} is excluded",
            advice="Remove the exclude directive, or choose another version.",
        )
    return _replace_version(directive.token, directive.line, dependency, target)


def _is_own(parts: Sequence[str]) -> bool:
    return parts[-1] in ("go.mod", "go.work") and not any(
        part in _SKIPPED or part.startswith(("_", ".")) for part in parts[:-1]
    )


def _all_faults(mod: ModFile) -> list[Fault]:
    return mod.faults if mod.module else [*mod.faults, Fault(1, "no module directive")]


def _requirements(
    project: Project, mod: ModFile, around: workspace.Around, faults: list[Fault]
) -> list[Dependency]:
    """The required modules, then those that only a replace directive names; bad paths are added to `faults`."""
    tools = _tool_providers(mod)
    selected = _selected(mod.require)
    replacements = Replacements(mod.replace)
    found: list[Dependency] = []
    for item in mod.require:
        replaced = replacements.of(item.path, selected[item.path])
        try:
            row = _required(project, item, selected[item.path], replaced, item.path in tools)
            found.append(workspace.overruled(row, item, around))
        except VersionError as fault:
            faults.append(Fault(item.line, f"a bad path: {fault.message.rstrip('.')}"))
    for extra in mod.replace:
        if extra.old_path in selected:
            continue
        try:
            found.append(_replaced_only(project, extra))
        except VersionError as fault:
            faults.append(Fault(extra.line, f"a bad path: {fault.message.rstrip('.')}"))
    return found


def _required(
    project: Project, item: Require, selected: str, replaced: Replace | None, is_tool: bool
) -> Dependency:
    only_tool = is_tool and item.indirect
    name, locked, immovable = normalise(item.path), selected, ""
    if replaced is not None:
        name, locked, immovable = _stand_in(project, replaced)
    return Dependency(
        ecosystem="go",
        name=name,
        project=project.id,
        requirement=unquote(item.token),
        locked=locked or None,
        section="dev" if only_tool else "prod",
        direct=is_tool or not item.indirect,
        place=Place(
            path=project.manifest, line=item.line, key=REPLACED if replaced is not None else REQUIRED
        ),
        group="tool" if only_tool else "",
        alias="" if name == item.path else item.path,
        immovable=immovable,
    )


def _replaced_only(project: Project, item: Replace) -> Dependency:
    """A replacement of a module that go.mod does not require: it overrules what other modules ask for."""
    name, locked, immovable = _stand_in(project, item)
    return Dependency(
        ecosystem="go",
        name=name,
        project=project.id,
        requirement=item.new_version,
        locked=locked or None,
        section="prod",
        direct=False,
        place=Place(path=project.manifest, line=item.line, key=REPLACED),
        alias="" if name == item.old_path else item.old_path,
        immovable=immovable,
    )


def _stand_in(project: Project, item: Replace) -> tuple[PackageName, str, str]:
    """Name, version ("" for a folder) and immovability of what a replace directive puts in the place."""
    where = f"{project.manifest}:{item.line}"
    if not item.new_version:
        return normalise(item.old_path), "", f"replaced by the folder {item.new_path[:200]} ({where})"
    if item.new_path == item.old_path:
        return normalise(item.old_path), item.new_version, ""
    # A fork's tags are mostly its origin's: that one is newer says nothing about the fork's own changes.
    reason = f"replaced by the fork {item.new_path} {item.new_version} ({where})"
    return normalise(item.new_path), item.new_version, reason


def _selected(required: Iterable[Require]) -> dict[str, str]:
    """Path to the highest version that go.mod asks for: what Go takes when a module stands there twice."""
    selected: dict[str, str] = {}
    for item in required:
        known = selected.get(item.path)
        if known is None or versions.order_key(item.version) > versions.order_key(known):
            selected[item.path] = item.version
    return selected


def _tool_providers(mod: ModFile) -> set[str]:
    """Modules that hold the package of a `tool` directive: for each the longest path that leads to it."""
    required = {item.path for item in mod.require}
    found = set()
    for tool in mod.tool:
        path = tool.path
        while path and path not in required:
            path = path.rpartition("/")[0]
        found.add(path)
    return found


def _reason_against(dependency: Dependency, target: str, strategy: RangeStrategy) -> tuple[str, str] | None:
    """Why this place cannot ask for the target, and what to do; None when it can."""
    if dependency.immovable:
        return dependency.immovable, ""
    if not is_canonical(target):
        return f"{target[:80]!r} is not a version that go.mod can hold", "Use one like v1.2.3."
    try:
        requirement_for("go", target, target, strategy)
    except VersionError as fault:
        return f"{dependency.place}: {dependency.name}: {fault.message}", fault.advice
    path = path_for(dependency.name, target)
    if path == dependency.name:
        return None
    return (
        f"{dependency.place}: the import path changes to {path} in go.mod and in every file that imports "
        f"{dependency.name}; source rewriting comes with rule packs",
        f"Run `go get {path}@{target}` and change the imports by hand.",
    )


def _directive(mod: ModFile, dependency: Dependency) -> Require | Replace | None:
    """The directive that states the version in use for this dependency."""
    path = dependency.alias or dependency.name
    line = dependency.place.line
    required = next((item for item in mod.require if item.line == line and item.path == path), None)
    if required is None:
        return next((item for item in mod.replace if item.line == line and item.old_path == path), None)
    return Replacements(mod.replace).of(path, _selected(mod.require)[path]) or required


def _replace_version(
    token: Token, line: int, dependency: Dependency, target: str
) -> Sequence[Edit] | CannotEdit:
    span = inner_span(token)
    if span is None:
        return CannotEdit(
            place=dependency.place,
            reason=f"{dependency.place.path}:{line}: the version is written with escapes: {token.raw[:80]}",
            advice="Write it plainly.",
        )
    start, before = span
    if before == target:
        return ()
    return (Edit(path=dependency.place.path, line=line, start=start, before=before, after=target),)
