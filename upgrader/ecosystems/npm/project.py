"""How an npm project is set up in a fresh checkout, what it tests itself with, and what runs it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import structs

from upgrader.ecosystems.base import Ask, ProjectRead, Tree
from upgrader.ecosystems.npm.foreign_relock import ENV, INSTALL, check_tool, tool_kind
from upgrader.ecosystems.npm.lockfile import read_lock
from upgrader.ecosystems.npm.package_file import PackageFile, read_package_file
from upgrader.ecosystems.npm.relock import HARDENED
from upgrader.ecosystems.npm.scripts import (
    find_runner,
    is_real_test,
    only_fans_out,
    runs_members,
    sets_up_hooks,
    split_script,
)
from upgrader.errors import ManifestError, VersionError
from upgrader.model import Check, CheckKind, Command, PackageName, Project
from upgrader.versions import npm as versions

_QUIET = {"CI": "true", "HUSKY": "0", "NO_UPDATE_NOTIFIER": "1"}
"""Tests run once instead of watching, and nothing installs git hooks."""


def purl(name: PackageName, version: str | None) -> str:
    """`pkg:npm/%40scope/name@1.0.0` (purl-spec, type npm: the scope is the namespace)."""
    from packageurl import PackageURL  # lazy: only CycloneDX documents need it

    scope, _, bare = name.rpartition("/")
    return PackageURL(type="npm", namespace=scope or None, name=bare, version=version).to_string()


def members(read: ProjectRead) -> Sequence[str]:
    """The workspaces' manifests, those that could not be read too."""
    unread = [
        item.place.path
        for item in read.held
        if item.kind == "unreadable" and item.place and item.place.path.endswith("package.json")
    ]
    root = read.project.manifest
    return sorted({*read.project.manifests, *unread} - {root})


def runtime_fits(declared: str, needed: str) -> bool | None:
    """Whether every Node.js that `declared` allows is one that `needed` allows; None when one can't be understood."""
    try:
        return versions.is_subset(declared, needed)
    except VersionError:
        return None


def prepare(tree: Tree, project: Project) -> Sequence[Command]:
    """Install from the lockfile without running any package's code, then run install scripts apart.

    `npm ci --ignore-scripts` needs the registry (`network`) and runs nothing; `npm rebuild` and the project's own
    install scripts run code and get no network (SAFETY T1), and only where the lockfile says that there are some.
    """
    files = _files(tree, project)
    if not any(file.entries for file in files):
        return ()
    if project.tool != "npm":
        return _foreign_install(files[0], project)
    install = ("npm", "ci") if project.lock_format else ("npm", "install", "--no-package-lock", "--no-save")
    argv = (*install, *HARDENED, "--include=dev", "--include=optional", "--git=git")
    commands = [
        _command(project.folder, argv, "install what the lockfile holds; no script runs", network=True)
    ]
    if _has_install_scripts(tree, project):
        why = "run the install scripts of the packages that have one"
        commands.append(_command(project.folder, ("npm", "rebuild"), why))
    return [*commands, *_own_scripts(files[0], project)]


def _own_scripts(root: PackageFile, project: Project) -> Iterator[Command]:
    for name in ("preinstall", "install", "postinstall", "prepare"):
        script = root.text("scripts", name)
        if script and not sets_up_hooks(script):
            why = f"run the project's own {name} script ({root.path})"
            yield _command(project.folder, (project.tool, "run", name), why)


def _foreign_install(root: PackageFile, project: Project) -> Sequence[Command]:
    """The same with pnpm, yarn or bun; raises StepRefused where the tool is missing.

    Which packages may run install scripts is the project's own setting there, so what rebuilds them is asked for.
    """
    if not project.lockfile or not project.lock_format:
        return ()
    check_tool(project)
    install, *rebuild = INSTALL[tool_kind(project)]
    first = _command(project.folder, install, "install what the lockfile holds; no script runs", network=True)
    again = [
        _command(project.folder, argv, "run the install scripts that the project allows") for argv in rebuild
    ]
    commands: list[Command] = [first, *again, *_own_scripts(root, project)]
    return [structs.replace(item, env={**item.env, **ENV}) for item in commands]


def checks(tree: Tree, project: Project) -> Sequence[Check]:
    """The scripts `test`, `build` and `start` of the project and its workspaces, else `tsc` for the build.

    Tests run with Node.js's deprecation warnings on, so that they are read from the same output.
    """
    files = _files(tree, project)
    if not files or (project.tool != "npm" and not project.lock_format):
        return ()
    found = (*_tests(files), *_builds(tree, files), *_starts(tree, files))
    return found if project.tool == "npm" else [_with_tool(check, project.tool) for check in found]


