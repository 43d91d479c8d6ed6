"""For each format: one dependency is edited, and reading again shows that one change while every other byte stays."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.ecosystems.pip.folder import make, packages
from upgrader.ecosystems import pip
from upgrader.model import CannotEdit, Dependency

STANDARD = (
    *("==1.0", "== 1.0.0", "===1.0", "~=1.2", ">=1,<2", ">= 1.0 , < 2.0", "==1.2.*", "<=1.5", "<2", ">=1,!=1.5,<2"),
    *("", ">=1", ">0.5", "!=1.1"),
)  # fmt: skip
POETRY = (
    "^1.0",
    "~1.2",
    "1.0",
    "==1.0",
    ">=1,<2",
    "1.*",
    "*",
    "^1 || ^1.5",
    "= 1.0",
    ">= 1.0, < 2.0",
    "~=1.4",
)
TARGETS = ("2.5.0", "3.0", "1.4.2", "2.0.0rc1", "1!4.0", "10.11.12")


class Dress:
    """What an author chose: blanks, quotes, comments and line ends."""

    def __init__(self, draw: st.DataObject) -> None:
        def pick(*words: str) -> str:
            return draw.draw(st.sampled_from(words))

        self.pick = pick
        self.end = pick("\n", "\r\n")
        self.mark = pick("", "", "\ufeff")
        self.quote = pick('"', "'")

    def text(self, lines: Sequence[str], *, mark: bool = False) -> str:
        """The lines as a file, with or without an end of the last one."""
        return (self.mark if mark else "") + self.end.join(lines) + self.pick("", self.end, self.end * 2)

    def note(self) -> str:
        return self.pick("", "  # since 1.0", "  # ü, why?", "\t# a==9")

    def asks(self, name: str, spec: str) -> str:
        """A PEP 508 string."""
        written = self.pick(name, name.upper(), name.replace("-", "_"))
        extras = self.pick("", "", "[x]", "[x, y-z]", " [x]")
        head = f"{written}{extras}{self.pick('', ' ')}"
        said = f"({spec})" if spec and not spec.startswith("===") and self.pick("", "", "(") else spec
        marker = self.pick("", "", f"{self.pick('', ' ')}; python_version < '3.12'", ";os_name=='nt'")
        return f"{head}{said}{' ' if spec.startswith('===') and marker else ''}{marker}".rstrip()

    def quoted(self, text: str) -> str:
        return f'"{text}"' if "'" in text or self.quote == '"' else f"'{text}'"

    def array(self, pairs: Sequence[tuple[str, str]]) -> str:
        """A TOML array on one line or several, with or without a last comma."""
        items = [self.quoted(self.asks(*pair)) for pair in pairs]
        if self.pick("one line", "several") == "one line":
            return f"[{self.pick('', ' ')}{', '.join(items)}{self.pick('', ',')}]"
        pad = self.pick("", "  ", "\t")
        return f"[{self.end}" + "".join(f"{pad}{item},{self.note()}{self.end}" for item in items) + "]"


Pairs = Sequence[tuple[str, str]]
Render = Callable[[Pairs, Dress], str]


def _lines(pairs: Pairs, dress: Dress) -> str:
    between = ("", "# a==1", "--pre", "-i https://registry.example/simple", "--no-binary :all:")
    lines = [dress.pick(*between)]
    for pair in pairs:
        option = dress.pick("", "", " --no-binary=:all:", " \\" + dress.end + '    --global-option="x"')
        lines += [f"{dress.pick('', '  ')}{dress.asks(*pair)}{option}{dress.note()}", dress.pick(*between)]
    return dress.text(lines, mark=True)


def _toml(head: str, key: str) -> Render:
    def render(pairs: Pairs, dress: Dress) -> str:
        equals = dress.pick("=", " = ", "  =  ")
        body = f"{key}{equals}{dress.array(pairs)}{dress.note()}"
        return dress.text(["# ü", head, body, "", "[tool.other]", 'a = "==1.0"'])

    return render


def _table(head: str) -> Render:
    """Poetry's entries: a string, an inline table, a table of its own, or a list of tables."""

    def render(pairs: Pairs, dress: Dress) -> str:
        lines, below = [head], []
        for name, spec in pairs:
            value = dress.quoted(f"{dress.pick('', ' ')}{spec}")
            more = dress.pick("optional = false", 'extras = ["x"]')
            table = f"{{ version = {value}, {more} }}"
            form = dress.pick("plain", "plain", "inline", "own", "list")
            if form == "own":
                below += [f"{head[:-1]}.{name}]", f"version = {value}{dress.note()}"]
            else:
                told = {"plain": value, "inline": table, "list": f"[{table}]"}[form]
                lines.append(f"{name} = {told}{dress.note()}")
        return dress.text([*lines, *below])

    return render


