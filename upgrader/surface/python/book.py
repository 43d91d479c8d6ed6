"""The rib of Python releases: their surfaces, what differs in a symbol, what differs in the package."""

from __future__ import annotations

from upgrader.errors import ArtefactError
from upgrader.surface.artefact import Artefact
from upgrader.surface.python.compare import compare
from upgrader.surface.python.metadata import package_changes
from upgrader.surface.python.surface import PythonSurface

__all__ = ["compare", "open_surface", "package_changes"]


def open_surface(artefact: Artefact) -> PythonSurface:
    """The surface of a wheel, an sdist or a folder. Raises ArtefactError where it holds no Python module."""
    surface = PythonSurface(artefact)
    if not surface.roots():
        raise ArtefactError(
            f"{artefact.name}: holds no Python module.", "Give a wheel, an sdist or a source folder."
        )
    return surface
