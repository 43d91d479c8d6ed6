"""The checks of a Python project by convention: its tests, its build, its start."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from upgrader.ecosystems.base import Tree
from upgrader.ecosystems.pip.environment import BUILD, PIP, PYTHON, build_requirements, read_root
from upgrader.ecosystems.pip.pyproject_file import Manifest
from upgrader.ecosystems.pip.scripts import is_script
from upgrader.ecosystems.pip.suites import Suite, find_suites
from upgrader.ecosystems.pip.unread import beside
from upgrader.errors import ManifestError
from upgrader.model import Check, CheckKind, Command, Project

_WARNINGS = ("DeprecationWarning", "PendingDeprecationWarning")
_ENV = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "COLUMNS": "200", "NO_COLOR": "1"}
_QUIET = re.compile(r"addopts[^\n]*?(?:[\s\"'=\[,])-(q+)\b")
_STRICT = re.compile(r"filterwarnings\s*=[^\]]{0,4000}?\berror\b")
_PARSES_ARGUMENTS = re.compile(r"^\s*(?:import|from)\s+(?:argparse|click|typer)\b", re.MULTILINE)
_SCRIPT = re.compile(r"([A-Za-z_][\w.]*):[A-Za-z_][\w.]*")
_SCRIPT_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def checks(tree: Tree, project: Project) -> Sequence[Check]:
    """Pytest or unittest from the checkout's own environment; a build without network; the app's own start.

    Deprecation warnings are switched on in the run of the tests, and shown at its end. Where the project turns
    warnings into errors that would hide its failures, so there they get a run of their own. A script has none.
    """
    if is_script(project):
        return ()
    found: list[Check] = []
    for suite in find_suites(tree, project):
        found += _pytest(project, suite) if suite.pytest else [_unittest(project, suite)]
    manifest = read_root(tree, project)
    return [*found, *_build(project, manifest), *_start(tree, project, manifest)]


def _pytest(project: Project, suite: Suite) -> list[Check]:
    switches = [word for name in _WARNINGS for word in ("-W", f"default::{name}")]
    quiet = _QUIET.search(suite.settings)
    verbose = "-v" + "v" * (len(quiet[1]) if quiet else 0)
    words = ["-m", "pytest", verbose, "-ra", "--color=no"]
    where = [] if suite.config or not suite.nested else _tops(suite)
    strict = bool(_STRICT.search(suite.settings))
    plain = [*words, *([] if strict else switches), *where]
    source = suite.config or suite.files[0]
    made = [_check(project, "tests", "pytest", suite, plain, beside(suite.folder, source))]
    if strict:
        argv = [*words, *switches, *where]
        made.append(
            _check(project, "deprecations", "pytest with warnings", suite, argv, beside(suite.folder, source))
        )
    return made


def _unittest(project: Project, suite: Suite) -> Check:
    tops = _tops(suite)
    words = ["-m", "unittest", "discover", "-v"]
    if len(tops) == 1 and not tops[0].endswith(".py"):
        words += ["-s", tops[0]]
        if tops[0] in suite.packages:
            words += ["-t", "."]
    if all(posixpath.basename(path).endswith("_test.py") for path in suite.files):
        words += ["-p", "*_test.py"]
    return _check(project, "tests", "unittest", suite, words, beside(suite.folder, suite.files[0]))


def _check(
    project: Project, kind: CheckKind, runner: str, suite: Suite, words: Sequence[str], source: str
) -> Check:
    python = posixpath.join(posixpath.relpath(project.folder, suite.folder), PYTHON)
    warnings = ",".join(f"default::{name}" for name in _WARNINGS)
    env = _ENV if runner.startswith("pytest") else {**_ENV, "PYTHONWARNINGS": warnings}
    where = "" if suite.folder == "." else f" ({suite.folder})"
    return Check(
        kind=kind,
        name=f"{runner}{where}",
        command=Command(argv=(python.removeprefix("./"), *words), folder=suite.folder, env=env),
        reader="pytest" if runner.startswith("pytest") else "unittest",
        source=source,
    )


def _tops(suite: Suite) -> list[str]:
    """The first parts of the test files' paths."""
    return sorted({path.partition("/")[0] for path in suite.files})


