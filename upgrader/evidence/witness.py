"""What a witness is given and what it must answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from upgrader.ecosystems.base import Ecosystem
from upgrader.model import Advisory, AnyFact, NotChecked, Package, PackageName, Project, Update


class AdvisorySource(Protocol):
    """Answers which advisories concern one version of a package."""

    name: str
    """The service's host or the database's folder."""

    def learn(self, versions: Iterable[tuple[Ecosystem, PackageName, str]]) -> None:
        """Ask about many versions at once, before `about` is called for them; a failure is told by `about`."""

    def about(self, ecosystem: Ecosystem, name: PackageName, version: str) -> Sequence[Advisory] | NotChecked:
        """Advisories that affect this version, by id; NotChecked when the source could not say."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """Everything around an update that a witness may look at; witnesses open nothing themselves."""

    ecosystem: Ecosystem
    project: Project
    package: Package | NotChecked
    """The registry's answer; NotChecked when the update comes from another tool's output."""
    advisories: AdvisorySource
    now: datetime
    """UTC; the caller's clock."""


class Witness(Protocol):
    """A module that states facts about an update, each naming its source; it weighs nothing."""

    NAME: str

    def testify(self, update: Update, around: Surroundings) -> list[AnyFact]:
        """The facts, in a fixed order; `Unanswered` when it could not see. Never raises for one update."""
