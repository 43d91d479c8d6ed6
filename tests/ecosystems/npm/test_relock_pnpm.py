"""The refresh of pnpm-lock.yaml with the real pnpm: exactly the wanted version, and nothing else moves."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.ecosystems.npm.support import apply_edits, read, rows, run, update_of, write
from tests.loopback import Site
from upgrader.ecosystems import npm
from upgrader.errors import StepRefused
from upgrader.model import Project
from upgrader.outside.files import Tree

tools = pytest.mark.tools("pnpm", "node")

FILES = {
    "package.json": '{\n  "name": "r",\n  "dependencies": {\n    "nick": "npm:tidewater-cord@1.0.0",\n'
    '    "tidewater-gull": "1.0.0",\n    "tidewater-tally": "1.0.0"\n  }\n}\n',
    "packages/a/package.json": '{"name": "a", "dependencies": {"tidewater-gull": "1.0.0", '
    '"tidewater-swell": "catalog:", "tidewater-rope": "1.0.0"}}\n',
    "pnpm-workspace.yaml": "packages:\n  - packages/*\ncatalog:\n  tidewater-swell: 1.0.0 # ours\n"
    "overrides:\n  tidewater-fibre: 1.0.0\n",
}


@pytest.fixture
def loose(tmp_path: Path, client: dict[str, str], site: Site) -> Path:
    """A workspace that holds 1.0.0 of everything and asks for ^1.0.0."""
    root = write(tmp_path, FILES)
    argv = ["pnpm", "install", "--lockfile-only", "--no-frozen-lockfile", "--config.minimum-release-age=0"]
    for _ in range(2):
        subprocess.run(argv, cwd=root, env=client, check=True, capture_output=True)
        for path in FILES:
            file = root / path
            text = file.read_text().replace("@1.0.0", "@^1.0.0").replace("1.0.0", "^1.0.0")
            text = text.replace("^^", "^").replace("@^^", "@^").partition("overrides:")[0]
            file.write_text(text)
    subprocess.run(argv, cwd=root, env=client, check=True, capture_output=True)
    return root


def locked(root: Path) -> dict[tuple[str, str], str | None]:
    return {
        (row.place.path if row.direct else "lock", row.name): row.locked for row in read(root).dependencies
    }


def refresh(root: Path, name: str, target: str, env: dict[str, str], path: str | None = None) -> None:
    places = [row for row in rows(root, name) if not row.immovable and path in (None, row.place.path)]
    places = places or rows(root, name, direct=False)
    update = update_of(places, target, newer=["9.0.0"])
    project = read(root).project
    if places[0].direct:
        apply_edits(root, places, target)
    done = run(npm.relock(project, [update]), root, env)
    assert done[-1].returncode == 0, done[-1].stderr + done[-1].stdout


MOVES = [
    pytest.param("tidewater-gull", "1.0.1", None, id="in range at two places, a newer one left"),
    pytest.param("tidewater-gull", "1.0.1", "package.json", id="in range at one of two places"),
    pytest.param("tidewater-cord", "1.1.0", None, id="an alias"),
    pytest.param("tidewater-swell", "1.1.0", None, id="a catalog in range"),
    pytest.param("tidewater-swell", "2.0.0", None, id="a catalog out of range"),
    pytest.param("tidewater-tally", "2.0.0", None, id="out of range"),
    pytest.param("tidewater-fibre", "1.0.1", None, id="transitive, a newer one left"),
]


@tools
@pytest.mark.parametrize(("name", "target", "path"), MOVES)
def test_moves_one_package_and_nothing_else(
    loose: Path, client: dict[str, str], name: str, target: str, path: str | None
) -> None:
    before, files = locked(loose), {file: (loose / file).read_bytes() for file in FILES}
    if name == "tidewater-fibre" and before["lock", name] != "1.0.0":
        pytest.skip("this pnpm takes the newest release of what no manifest asks for")
    version = (loose / "pnpm-lock.yaml").read_text().partition("\n")[0]
    refresh(loose, name, target, client, path)
    after = locked(loose)
    moved = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert moved
    assert {key[1] for key in moved} == {name}
    assert {after[key] for key in moved} == {target}
    assert (loose / "pnpm-lock.yaml").read_text().startswith(version)
    if target.startswith("1."):
        assert {file: (loose / file).read_bytes() for file in FILES} == files
    assert not list(loose.rglob("*.upgrade-kept"))
    assert not list(loose.rglob("node_modules"))


FORMATS = [
    pytest.param("", "could not be read", id="an unreadable lockfile"),
    pytest.param("9.0 with pnpmfile", "pnpmfile", id="hooks of the project"),
    pytest.param("5.1", "format", id="a format of long ago"),
]


@tools
@pytest.mark.parametrize(("words", "reason"), FORMATS)
def test_refuses_what_it_cannot_keep(words: str, reason: str) -> None:
    with pytest.raises(StepRefused, match=reason):
        npm.relock(project(words), [])


def project(words: str) -> Project:
    return Project(
        ecosystem="npm",
        folder=".",
        manifest="package.json",
        manifests=("package.json",),
        lockfile="pnpm-lock.yaml",
        tool="pnpm",
        lock_format=words,
    )


@tools
@pytest.mark.parametrize("words", ["5.3", "9.0 of pnpm@1.0.0"], ids=["another format", "another pin"])
def test_a_pnpm_of_another_major_does_not_touch_the_lockfile(
    tmp_path: Path, client: dict[str, str], words: str
) -> None:
    done = run(npm.relock(project(words), []), tmp_path, client)
    assert [item.returncode for item in done] == [1]
    assert "Install that version." in done[0].stderr


def test_a_missing_tool_is_refused_with_the_pinned_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StepRefused, match=r"pnpm, which is not on PATH") as refused:
        npm.relock(project("9.0 of pnpm@9.1.0"), [])
    assert "pnpm 9.1.0, the version the project pins" in refused.value.advice


TOOLS = [
    pytest.param("pnpm", "pnpm-lock.yaml", "lockfileVersion: '9.0'\n", "--frozen-lockfile", id="pnpm"),
    pytest.param("yarn", "yarn.lock", "# yarn lockfile v1\n", "--frozen-lockfile", id="yarn 1"),
    pytest.param("yarn", "yarn.lock", "__metadata:\n  version: 8\n", "--immutable", id="yarn 4"),
    pytest.param("bun", "bun.lock", '{"lockfileVersion": 1, "packages": {},}', "--frozen-lockfile", id="bun"),
]


@pytest.mark.parametrize(("tool", "lockfile", "lock", "frozen"), TOOLS)
def test_the_projects_own_tool_installs_and_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str, lockfile: str, lock: str, frozen: str
) -> None:
    manifest = '{"dependencies": {"x": "1.0.0"}, "scripts": {"test": "jest", "build": "tsc"}}'
    root = write(tmp_path / "project", {"package.json": manifest, lockfile: lock})
    program = write(tmp_path, {f"bin/{tool}": "#!/bin/sh\n"}) / "bin" / tool
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    found = read(root).project
    install = npm.prepare(Tree(root), found)[0]
    assert install.argv[:2] == (tool, "install")
    assert frozen in install.argv
    assert install.network
    assert [(check.name, check.command.argv) for check in npm.checks(Tree(root), found)] == [
        (f"{tool} test", (tool, "run", "test", "--json")),
        (f"{tool} run build", (tool, "run", "build")),
    ]
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StepRefused, match="not on PATH"):
        npm.prepare(Tree(root), found)


@tools
def test_no_code_of_the_projects_runs(tmp_path: Path, client: dict[str, str]) -> None:
    mark = "require('fs').writeFileSync('MARK', '')"
    scripts = dict.fromkeys(
        ("preinstall", "postinstall", "prepare", "pnpm:devPreinstall"), f'node -e "{mark}"'
    )
    root = write(
        tmp_path,
        {
            "package.json": json.dumps({"dependencies": {"tidewater-gull": "1.0.0"}, "scripts": scripts}),
            "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
            ".pnpmfile.cjs": f"{mark}; module.exports = {{hooks: {{readPackage(p) {{ {mark}; return p }}}}}}\n",
        },
    )
    done = run(npm.relock(read(root).project, []), root, client)
    assert done[-1].returncode == 0, done[-1].stderr + done[-1].stdout
    assert [row.locked for row in rows(root, "tidewater-gull")] == ["1.0.0"]
    assert not (root / "MARK").exists()
