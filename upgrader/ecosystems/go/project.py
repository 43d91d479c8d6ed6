"""A Go module as a project: its checks, what a fresh checkout needs, its Go version, package URLs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

from upgrader.ecosystems.base import Ask, ProjectRead, Tree
from upgrader.ecosystems.go.module_path import path_for
from upgrader.model import Check, Command, PackageName, Project

_GO_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:(alpha|beta|rc)(\d{1,9}))?")
_KINDS = {"alpha": 0, "beta": 1, "rc": 2, "": 3}
_PATIENCE_S = 3600
_LOCAL = {"GOTOOLCHAIN": "local"}
"""The project's `toolchain` line must not make Go download and run another Go (SAFETY T2)."""


def members(read: ProjectRead) -> Sequence[str]:
    """None: the modules of a workspace are projects of their own."""
    return ()


def purl(name: PackageName, version: str | None) -> str:
    """`pkg:golang/example.com/m@v1.2.3`; a release of a higher major is named by its own path (`.../m/v2`)."""
    from packageurl import PackageURL  # lazy: only CycloneDX documents need it

    path = path_for(name, version) if version else name
    namespace, _, last = path.rpartition("/")
    return PackageURL(type="golang", namespace=namespace or None, name=last, version=version).to_string()


def runtime_fits(declared: str, needed: str) -> bool | None:
    """Whether a module that declares `go <declared>` may require one that declares `go <needed>`.

    The go directive is the lowest Go that is accepted (https://go.dev/ref/mod#go-mod-file-go), so that every Go the
    project allows can build the other when its line is not higher. `1.22` and `1.22.0` count as the same. None when
    either is not a Go version.
    """
    ours, theirs = _go_version(declared), _go_version(needed)
    return None if ours is None or theirs is None else ours >= theirs


def prepare(tree: Tree, project: Project) -> Sequence[Command]:
    """Fetch the modules that go.mod names into the module cache; go.sum says which content is accepted.

    A vendor folder has all that a build needs.
    """
    if project.lock_format.startswith(("vendor", "work-vendor")):
        return ()
    return (
        Command(
            argv=("go", "mod", "download"),
            folder=project.folder,
            env=dict(_LOCAL),
            why="fetch the modules that go.mod and go.sum name",
            network=True,
        ),
    )


def checks(tree: Tree, project: Project) -> Sequence[Check]:
    """`go test` where there are tests, `go build` where there is code.

    No check for deprecations: `go vet` does not report the use of deprecated symbols. No start check: which of the
    main packages is the application, and with which arguments, only the project can say.
    """
    own = own_files(tree.walk(), project.manifest)
    found: list[Check] = []
    if any(path.endswith("_test.go") for path in own):
        argv = ("go", "test", "-json", "-count=1", "./...")
        found.append(_check(project, "tests", argv, f"{project.folder}: files *_test.go"))
    if any(path.endswith(".go") and not path.endswith("_test.go") for path in own):
        # Without -o a module with a single main package would leave its program in the checkout.
        argv = ("go", "build", "-o", posixpath.devnull, "./...")
        found.append(_check(project, "build", argv, f"{project.folder}: files *.go"))
    return found


def own_files(paths: Sequence[str], manifest: str) -> list[str]:
    """The files that `./...` covers: below the module, not in a nested module, `testdata`, `_x` or `.x`."""
    prefix = manifest.removesuffix("go.mod")
    below = [path.removeprefix(prefix) for path in paths if path.startswith(prefix)]
    nested = {posixpath.dirname(path) for path in below if path.endswith("/go.mod")}
    return [path for path in below if not _is_inside(path, nested) and _is_covered(path)]


def _is_inside(path: str, folders: Set[str]) -> bool:
    """Whether one of the folders lies above the path."""
    while path := posixpath.dirname(path):
        if path in folders:
            return True
    return False


def _is_covered(path: str) -> bool:
    parts = path.split("/")
    folders = parts[:-1]
    hidden = any(part.startswith(("_", ".")) for part in parts)
    return not hidden and "testdata" not in folders and "vendor" not in folders


def _check(project: Project, kind: str, argv: tuple[str, ...], source: str) -> Check:
    at = "" if project.folder == "." else f" ({project.folder})"
    command = Command(
        argv=argv,
        folder=project.folder,
        env=dict(_LOCAL),
        why=f"run the {kind} of the module",
        timeout_s=_PATIENCE_S,
        # go says nothing while it compiles, and a package's tests have ten minutes each.
        idle_s=_PATIENCE_S,
    )
    if kind == "tests":
        return Check(kind="tests", name=f"go test{at}", command=command, reader="go", source=source)
    return Check(kind="build", name=f"go build{at}", command=command, source=source)


def _go_version(text: str) -> tuple[int, int, int, int, int] | None:
    """Major, minor, patch, kind and number of a prerelease, in Go's order (1.21rc1 < 1.21.0 = 1.21)."""
    found = _GO_VERSION.fullmatch(text.removeprefix("go"))
    if found is None:
        return None
    major, minor, patch, kind, number = found.groups(default="")
    return int(major), int(minor), int(patch or 0), _KINDS[kind], int(number or 0)


def installed_runtime(env: Mapping[str, str], ask: Ask) -> str | None:
    """The Go on this machine, for a module that declares none."""
    told = ask(("go", "env", "GOVERSION"), cwd=Path("/"), env=env)
    return told.removeprefix("go").split()[0] if told else None
