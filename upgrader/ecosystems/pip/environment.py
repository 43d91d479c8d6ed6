"""How a fresh checkout gets an environment of its own: `.venv` from uv.lock, or from the requirements by pip."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.lockfile import UV_ENV
from upgrader.ecosystems.pip.pep508 import read_specifier
from upgrader.ecosystems.pip.pyproject_file import (
    Manifest,
    RequirementList,
    read_manifest,
    requirement_lists,
)
from upgrader.ecosystems.pip.references import is_reference
from upgrader.ecosystems.pip.requirements_files import has_lines, root_files
from upgrader.ecosystems.pip.requirements_text import decode, read_lines
from upgrader.ecosystems.pip.scripts import is_script
from upgrader.ecosystems.pip.suites import needs_pytest
from upgrader.ecosystems.pip.tool_environment import (
    TEST_NAMES,
    install_locked,
    table_names,
    table_requirements,
)
from upgrader.ecosystems.pip.unread import beside
from upgrader.errors import ManifestError
from upgrader.model import Command, Project

PYTHON = ".venv/bin/python"
PIP = (PYTHON, "-I", "-m", "pip")
"""`-I`: a file `pip.py` of the project must not be taken for pip."""
BUILD = ".venv/build"
"""The environment of the build check: the build requirements must not hide what the tests lack."""
PIP_ENV = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_USER": "0",
    "PYTHONNOUSERSITE": "1",
}


def prepare(tree: Tree, project: Project) -> Sequence[Command]:
    """The commands that make `.venv` in the project's folder, and `.venv/build` where something can be built.

    A uv project is synchronised from uv.lock as it stands. Others are installed by pip, not by uv: only pip reads the
    user's pip.conf. A script gets none: whoever runs it makes its environment. The tests' runner is added where the
    tests need pytest and nothing declares it.
    """
    if is_script(project):
        return ()
    manifest = _manifest(tree, project.folder)
    if project.tool == "uv" and manifest is not None:
        commands = [_sync(project, manifest)]
        install: tuple[str, ...] = ("uv", "pip", "install", "--python", PYTHON)
    else:
        install = (*PIP, "install")
        wanted = _wanted_by_pip(tree, project, manifest)
        commands = [
            _command(
                project, ("python3", "-I", "-m", "venv", ".venv"), "an environment of its own", network=False
            )
        ]
        if locked := install_locked(project, manifest):
            commands.append(locked)
            wanted = []
        commands += [
            _command(project, (*install, *words), "install the requirements") for words in wanted if words
        ]
    if needs_pytest(tree, project) and not _declares_pytest(tree, project):
        commands.append(
            _command(project, (*install, "pytest"), "the tests need pytest, which nothing declares")
        )
    return [*commands, *_build_environment(project, manifest)]


def build_requirements(manifest: Manifest | None) -> list[str] | None:
    """[build-system] requires, as far as it is readable; None where nothing can be built."""
    found = manifest.get("build-system", "requires") if manifest else None
    if manifest is None or not isinstance(found, list) or manifest.get("tool", "uv", "package") is False:
        return None
    requires = [item for item in found if isinstance(item, str) and _name(item)]
    names = [_name(item) for item in requires]
    # setuptools before 70.1 asks for wheel only when it builds, and then there is no network.
    return [*requires, "wheel"] if "setuptools" in names and "wheel" not in names else requires


def read_root(tree: Tree, project: Project) -> Manifest | None:
    """The pyproject.toml in the project's folder, None when there is none that can be read."""
    return _manifest(tree, project.folder)


def _sync(project: Project, manifest: Manifest) -> Command:
    argv = ["uv", "sync", "--no-progress", *(["--frozen"] if project.lockfile else [])]
    argv += (
        ["--all-packages"] if len([path for path in project.manifests if path.endswith(".toml")]) > 1 else []
    )
    for name in _named(manifest, "project", "optional-dependencies"):
        argv += ["--extra", name]
    for name in _named(manifest, "dependency-groups"):
        argv += ["--group", name]
    env = {**UV_ENV, "UV_PROJECT_ENVIRONMENT": ".venv"}
    why = "install what uv.lock holds" if project.lockfile else "there is no uv.lock: resolve and install"
    return Command(argv=tuple(argv), folder=project.folder, env=env, why=why, network=True)


def _wanted_by_pip(tree: Tree, project: Project, manifest: Manifest | None) -> list[tuple[str, ...]]:
    """The words of each `pip install`: requirements files, then the project itself."""
    words: list[str] = []
    if has_lines(project.manifest):
        for path in root_files(tree, project):
            words += ["-r", posixpath.relpath(path, project.folder)]
        own = () if _installs_itself(tree, project) else _itself(tree, project, manifest)
        return [tuple(words), own]
    own = _itself(tree, project, manifest)
    loose = _strings(manifest, groups=True, everything=not own) if manifest else []
    return [own, (*loose, *table_requirements(tree, project, everything=not own))]


