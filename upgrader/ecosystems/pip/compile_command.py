"""The command in a compiled file's header: taken apart, held against what is known to be harmless, and run again.

Options are those of `pip-compile --help` (pip-tools 7) and `uv pip compile --help` (uv 0.13). Only those that choose
versions or say how the file looks are taken; one that names a program, a configuration file, a cache, or hands words
on to pip is refused with its name.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence

from msgspec import Struct

from upgrader.ecosystems.base import Tree

_LONGEST = 4000
"""Characters of a command that are read at most."""
_PLAIN = re.compile(r"[A-Za-z0-9][\w.,:=!<>*+~@-]*", re.ASCII)
"""A value that is a word: a name, a version, a date."""
_FLAGS = frozenset(
    (
        *("--generate-hashes", "--no-generate-hashes", "--strip-extras", "--no-strip-extras", "--universal"),
        *("--allow-unsafe", "--no-allow-unsafe", "--annotate", "--no-annotate", "--header", "--all-extras"),
        *("--strip-markers", "--no-strip-markers", "--no-deps", "--no-build", "--no-sources", "--pre"),
        *(
            "--emit-index-url",
            "--no-emit-index-url",
            "--emit-find-links",
            "--no-emit-find-links",
            "--no-index",
        ),
        *("--emit-options", "--no-emit-options", "--emit-trusted-host", "--no-emit-trusted-host"),
        *("--emit-marker-expression", "--emit-index-annotation", "--quiet", "-q"),
        *(
            "--reuse-hashes",
            "--no-reuse-hashes",
            "--verbose",
            "-v",
            "--no-config",
            "--system",
            "--no-upgrade",
        ),
    )
)
_WORDS = frozenset(
    (
        *("--extra", "--group", "--python-version", "--python-platform", "--resolution", "--prerelease"),
        *("--fork-strategy", "--index-strategy", "--annotation-style", "--unsafe-package", "--exclude-newer"),
        *(
            "--no-emit-package",
            "--only-binary",
            "--no-binary",
            "--no-build-package",
            "--resolver",
            "--format",
        ),
        *("--max-rounds", "--newline", "--torch-backend", "--exclude-newer-package", "--python", "-p"),
    )
)
_PATHS = frozenset(
    (
        *("--output-file", "-o", "--constraint", "--constraints", "-c", "--override", "--overrides"),
        *("--build-constraint", "--build-constraints", "-b"),
    )
)
_INDEXES = frozenset(
    ("--index-url", "-i", "--extra-index-url", "--default-index", "--index", "--pypi-url", "--trusted-host")
)
_OUTPUT = ("--output-file", "-o")
_SOURCES = (".in", ".txt", ".toml", ".cfg", ".py")
_ADDRESS = re.compile(r"(?:[\w.-]+=)?https://[^/\s@]+(?:/[^\s@]*)?|[\w.-]+(?::\d+)?")
_INTERPRETER = re.compile(r"\d+(?:\.\d+){0,2}")


class CompileCommand(Struct, frozen=True, kw_only=True):
    """How a file was compiled."""

    output: str
    """Path of the compiled file."""
    folder: str
    """Where the command ran, `.` for the root."""
    written: str
    """The command as the header has it."""
    argv: tuple[str, ...] = ()
    """What is run; empty with a `problem`."""
    sources: tuple[str, ...] = ()
    """Paths of the files it was compiled from, and of their constraints."""
    problem: str = ""
    """Why it is not run again, "" when it can be."""


class _Refused(ValueError):
    """Why a command is not run again."""


class _Words(Struct):
    """A command's words, sorted by what they are."""

    options: list[str]
    outputs: list[str]
    inputs: list[str]
    sources: list[str]


def read_command(tree: Tree, output: str, written: str) -> CompileCommand:
    """Take the header's command of a compiled file apart; what can't be run again has its problem."""
    try:
        tool, found = _words(written)
        folder = _folder(tree, output, found)
    except ValueError as fault:
        problem = f"compiled by `{written[:120]}`, which is not run again here: {fault}"
        return CompileCommand(output=output, folder=".", written=written, problem=problem)
    return _command(output, folder, written, tool, found)


def same_command(output: str, folder: str, written: str) -> CompileCommand:
    """The command of a file whose folder is known. Raises ValueError for one that is not run again."""
    tool, found = _words(written)
    return _command(output, folder, written, tool, found)