def _build(project: Project, manifest: Manifest | None) -> Iterator[Check]:
    """A wheel, built without network from what `.venv/build` holds."""
    if manifest is None or build_requirements(manifest) is None:
        return
    wheels = f"{BUILD}/wheels"
    python = f"{BUILD}/bin/python"
    argv: tuple[str, ...] = (
        *PIP,
        "--python",
        python,
        "wheel",
        "--no-deps",
        "--no-build-isolation",
    )
    argv = (*argv, "--no-index", "--wheel-dir", wheels, ".")
    if project.tool == "uv":
        argv = (
            "uv",
            "build",
            "--wheel",
            "--offline",
            "--no-build-isolation",
            "--python",
            python,
            "-o",
            wheels,
        )
    env = {**_ENV, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_PYTHON_DOWNLOADS": "never"}
    yield Check(
        kind="build",
        name=f"build a wheel{_in(project)}",
        command=Command(argv=argv, folder=project.folder, env=env),
        source=f"{manifest.path}: build-system",
    )


def _start(tree: Tree, project: Project, manifest: Manifest | None) -> Iterator[Check]:
    """Each console script whose module parses arguments, with `--help`; else the package that can be run."""
    scripts = manifest.get("project", "scripts") if manifest else None
    if manifest is None or build_requirements(manifest) is None or not isinstance(scripts, dict):
        scripts = {}
    started = False
    for name, target in scripts.items():
        found = _SCRIPT.fullmatch(target) if isinstance(target, str) else None
        if found is None or not _SCRIPT_NAME.fullmatch(name):
            continue
        text = _module_text(tree, project.folder, found[1])
        if text is not None and _PARSES_ARGUMENTS.search(text):
            started = True
            argv = (f".venv/bin/{name}", "--help")
            source = beside(project.folder, f"pyproject.toml: project.scripts.{name}")
            yield _start_check(project, argv, source, "(?i)usage")
    if not started:
        yield from _start_package(tree, project)


def _start_package(tree: Tree, project: Project) -> Iterator[Check]:
    """`python -m package` for the one package of the folder that has a `__main__.py`."""
    prefix = "" if project.folder == "." else f"{project.folder}/"
    pattern = re.compile(re.escape(prefix) + r"([A-Za-z_]\w*)/__main__\.py")
    found = [match[1] for path in tree.walk() if (match := pattern.fullmatch(path))]
    if len(found) != 1 or found[0] in ("tests", "test", "docs"):
        return
    path = f"{prefix}{found[0]}/__main__.py"
    parses = _PARSES_ARGUMENTS.search(_text(tree, path) or "")
    argv = (PYTHON, "-m", found[0], *(["--help"] if parses else []))
    yield _start_check(project, argv, path, "(?i)usage" if parses else "")


def _start_check(project: Project, argv: tuple[str, ...], source: str, ready: str) -> Check:
    name = " ".join(argv).removeprefix(".venv/bin/") + _in(project)
    return Check(
        kind="start",
        name=name,
        command=Command(argv=argv, folder=project.folder, env=_ENV),
        source=source,
        ready=ready,
        alive_s=10 if ready else 3,
    )


def _in(project: Project) -> str:
    return "" if project.folder == "." else f" ({project.folder})"


def _module_text(tree: Tree, folder: str, module: str) -> str | None:
    path = module.replace(".", "/")
    places = [f"{base}{path}{ending}" for base in ("", "src/") for ending in (".py", "/__init__.py")]
    return next((text for place in places if (text := _text(tree, beside(folder, place))) is not None), None)


def _text(tree: Tree, path: str) -> str | None:
    try:
        return tree.read(path).decode("utf-8", "replace") if tree.exists(path) else None
    except ManifestError:
        return None