def _itself(tree: Tree, project: Project, manifest: Manifest | None) -> tuple[str, ...]:
    """`-e .` with the extras of the tests, where the folder can be built; else nothing."""
    if build_requirements(manifest) is None and not tree.exists(beside(project.folder, "setup.py")):
        return ()
    extras = _named(manifest, "project", "optional-dependencies") if manifest else []
    return ("-e", f".[{','.join(extras)}]" if extras else ".")


def _strings(manifest: Manifest, *, groups: bool, everything: bool) -> list[str]:
    """Requirements as pip takes them on its command line; each begins with a name, never with a dash."""
    wanted: list[str] = []
    for listed in requirement_lists(manifest):
        found = manifest.get(*(str(key) for key in listed.keys))
        plain = listed.keys[0] == "project" and everything
        chosen = listed.section == "prod" or listed.group in TEST_NAMES
        is_group = groups and _is_for_tests(listed)
        if ((plain and chosen) or is_group) and isinstance(found, list):
            wanted += [item for item in _flat(manifest, found) if _name(item)]
    return list(dict.fromkeys(wanted))


def _is_for_tests(listed: RequirementList) -> bool:
    """Whether a group that is installed beside the project holds what the tests need."""
    keys = listed.keys
    if keys[0] == "dependency-groups" or keys[:3] == ("tool", "pdm", "dev-dependencies"):
        return listed.group in TEST_NAMES
    hatch = keys[:3] == ("tool", "hatch", "envs")
    return hatch and (listed.group in TEST_NAMES or listed.group in ("default", "hatch-test"))


def _is_installed(listed: RequirementList) -> bool:
    extra = listed.keys[0] == "project" and listed.group in TEST_NAMES
    return listed.section == "prod" or extra or _is_for_tests(listed)


def _flat(manifest: Manifest, items: Iterable[object], depth: int = 0) -> list[str]:
    """The strings of a group and of the groups it includes (PEP 735)."""
    found: list[str] = []
    for item in items:
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict) and depth < 16:
            inner = manifest.get("dependency-groups", str(item.get("include-group")))
            found += _flat(manifest, inner if isinstance(inner, list) else (), depth + 1)
    return found


def _named(manifest: Manifest, *keys: str) -> list[str]:
    table = manifest.get(*keys)
    names = table if isinstance(table, dict) else {}
    return sorted(name for name in names if name.lower() in TEST_NAMES)


def _build_environment(project: Project, manifest: Manifest | None) -> list[Command]:
    requires = build_requirements(manifest)
    if requires is None:
        return []
    python = f"{BUILD}/bin/python"
    if project.tool == "uv":
        make: tuple[str, ...] = ("uv", "venv", "--no-project", "--python", PYTHON, BUILD)
        install: tuple[str, ...] = ("uv", "pip", "install", "--python", python)
    else:
        make = (PYTHON, "-I", "-m", "venv", "--without-pip", BUILD)
        install = (*PIP, "--python", python, "install")
    why = "what [build-system] asks for, apart from the tests' environment"
    commands = [_command(project, make, why, network=False)]
    return [*commands, _command(project, (*install, *requires), why)] if requires else commands


def _command(project: Project, argv: tuple[str, ...], why: str, *, network: bool = True) -> Command:
    env = UV_ENV if argv[0] == "uv" else PIP_ENV
    return Command(argv=argv, folder=project.folder, env=env, why=why, network=network)


def _declares_pytest(tree: Tree, project: Project) -> bool:
    """Whether what is installed names pytest; a plugin of it brings it along."""
    names = table_names(tree, project)
    for path in project.manifests:
        if not tree.exists(path):
            continue
        try:
            if path.endswith(".toml"):
                manifest = read_manifest(tree, path)
                for listed in requirement_lists(manifest):
                    found = manifest.get(*(str(key) for key in listed.keys))
                    if _is_installed(listed) and isinstance(found, list):
                        names += [_name(item) for item in _flat(manifest, found)]
            elif has_lines(path):
                lines = read_lines(decode(tree.read(path), path), path)
                names += [_name(line.asks) for line in lines if not isinstance(line, ManifestError)]
        except ManifestError:
            continue
    return any(name == "pytest" or name.startswith("pytest-") for name in names)


def _installs_itself(tree: Tree, project: Project) -> bool:
    """Whether a requirements file already has `.` or `-e .`."""
    for path in project.manifests:
        if not tree.exists(path) or not has_lines(path):
            continue
        for line in read_lines(decode(tree.read(path), path), path):
            if isinstance(line, ManifestError):
                continue
            asks = line.asks or next((value for name, value in line.options if name == "editable"), "")
            if is_reference(asks) and asks.partition("[")[0].strip().rstrip("/") == ".":
                return True
    return False


def _name(text: str) -> str:
    """The package a requirement names, "" when it is none."""
    try:
        return read_specifier(text, "").name
    except ManifestError:
        return ""


def _manifest(tree: Tree, folder: str) -> Manifest | None:
    path = beside(folder, "pyproject.toml")
    try:
        return read_manifest(tree, path) if tree.exists(path) else None
    except ManifestError:
        return None
