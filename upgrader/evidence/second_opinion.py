"""pip-audit asked about Python packages as well: what either source finds counts, and a silent one is not checked."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from upgrader.ecosystems.base import Ecosystem
from upgrader.errors import CommandFailed, InputError
from upgrader.evidence.osv import merge_aliases
from upgrader.evidence.witness import AdvisorySource
from upgrader.model import Advisory, NotChecked, PackageName, Reported
from upgrader.outside.files import write_atomic
from upgrader.outside.shell import clean_env, run

Key = tuple[PackageName, str]


class SecondOpinion:
    """Wraps an advisory source; for pip its answers are joined with pip-audit's."""

    def __init__(self, first: AdvisorySource, *, service: str) -> None:
        """`service` is an OSV service for pip-audit to ask, "" for pip-audit's own default."""
        self.first = first
        self.service = service.rstrip("/")
        self.name = f"{first.name} and pip-audit"
        self._told: dict[Key, tuple[Advisory, ...]] = {}
        self._silent: dict[Key, str] = {}

    def learn(self, versions: Iterable[tuple[Ecosystem, PackageName, str]]) -> None:
        """Ask both; pip-audit once for all Python versions that are new."""
        asked = list(versions)
        self.first.learn(asked)
        new = {(name, version): book for book, name, version in asked if book.NAME == "pip"}
        pending = [key for key in sorted(new) if key not in self._told and key not in self._silent]
        # One file may name a package once only, so a second version of it goes into a second run.
        while pending:
            batch = dict(reversed(pending))
            self._ask(batch, new[next(iter(batch.items()))])
            pending = [key for key in pending if batch.get(key[0]) != key[1]]

    def about(self, ecosystem: Ecosystem, name: PackageName, version: str) -> Sequence[Advisory] | NotChecked:
        """What the first source says, and for an asked Python version what pip-audit says."""
        first = self.first.about(ecosystem, name, version)
        key = (name, version)
        if ecosystem.NAME != "pip" or isinstance(first, NotChecked):
            return first
        if key not in self._told or key in self._silent:
            reason = self._silent.get(key, f"pip-audit was not asked about {version}")
            return NotChecked(ecosystem="pip", name=name, reason=reason)
        return merge_aliases([*first, *self._told[key]])

    def _ask(self, batch: dict[PackageName, str], book: Ecosystem) -> None:
        keys = list(batch.items())
        try:
            rows = self._run(batch, book)
        except (CommandFailed, InputError) as fault:
            self._silent.update(dict.fromkeys(keys, f"pip-audit: {fault.message}"))
            return
        heard: set[Key] = set()
        for row in rows:
            key = (row.name, batch.get(row.name, ""))
            heard.add(key)
            if row.problem:
                self._silent[key] = f"pip-audit: {row.problem}"
            else:
                self._told[key] = self._told.get(key, ()) + row.advisories
        self._silent.update(dict.fromkeys(set(keys) - heard, "pip-audit: no answer about it"))

    def _run(self, batch: dict[PackageName, str], book: Ecosystem) -> list[Reported]:
        """pip-audit on a file of our own with pinned names only: nothing is resolved, built or executed (SAFETY T2)."""
        with tempfile.TemporaryDirectory(prefix="upgrader-") as folder:
            pinned = Path(folder) / "requirements.txt"
            write_atomic(pinned, "".join(f"{name}=={version}\n" for name, version in batch.items()).encode())
            service = ["-s", "osv", "--osv-url", f"{self.service}/v1/query"] if self.service else []
            options = [
                "--strict",
                "--disable-pip",
                "--no-deps",
                "--progress-spinner",
                "off",
                "-f",
                "json",
                *service,
            ]
            argv = [sys.executable, "-m", "pip_audit", *options, "-r", str(pinned)]
            finished = run(argv, cwd=Path(folder), env=clean_env(), timeout_s=600, idle_s=120)
        text = finished.stdout.decode("utf-8", "replace")
        if finished.exit_code not in (0, 1) or not text.strip():
            last = finished.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise CommandFailed(f"failed: {last[0]}")
        return book.read_outdated(text, "pip-audit")
