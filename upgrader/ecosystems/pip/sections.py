"""What the name of a requirements file says of its section: `dev-requirements.txt` is for development."""

from __future__ import annotations

import posixpath
import re

from upgrader.model import Section

_WORDS = re.compile(r"[a-z]+")
_PLAIN = ("requirements", "requirement")
_DEV = frozenset(
    (
        *(
            "dev",
            "devel",
            "develop",
            "development",
            "test",
            "tests",
            "testing",
            "lint",
            "linting",
            "docs",
            "doc",
        ),
        *(
            "ci",
            "qa",
            "typing",
            "types",
            "mypy",
            "style",
            "format",
            "tox",
            "local",
            "debug",
            "tools",
            "check",
        ),
        *("checks", "bench", "benchmark", "benchmarks", "coverage", "pytest", "precommit"),
    )
)


_OTHERS = frozenset(
    (
        "base",
        "prod",
        "production",
        "common",
        "main",
        "all",
        "core",
        "build",
        "optional",
        "extra",
        "extras",
        "pip",
    )
)


def says_its_section(path: str) -> bool:
    """Whether every word of the name is one that requirements files are called by: `base`, `dev`, `test-ci`."""
    words = _WORDS.findall(posixpath.basename(path).rpartition(".")[0].lower())
    return path.endswith((".txt", ".in", ".pip")) and bool(words) and set(words) <= _DEV | _OTHERS | {*_PLAIN}


def section_of(path: str, inherited: Section | None) -> tuple[Section, str]:
    """What the file's name says: `dev-requirements.txt` is dev, `requirements/build.txt` build; else its includer."""
    words = _WORDS.findall(posixpath.basename(path).rpartition(".")[0].lower())
    told = [word for word in words if word not in _PLAIN]
    group = "-".join(told)
    if _DEV & set(told):
        return "dev", group
    if "build" in told:
        return "build", group
    if {"optional", "extra", "extras"} & set(told):
        return "optional", group
    own = "requirements" in words or told in (["base"], ["prod"], ["production"], ["common"])
    return ("prod" if own or inherited is None else inherited), group
