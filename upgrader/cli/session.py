"""Opens the doors that every command needs: files, registries, advisories, the tools' settings."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from upgrader.cli.output import Progress
from upgrader.config import Settings, load_settings, read_target
from upgrader.ecosystems.base import Registry, Tree
from upgrader.errors import CommandFailed, ConfigError
from upgrader.evidence.witness import AdvisorySource
from upgrader.flow import Trip
from upgrader.model import EcosystemName, RangeStrategy, Section
from upgrader.outside.cache import Cache
from upgrader.outside.environment import clean_env, find_tool
from upgrader.outside.files import Tree as FolderTree
from upgrader.outside.http import Client
from upgrader.stages.narrow import Filters
from upgrader.stages.policy import check_policies

if TYPE_CHECKING:
    from upgrader.outside.git import Git

T = TypeVar("T")
ASK_TTL_S = 1200
"""Seconds an answer of a native tool about its own settings is used again."""


class Wishes(Struct, frozen=True, kw_only=True):
    """What the command line asked for, of all commands together."""

    path: Path
    packages: tuple[str, ...] = ()
    offline: bool = False
    no_cache: bool = False
    advisories: str | None = None
    cooldown: float | None = None
    pre: bool = False
    ecosystems: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    second_opinion: bool = False
    quiet: bool = False
    target: str | None = None
    range_strategy: str | None = None
    ignore_paths: tuple[str, ...] = ()
    interactive: bool = False


def open_trip(wishes: Wishes, progress: Progress, *, git: Git | None = None) -> Trip:
    """A trip over the working folder; over HEAD's files from the repository's root when `git` is given."""
    root = wishes.path.resolve() if git is None else git.top
    if not wishes.path.is_dir():
        raise ConfigError(
            f"{wishes.path}: no such folder.", "Give a folder; its manifests are found below it."
        )
    settings = _settings(wishes, root)
    cache = None if wishes.no_cache else Cache()
    return Trip(
        root=root,
        tree=_tree(wishes, root, git),
        settings=settings,
        filters=_filters(wishes, settings),
        env=dict(os.environ),
        ask=Asker(Cache()),
        client_for=ClientMaker(wishes, settings, cache),
        advisories=_advisories(wishes, settings, cache),
        now=datetime.now(UTC),
        progress=progress,
        packs=None if git is None else _tree(wishes, root, git, whole=True),
    )


class Asker:
    """Asks a native tool about its settings; the answer is kept for a while, per tool file and environment.

    `--no-cache` is about registries: what a tool says of itself does not change with them.
    """

    def __init__(self, cache: Cache | None) -> None:
        self.cache = cache

    def __call__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str | None:
        """Stdout stripped; None when the tool is missing or fails."""
        tool = argv[0] if os.sep in argv[0] else find_tool(argv[0])
        if tool is None:
            return None
        key = self._key(tool, argv, cwd, env)
        known = self.cache.get_value(key, ASK_TTL_S) if self.cache else None
        if known is not None:
            return known
        from upgrader.outside.shell import run  # lazy: an answer that is known starts no process

        try:
            finished = run([tool, *argv[1:]], cwd=cwd, env=clean_env(env), timeout_s=60, idle_s=60)
        except CommandFailed:
            return None
        if finished.exit_code != 0:
            return None
        answer = finished.stdout.decode("utf-8", "replace").strip()
        if self.cache:
            self.cache.put_value(key, answer)
        return answer

    def _key(self, tool: str, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> str:
        real = Path(tool).resolve()
        stamp = real.stat().st_mtime_ns if real.exists() else 0
        told = sorted(clean_env(env).items())
        return hashlib.sha256(repr((str(real), stamp, list(argv[1:]), str(cwd), told)).encode()).hexdigest()


class ClientMaker:
    """Makes one client per registry, which may talk to that registry's hosts alone."""

    def __init__(self, wishes: Wishes, settings: Settings, cache: Cache | None) -> None:
        self.wishes = wishes
        self.settings = settings
        self.cache = cache

    def __call__(self, registry: Registry) -> Client:
        """A client with the registry's credentials, each bound to its origin."""
        hosts = [registry.url, *registry.scopes.values(), *registry.fallbacks]
        return self.for_hosts([host for host in hosts if "://" in host], registry.credentials)

    def for_hosts(self, hosts: Sequence[str], credentials: Mapping[str, str] | None = None) -> Client:
        """A client for these addresses."""
        return Client(
            hosts=hosts,
            offline=self.wishes.offline,
            cache=self.cache,
            ttl_s=self.settings.ttl_s,
            credentials=credentials or {},
        )


def _settings(wishes: Wishes, root: Path) -> Settings:
    """The project's settings with the command line's laid over them."""
    settings = load_settings(root)
    said: dict[str, object] = {}
    if wishes.cooldown is not None:
        said["cooldown_days"] = wishes.cooldown
    if wishes.pre:
        said["prereleases"] = True
    if wishes.target is not None:
        said["target"] = read_target(wishes.target, "--target")
    if wishes.range_strategy is not None:
        said["range_strategy"] = _words(
            (wishes.range_strategy,), tuple[RangeStrategy], "--range-strategy", get_args(RangeStrategy)
        )[0]
    settings = replace(settings, **said, flags=tuple(said))
    check_policies(settings)
    return settings


def _filters(wishes: Wishes, settings: Settings) -> Filters:
    return Filters(
        packages=wishes.packages,
        reject=wishes.reject,
        ignore=tuple(settings.ignore),
        ecosystems=_words(
            wishes.ecosystems, tuple[EcosystemName, ...], "--ecosystem", get_args(EcosystemName)
        ),
        sections=_words(wishes.sections, tuple[Section, ...], "--section", get_args(Section)),
        ignore_paths=(*settings.ignore_paths, *wishes.ignore_paths),
    )


def _words(given: tuple[str, ...], kind: type[T], option: str, known: tuple[str, ...]) -> T:
    """The given words as what they must be. Raises ConfigError naming the option and the words it knows."""
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as fault:
        wrong = next((word for word in given if word not in known), "")
        raise ConfigError(f"{option}: {wrong!r} is not known.", f"Use one of {', '.join(known)}.") from fault


def _tree(wishes: Wishes, root: Path, git: Git | None, *, whole: bool = False) -> Tree:
    if git is None:
        return FolderTree(root)
    from upgrader.outside.commit_tree import CommitTree  # lazy: an audit reads the folder

    below = "." if whole else os.path.relpath(wishes.path.resolve(), git.top.resolve())
    return CommitTree(git, git.head(), Path(below).as_posix())


def _advisories(wishes: Wishes, settings: Settings, cache: Cache | None) -> AdvisorySource:
    """The folder or service named on the command line, else the settings'; pip-audit beside it when wished."""
    named = wishes.advisories or settings.advisories_folder or settings.advisories_service
    source: AdvisorySource
    # Each is loaded where it is asked: an audit is to be there at once.
    if "://" in named:
        from upgrader.evidence.osv_service import OsvService

        source = OsvService(ClientMaker(wishes, settings, cache).for_hosts([named]), named)
    else:
        from upgrader.evidence.osv_folder import OsvFolder

        source = OsvFolder(Path(named).expanduser())
    if not wishes.second_opinion:
        return source
    from upgrader.evidence.second_opinion import SecondOpinion

    return SecondOpinion(source, service=named if "://" in named else "")