def _cfg(pairs: Pairs, dress: Dress) -> str:
    lines = ["[metadata]", "name = x", "[options]", "install_requires ="]
    for pair in pairs:
        lines += [f"    {dress.asks(*pair)}", *([dress.pick("# a", "")] if dress.pick("", "x") else [])]
    return dress.text([*lines, "[options.extras_require]"], mark=True)


def _setup(pairs: Pairs, dress: Dress) -> str:
    items = [f"{dress.quoted(dress.asks(*pair))},{dress.note()}" for pair in pairs]
    return dress.text(["from setuptools import setup", "setup(install_requires=[", *items, "])"], mark=True)


def _script(pairs: Pairs, dress: Dress) -> str:
    items = [f"#   {dress.quoted(dress.asks(*pair))},{dress.note()}" for pair in pairs]
    return dress.text(
        ["#!/usr/bin/env python", "# /// script", "# dependencies = [", *items, "# ]", "# ///", "import a"],
        mark=True,
    )


FORMATS: dict[str, tuple[str, Render, Sequence[str]]] = {
    "requirements": ("requirements.txt", _lines, STANDARD),
    "requirements.in": ("requirements.in", _lines, STANDARD),
    "constraints": ("constraints.txt", _lines, STANDARD),
    "project": ("pyproject.toml", _toml("[project]", "dependencies"), STANDARD),
    "extras": ("pyproject.toml", _toml("[project.optional-dependencies]", '"my.extra"'), STANDARD),
    "dotted extras": ("pyproject.toml", _toml("[project]", "optional-dependencies.test"), STANDARD),
    "groups": ("pyproject.toml", _toml("[dependency-groups]", "dev"), STANDARD),
    "build-system": ("pyproject.toml", _toml("[build-system]", "requires"), STANDARD),
    "uv": ("pyproject.toml", _toml("[tool.uv]", "dev-dependencies"), STANDARD),
    "uv constraints": ("pyproject.toml", _toml("[tool.uv]", "constraint-dependencies"), STANDARD),
    "pdm": ("pyproject.toml", _toml("[tool.pdm.dev-dependencies]", "test"), STANDARD),
    "hatch": ("pyproject.toml", _toml("[tool.hatch.envs.test]", "extra-dependencies"), STANDARD),
    "flit": ("pyproject.toml", _toml("[tool.flit.metadata]", "requires"), STANDARD),
    "poetry": ("pyproject.toml", _table("[tool.poetry.dependencies]"), POETRY),
    "poetry group": ("pyproject.toml", _table("[tool.poetry.group.dev.dependencies]"), POETRY),
    "Pipfile": ("Pipfile", _table("[packages]"), STANDARD[:10]),
    "setup.cfg": ("setup.cfg", _cfg, STANDARD),
    "setup.py": ("setup.py", _setup, STANDARD),
    "script": ("script.py", _script, STANDARD),
}


@pytest.mark.parametrize("name", FORMATS)
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_one_dependency_changes_and_nothing_else(tmp_path: Path, name: str, data: st.DataObject) -> None:
    path, render, specs = FORMATS[name]
    names = data.draw(
        st.lists(st.sampled_from(["a", "b-c", "d1", "long-name-2", "zz"]), min_size=1, unique=True)
    )
    pairs = [(item, data.draw(st.sampled_from(specs))) for item in names]
    text = render(pairs, Dress(data)).encode()
    before = _read(tmp_path, path, text)
    assert [item.name for item in before] == names or sorted(item.name for item in before) == sorted(names)
    assert {item.name: item.requirement for item in before} == {key: spec.strip() for key, spec in pairs}
    row = data.draw(st.sampled_from(before))
    target = data.draw(st.sampled_from(TARGETS))
    answer = pip.edit(text, row, target)
    if isinstance(answer, CannotEdit):
        assert "has no form that asks for" in answer.reason
        return
    changed = text
    for edit in answer:
        old = edit.before.encode()
        assert text[edit.start : edit.start + len(old)] == old
        assert (edit.line, edit.path) == (text.count(b"\n", 0, edit.start) + 1, path)
        changed = text[: edit.start] + edit.after.encode() + text[edit.start + len(old) :]
    after = _read(tmp_path, path, changed)
    for was, now in zip(before, after, strict=True):
        if was == row and answer:
            assert now == replace(was, requirement=answer[0].after, locked=now.locked)
            assert pip.edit(changed, now, target) == ()
        else:
            assert now == was


def _read(root: Path, path: str, text: bytes) -> list[Dependency]:
    read = pip.read_project(make(root, {path: text}), path)
    assert read.held == (), text
    assert re.fullmatch(r"pip:\S+", read.project.id)
    return packages(read)