def _words(written: str) -> tuple[list[str], _Words]:
    if len(written) > _LONGEST or not written.isprintable():
        raise _Refused("it is too long, or has signs that are not printed")
    words = shlex.split(written)
    tool, rest = _tool(words)
    found = _sorted(rest)
    if not found.sources:
        raise _Refused("it names no source")
    return tool, found


def _command(output: str, folder: str, written: str, tool: list[str], found: _Words) -> CompileCommand:
    inside = [posixpath.normpath(posixpath.join(folder, path)) for path in (*found.sources, *found.inputs)]
    argv = [*tool, *found.options]
    if not found.outputs and tool[0] == "uv":
        argv += ["--output-file", posixpath.relpath(output, folder)]
    return CompileCommand(
        output=output,
        folder=folder,
        written=written,
        argv=(*argv, *found.sources),
        sources=tuple(dict.fromkeys(inside)),
    )


def _tool(words: Sequence[str]) -> tuple[list[str], Sequence[str]]:
    """The tool's own words; Python is not taken as a way to start it, for it would look at the folder first."""
    if words[:1] == ["pip-compile"]:
        return ["pip-compile"], words[1:]
    if words[:3] == ["uv", "pip", "compile"]:
        return ["uv", "pip", "compile"], words[3:]
    raise _Refused("only pip-compile and uv pip compile are")


def _sorted(words: Sequence[str]) -> _Words:
    found = _Words(options=[], outputs=[], inputs=[], sources=[])
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if not word.startswith("-"):
            found.sources.append(_source(word))
            continue
        name, equals, value = _split(word)
        if name in _FLAGS and not equals:
            found.options.append(word)
            continue
        if not equals:
            if not queue:
                raise _Refused(f"{name} has no value")
            value = queue.pop(0)
        _check(name, value)
        if name in _PATHS:
            (found.outputs if name in _OUTPUT else found.inputs).append(value)
        found.options += [f"{name}={value}"] if name.startswith("--") else [name, value]
    if len(found.outputs) > 1:
        raise _Refused("it names two outputs")
    return found


def _split(word: str) -> tuple[str, str, str]:
    """`--name=value`, `-ovalue` and bare names as name, mark and value."""
    if word.startswith("--") or len(word) == len("-o") or word in _FLAGS:
        return word.partition("=")
    return word[:2], "=", word[2:]


def _check(name: str, value: str) -> None:
    fits = False
    if name in ("--python", "-p"):
        fits = _INTERPRETER.fullmatch(value) is not None
    elif name in _WORDS:
        fits = _PLAIN.fullmatch(value) is not None
    elif name in _PATHS:
        fits = _is_path(value)
    elif name in _INDEXES:
        fits = _ADDRESS.fullmatch(value) is not None
    else:
        raise _Refused(
            f"the option {name[:60]!r} is not one of those that only choose versions or the file's form"
        )
    if not fits:
        raise _Refused(f"{name} has the value {value[:60]!r}")


def _source(word: str) -> str:
    if not word.endswith(_SOURCES) or not _is_path(word):
        raise _Refused(f"{word[:60]!r} is not a file of requirements")
    return word


def _is_path(value: str) -> bool:
    return bool(value) and not value.startswith(("-", "/", "~", "\\")) and ":" not in value


def _folder(tree: Tree, output: str, found: _Words) -> str:
    """The nearest folder above the output from which its path and those of its sources lead where they should."""
    written = found.outputs[0] if found.outputs else _default(found.sources)
    for folder in _above(output):
        paths = [posixpath.normpath(posixpath.join(folder, path)) for path in found.sources + found.inputs]
        ends = written is None or posixpath.normpath(posixpath.join(folder, written)) == output
        if ends and all(tree.exists(path) for path in paths):
            return folder
    raise _Refused("from no folder of this repository do its paths lead to this file and its sources")


def _default(sources: Sequence[str]) -> str | None:
    """Where pip-compile writes without `--output-file`; None where the shell sent it somewhere (uv)."""
    if len(sources) == 1 and sources[0].endswith(".in"):
        return f"{sources[0].removesuffix('.in')}.txt"
    return None


def _above(path: str) -> Iterator[str]:
    folder = posixpath.dirname(path)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield "."
