"""The house rules that no reviewer should have to remember (DESIGN section 3)."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST_FILE = 400

# From the roof down. A wing may import from any floor below its own, never sideways or up; some wings come later.
FLOORS = (
    {"cli"},
    {"flow", "bot", "serve", "fleet"},
    {"stages"},
    {"evidence", "ledger", "report"},
    {"ecosystems", "rulebook", "surface"},
    {"source", "versions", "outside", "config"},
    {"model", "errors"},
)
FLOOR = {wing: height for height, wings in enumerate(reversed(FLOORS)) for wing in wings}
VAGUE = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted((ROOT / "upgrader").rglob("*.py"))}
TREES = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in MODULES.items()}
PYTHON_FILES = sorted([*MODULES.values(), *(ROOT / "tests").rglob("*.py")])
CONNECTORS = {"subprocess", "requests", "urllib3", "http.client", "urllib.request", "git"}
"""What reaches processes, servers and repositories."""


def wing(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def named(module: str) -> set[str]:
    """Every module that this one imports, lazily and for typing included, by its full name."""
    found: set[str] = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in MODULES else str(node.module))
    return found


def imports(module: str) -> set[str]:
    """The upgrader modules that this one imports."""
    return (named(module) & set(MODULES)) - {"upgrader", module}


def upward(module: str) -> list[str]:
    here = wing(module)
    return sorted(m for m in imports(module) if wing(m) != here and FLOOR[wing(m)] >= FLOOR[here])


def test_every_wing_has_a_floor() -> None:
    assert {wing(module) for module in MODULES} - {"", "__main__"} <= set(FLOOR)


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in PYTHON_FILES
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert long == {}


@pytest.mark.parametrize("floor", sorted(FLOOR))
def test_imports_go_down(floor: str) -> None:
    faults = {module: up for module in MODULES if wing(module) == floor and (up := upward(module))}
    assert faults == {}


def test_no_circles() -> None:
    TopologicalSorter({module: imports(module) for module in MODULES}).prepare()


def test_ecosystems_do_not_know_each_other() -> None:
    strangers: dict[str, set[str]] = {}
    for module in MODULES:
        match module.split("."):
            case [_, "ecosystems", home, *_] if home != "base":
                near = {
                    m.split(".")[2] for m in imports(module) if wing(m) == "ecosystems" and m.count(".") > 1
                }
                if not near <= {home, "base"}:
                    strangers[module] = near - {home, "base"}
    assert strangers == {}


def test_only_outside_reaches_the_world() -> None:
    """Processes, servers and repositories have one door each, which tests may close."""
    assert {m: used for m in MODULES if wing(m) != "outside" and (used := named(m) & CONNECTORS)} == {}


def test_every_module_says_what_is_there() -> None:
    assert [module for module, tree in TREES.items() if tree.body and not ast.get_docstring(tree)] == []


def test_names_say_what_a_module_holds() -> None:
    assert [module for module in MODULES if module.rsplit(".", 1)[-1] in VAGUE] == []
