"""The surface of one Python release: symbols by their dotted paths, `()` for what calling gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from upgrader.surface.artefact import Artefact
from upgrader.surface.base import Answer, Definition, Missing, Opaque
from upgrader.surface.python import classes
from upgrader.surface.python.describe import describe
from upgrader.surface.python.layout import find_roots, is_api
from upgrader.surface.python.things import GONE, Class, Dark, Deprecated, External, Gone, Module, Thing
from upgrader.surface.python.world import World

_STEP = re.compile(r"(\w+)((?:\(\))*)")
_LONGEST = 40
"""Steps of a symbol that are followed."""


class PythonSurface:
    """Answers about the modules, classes, functions and values of one release."""

    def __init__(self, artefact: Artefact) -> None:
        self.world = World(artefact)
        self._answers: dict[str, Answer] = {}

    def roots(self) -> Sequence[str]:
        """Top-level modules, tests and docs left out."""
        return find_roots(self.world.modules)

    def resolve(self, symbol: str) -> Answer:
        """What a symbol stands for; remembered."""
        known = self._answers.get(symbol)
        if known is None:
            try:
                known = self._resolve(symbol)
            except RecursionError:
                known = Opaque(symbol=symbol, reason="it is nested too deep to be followed")
            self._answers[symbol] = known
        return known

    def _resolve(self, symbol: str) -> Answer:
        steps = symbol.split(".")
        if len(steps) > _LONGEST or not all(_STEP.fullmatch(step) for step in steps):
            return Opaque(
                symbol=symbol, reason="it goes through a parameter of a function literal, or too far"
            )
        thing: Thing = Module(steps[0]) if steps[0] in self.world.modules else GONE
        at = ""
        for number, step in enumerate(steps):
            found = _STEP.fullmatch(step)
            name, calls = (found[1], found[2]) if found else (step, "")
            if number:
                thing = self._member(thing, name, ".".join(steps[:number]))
            if isinstance(thing, Gone):
                break
            for _ in range(len(calls) // 2):
                thing = self.world.called(thing)
            at = ".".join(steps[: number + 1])
        return describe(self.world, symbol, thing, at)

    def _member(self, thing: Thing, name: str, path: str) -> Thing:
        """A member; where a function hides the module of the same path, the module's too: both can be imported."""
        found = self.world.member(thing, name)
        hidden = isinstance(found, Gone | Dark | External) and not isinstance(thing, Module)
        if hidden and path in self.world.modules:
            other = self.world.lookup(path, name)
            return found if isinstance(other, Gone | Dark) else other
        return found

    # --- everything public ---------------------------------------------------------------------------------

    def public(self) -> Iterator[Definition | Opaque]:
        """Modules that are meant for others, what each offers, and members of classes once: by the shortest path."""
        listed: set[str] = set()
        modules = [
            name for name in self.world.modules if is_api(name) and name.partition(".")[0] in self.roots()
        ]
        for module in sorted(modules, key=lambda name: (name.count("."), name)):
            answer = self.resolve(module)
            if not isinstance(answer, Missing):
                yield answer
            for name in self._offered(module):
                yield from self._with_members(f"{module}.{name}", listed)

    def _offered(self, module: str) -> list[str]:
        """The public names of a module: `__all__`, and its own public names; what it merely imports is not offered."""
        exported = self.world.exported(module)
        names = sorted(exported or ())
        for name in self.world.names(module):
            if name.startswith("_") or name in names:
                continue
            thing = self.world.lookup(module, name)
            if isinstance(thing, Deprecated | Module | External):
                continue
            home = getattr(thing, "module", module)
            package = self.world.modules[module].package
            if home == module or (
                package and exported is None and str(home).startswith(module.partition(".")[0])
            ):
                names.append(name)
        return names

    def _with_members(self, symbol: str, listed: set[str]) -> Iterator[Definition | Opaque]:
        answer = self.resolve(symbol)
        if isinstance(answer, Missing):
            return
        yield answer
        if not isinstance(answer, Definition) or answer.shape != "class":
            return
        thing = self.thing(symbol)
        if not isinstance(thing, Class):
            return
        for name in classes.public_members(self.world, thing):
            # What is given to `self` is there on instances alone.
            member = self.resolve(f"{symbol}.{name}")
            if isinstance(member, Definition) and member.home not in listed:
                listed.add(member.home)
                yield member

    def thing(self, symbol: str) -> Thing:
        """What a plain path stands for, as the resolver sees it."""
        first, *rest = symbol.split(".")
        thing: Thing = Module(first)
        for name in rest:
            thing = self.world.member(thing, name)
        return thing.thing if isinstance(thing, Deprecated) else thing
