"""`upgrade codemod numpy` against ruff's NPY201 and LibCST on one large real tree.

    python -m tests.bench.codemods [--rounds 3] [--work /tmp/codemod-bench] [--only scipy]

Downloads wheels and tools into the work folder through pip; nothing of it is committed. LibCST renames sixteen names,
resolved through imports as our rules are; our pack has 200 and its flags.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.bench.timing import Contender, duel

WHEELS = ("pandas", "scipy", "scikit-learn", "sympy", "sqlalchemy")
NAMES = {
    "float_": "float64",
    "complex_": "complex128",
    "unicode_": "str_",
    "string_": "bytes_",
    "Inf": "inf",
    "Infinity": "inf",
    "infty": "inf",
    "PINF": "inf",
    "NaN": "nan",
    "product": "prod",
    "cumproduct": "cumprod",
    "alltrue": "all",
    "sometrue": "any",
    "round_": "round",
    "in1d": "isin",
    "trapz": "trapezoid",
}
LIBCST = """
import sys
from pathlib import Path
import libcst as cst
from libcst.metadata import MetadataWrapper, QualifiedNameProvider

NAMES = {names!r}

class Rename(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (QualifiedNameProvider,)

    def leave_Attribute(self, original_node, updated_node):
        found = self.get_metadata(QualifiedNameProvider, original_node, set())
        for one in found:
            root, _, name = one.name.rpartition(".")
            if root == "numpy" and name in NAMES:
                return updated_node.with_changes(attr=cst.Name(NAMES[name]))
        return updated_node

count = 0
for path in sorted(Path(sys.argv[1]).rglob("*.py")):
    text = path.read_bytes()
    if b"numpy" not in text:
        continue
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError:
        continue
    count += MetadataWrapper(module, unsafe_skip_copy=True).visit(Rename()).bytes != text
print(count)
"""


def main() -> None:
    """Set up the tree and the tools, run the duels, print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path("/tmp/codemod-bench"))
    parser.add_argument("--only", default="", help="one folder of the tree, such as scipy")
    given = parser.parse_args()
    tools, tree = _tools(given.work), _tree(given.work)
    folder = tree / given.only
    files = list(folder.rglob("*.py"))
    size = sum(path.stat().st_size for path in files) / 2**20
    sys.stdout.write(f"{len(files)} Python files, {size:.1f} MiB\n\n")
    sys.stdout.write(
        "| a | wall / CPU s / MiB | b | wall / CPU s / MiB | wall a/b | CPU a/b |\n|---|---|---|---|---|---|\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "upgrader", "codemod", "numpy", *([given.only] if given.only else [])]
    ours = Contender(
        "upgrade codemod numpy", [*command, "--from", "1.26", "--to", "2.0", "--json", "-q"], tree, env
    )
    ruff = [str(tools / "bin/ruff"), "check", "--isolated", "--no-cache", "-q", "--select", "NPY201"]
    script = given.work / "rename_libcst.py"
    script.write_text(LIBCST.format(names=NAMES))
    others = (
        Contender("ruff NPY201", [*ruff, str(folder)], tree, env, (0, 1)),
        Contender("LibCST, 16 renames", [str(tools / "bin/python"), str(script), str(folder)], tree, env),
    )
    for other in others:
        sys.stdout.write(duel(ours, other, given.rounds) + "\n")
        sys.stdout.flush()


def _tools(work: Path) -> Path:
    tools = work / "tools"
    if not (tools / "bin/ruff").exists():
        subprocess.run([sys.executable, "-m", "venv", str(tools)], check=True)
        subprocess.run([str(tools / "bin/pip"), "-q", "install", "libcst", "ruff"], check=True)
    return tools


def _tree(work: Path) -> Path:
    """The wheels' Python files in a git repository."""
    tree, wheels = work / "tree", work / "wheels"
    if tree.exists():
        return tree
    pip = [str(work / "tools/bin/pip"), "-q", "download", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*pip, "-d", str(wheels), *WHEELS], check=True)
    tree.mkdir(parents=True)
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(tree, [name for name in archive.namelist() if name.endswith(".py")])
    for arguments in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *arguments], cwd=tree, check=True)
    user = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    subprocess.run(["git", *user, "commit", "-qm", "tree"], cwd=tree, check=True)
    return tree


if __name__ == "__main__":
    main()
