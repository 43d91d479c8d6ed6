"""Saved output of `go list -m -u -json all` and `govulncheck -json`: rows of modules that are behind or unsafe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from upgrader.ecosystems.go.module_path import is_canonical
from upgrader.ecosystems.go.vulnerabilities import MESSAGES, read_findings
from upgrader.errors import InputError
from upgrader.model import Command, PackageName, Project, Reported
from upgrader.source.saved_output import json_documents
from upgrader.versions import go as versions

_FAILED = re.compile(
    r"^(?:go(?: list(?: -m)?)?|govulncheck): (?!downloading |finding |found |upgraded |added )(?P<said>.+)",
    re.MULTILINE,
)
_ABOUT = re.compile(r"(?P<path>[^\s@:]+\.[^\s@:]*/?[^\s@:]*)@(?P<version>v[^\s:]+): .+")


class _Error(Struct):
    Err: str = ""


class _Module(Struct):
    """The fields of cmd/go's ModulePublic that are read; all are left out by go when they are empty."""

    Path: str
    Version: str = ""
    Time: str = ""
    Main: bool = False
    Indirect: bool = False
    Update: _Module | None = None
    Replace: _Module | None = None
    Retracted: list[str] = []
    Deprecated: str = ""
    Error: _Error | str | None = None


def outdated(project: Project) -> Command:
    """`go list -m -u -json all`, going on after a broken module (`-e`).

    -mod=readonly answers where a vendor folder would make go refuse, and writes neither go.mod nor go.sum.
    """
    return Command(
        argv=("go", "list", "-e", "-m", "-mod=readonly", "-u", "-json", "all"),
        folder=project.folder,
        env={"GOTOOLCHAIN": "local", "GOWORK": "off"},
        why="ask Go which modules have newer releases",
        network=True,
    )


def recognises(text: str) -> bool:
    """Whether it is of `go list -m -json` or `govulncheck -json`, or what the two print when they fail."""
    documents = _documents(text)
    if documents:
        return all(_is_module(item) or _is_message(item) for item in documents)
    return _FAILED.search(text) is not None


def read_outdated(text: str, source: str) -> list[Reported]:
    """One row per module that is not the main one.

    The replacement counts where there is one. `latest` is the update go names, else the version in use. An update
    that is older than the commit in use is none. A module go could not check has a `problem`. Raises InputError for
    a failed run.
    """
    documents = json_documents(text)
    failures = [found["said"] for found in _FAILED.finditer(text)]
    if not documents:
        said = failures[0] if failures else "it holds no JSON document"
        raise InputError(
            f"{source}: not a list of modules: {said[:300]}", "Run `go list -e -m -u -json all`."
        )
    if any(_is_message(item) for item in documents):
        if failures:
            raise InputError(
                f"{source}: govulncheck failed: {failures[0][:300]}", "Mend that and run it again."
            )
        return read_findings(documents, f"govulncheck ({source})")
    try:
        modules = [msgspec.convert(item, _Module) for item in documents]
    except msgspec.ValidationError as fault:
        raise InputError(
            f"{source}: not what `go list -m -json` prints: {fault}.", "Save it again."
        ) from fault
    rows = list(_rows(modules, f"go list ({source})"))
    return rows + list(_broken(failures, rows, f"go list ({source})"))


def _documents(text: str) -> list[object]:
    """The JSON documents; none for text that is cut or is no JSON at all."""
    try:
        return json_documents(text)
    except InputError:
        # A cut file is recognised by what it begins with; reading it says where it breaks off.
        return [{"Path": "", "Main": True}] if re.match(r'\s*\{\s*"Path": "', text) else []


def _is_module(item: object) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("Path"), str):
        return False
    return any(key in item for key in ("Version", "Main", "Replace", "Error", "Indirect"))


def _is_message(item: object) -> bool:
    return isinstance(item, dict) and len(item) == 1 and item.keys() <= MESSAGES


def _rows(modules: Iterable[_Module], source: str) -> Iterator[Reported]:
    for module in modules:
        if not module.Main:
            yield _row(module, source)


def _row(module: _Module, source: str) -> Reported:
    used = module.Replace or module
    problem = _error(module) or _error(used)
    if not used.Version and not problem:
        problem = f"replaced by the folder {used.Path[:200]}, which has no releases"
    retracted = "; ".join(used.Retracted)
    return Reported(
        ecosystem="go",
        name=PackageName(module.Path if module.Replace and not used.Version else used.Path),
        current=used.Version or None,
        wanted=None,
        latest=_latest(used) if not problem else None,
        source=source,
        section="prod",
        direct=not module.Indirect,
        withdrawn="retracted" if retracted else "deprecated" if used.Deprecated else "",
        withdrawn_reason=retracted or used.Deprecated,
        problem=problem,
    )


def _error(module: _Module) -> str:
    error = module.Error.Err if isinstance(module.Error, _Error) else module.Error or ""
    return error.strip()[:500]


def _latest(used: _Module) -> str:
    """The update's version, else the one in use."""
    update = used.Update
    if update is None or not is_canonical(update.Version) or _is_older(update, used):
        return used.Version
    return update.Version


def _is_older(update: _Module, used: _Module) -> bool:
    """Whether the update was made before the commit in use: its number is higher, but it is a step back."""
    if not versions.is_pseudo(used.Version):
        return False
    ours = _moment(used.Time)
    if ours is None:
        ours = versions.pseudo_time(used.Version)
    theirs = _moment(update.Time)
    return theirs is not None and theirs < ours


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _broken(failures: Iterable[str], rows: Iterable[Reported], source: str) -> Iterator[Reported]:
    """Modules that only an error line between the documents names."""
    known = {row.name for row in rows if row.problem}
    for said in failures:
        found = _ABOUT.fullmatch(said.strip())
        if found is not None and found["path"] not in known:
            known.add(PackageName(found["path"]))
            yield Reported(
                ecosystem="go",
                name=PackageName(found["path"]),
                current=found["version"],
                wanted=None,
                latest=None,
                source=source,
                problem=said.strip()[:500],
            )