def _with_tool(check: Check, tool: str) -> Check:
    """The same script run by another tool: none of them wants `--` before the script's own arguments."""
    argv = check.command.argv
    if argv[:2] == ("npm", "exec"):
        run = (tool, "exec" if tool == "pnpm" else "run", *argv[argv.index("--") + 1 :])
    else:
        run = (tool, "run", *(word for word in argv[1:] if word not in ("run", "--")))
    command = structs.replace(check.command, argv=run, env={**check.command.env, **ENV})
    name = check.name if argv[1] == "exec" else tool + check.name.removeprefix("npm")
    return structs.replace(check, name=name, command=command)


def _files(tree: Tree, project: Project) -> list[PackageFile]:
    """The manifests that can be read, the root first."""
    found: list[PackageFile] = []
    for path in project.manifests:
        try:
            found.append(read_package_file(tree, path))
        except ManifestError:
            if path == project.manifest:
                return []
    return found


def _has_install_scripts(tree: Tree, project: Project) -> bool:
    if not project.lockfile or not project.lock_format:
        return True
    try:
        lock = read_lock(tree.read(project.lockfile), project.lockfile)
    except ManifestError:
        return True
    return lock.format == "1" or any(item.install_script for item in lock.packages.values())


def _tests(files: Sequence[PackageFile]) -> Iterator[Check]:
    """The root's test script and each workspace's; one that runs the workspaces itself is not doubled."""
    root, *others = files
    script = root.text("scripts", "test")
    tested = [file for file in others if is_real_test(file.text("scripts", "test"))]
    apart = only_fans_out(script) and tested
    if is_real_test(script) and not apart:
        yield from _own_tests(root)
    if apart or not (is_real_test(script) and runs_members(script)):
        for file in tested:
            yield from _own_tests(file)


def _own_tests(file: PackageFile) -> Iterator[Check]:
    """The test script; where it only runs others one after the other, each of those by itself."""

    def scripts(name: str) -> str:
        return file.text("scripts", name)

    around = scripts("pretest") or scripts("posttest")
    parts = () if around else split_script(scripts("test"), scripts)
    for name in parts or ("test",):
        runner = find_runner(scripts(name), scripts)
        arguments = ("--", *runner.arguments) if runner.arguments else ()
        argv = ("npm", "test") if name == "test" else ("npm", "run", name)
        command = _command(
            file.folder, (*argv, *arguments), "the project's own tests", options=runner.node_options
        )
        yield Check(
            kind="tests",
            # The build has a check of that name already.
            name=_named(" ".join(argv) + (" for the tests" if name in ("build", "start") else ""), file),
            command=command,
            reader=runner.reader,
            source=f"{file.path}: scripts.{name}",
        )


def _builds(tree: Tree, files: Sequence[PackageFile]) -> Iterator[Check]:
    root = files[0]
    if scripted := list(_scripted(files, "build")):
        yield from scripted
    elif tree.exists(posixpath.normpath(f"{root.folder}/tsconfig.json")) and _has_typescript(root):
        argv = ("npm", "exec", "--offline", "--no", "--", "tsc", "--noEmit")
        command = _command(root.folder, argv, "the types still fit")
        source = posixpath.normpath(f"{root.folder}/tsconfig.json")
        yield Check(kind="build", name=_named("tsc --noEmit", root), command=command, source=source)


def _has_typescript(root: PackageFile) -> bool:
    return any(entry.key == "typescript" for entry in root.entries)


def _starts(tree: Tree, files: Sequence[PackageFile]) -> Iterator[Check]:
    """`npm start`; without a script npm starts server.js where there is one (npm's documentation of `npm start`)."""
    root = files[0]
    server = posixpath.normpath(f"{root.folder}/server.js")
    if scripted := list(_scripted(files, "start")):
        yield from scripted
    elif tree.exists(server):
        command = _command(root.folder, ("npm", "start"), "the application starts")
        yield Check(kind="start", name=_named("npm start", root), command=command, source=server)


def _scripted(files: Sequence[PackageFile], name: CheckKind) -> Iterator[Check]:
    """The root's script of that name, else each workspace's."""
    chosen = [file for file in files if file.text("scripts", name).strip()]
    if chosen and chosen[0] is files[0]:
        chosen = chosen[:1]
    for file in chosen:
        argv = ("npm", "start") if name == "start" else ("npm", "run", name)
        command = _command(file.folder, argv, f"the project's own {name} script")
        label = _named(" ".join(argv), file)
        yield Check(kind=name, name=label, command=command, source=f"{file.path}: scripts.{name}")


def _named(what: str, file: PackageFile) -> str:
    return what if file.folder == "." else f"{what} ({file.folder})"


def _command(
    folder: str, argv: tuple[str, ...], why: str, *, network: bool = False, options: str = ""
) -> Command:
    env = dict(_QUIET)
    if options:
        env["NODE_OPTIONS"] = options
    return Command(argv=argv, folder=folder, env=env, why=why, network=network)


def installed_runtime(env: Mapping[str, str], ask: Ask) -> str | None:
    """The Node on this machine, for a project that declares none."""
    told = ask(("node", "--version"), cwd=Path("/"), env=env)
    return told.removeprefix("v") if told else None
