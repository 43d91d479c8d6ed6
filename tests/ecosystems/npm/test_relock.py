"""The refresh of the lockfile with the real npm: exactly the wanted version, and nothing else moves."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from tests.ecosystems.npm.support import apply_edits, changed_lines, read, rows, run, update_of, write
from tests.loopback import Site, client_env
from upgrader.ecosystems import npm
from upgrader.errors import StepRefused
from upgrader.model import Command, PackageName, Project

Sample = Callable[[str], Path]
tools = pytest.mark.tools("npm")


def stamp(site: Site, name: str, version: str) -> str:
    release = site.catalogue.release("npm", name, version)
    assert release is not None
    assert release.stamp is not None
    return release.stamp[:19] + "Z"


def refresh(
    root: Path, name: str, target: str, env: dict[str, str], site: Site, newer: Sequence[str] = ()
) -> int:
    """Edit and refresh; answer the last exit code."""
    places = rows(root, name) or rows(root, name, direct=False)
    project = read(root).project
    update = update_of(places, target, released=stamp(site, name, target), newer=newer)
    if places[0].direct:
        apply_edits(root, places, target)
    done = run(npm.relock(project, [update]), root, env)
    assert done[-1].returncode == 0, done[-1].stderr
    return done[-1].returncode


def resolve(project: Project) -> Command:
    """The command that writes the lockfile."""
    return next(item for item in npm.relock(project, []) if "--package-lock-only" in item.argv)


def versions_in(root: Path, lockfile: str = "package-lock.json") -> dict[str, str]:
    packages = json.loads((root / lockfile).read_bytes())["packages"]
    return {key: value["version"] for key, value in packages.items() if "version" in value and key}


MOVES = [
    pytest.param("tidewater-tally", "2.0.0", [], 1, id="out of range"),
    pytest.param("tidewater-hatch", "1.1.0", [], 1, id="a pin"),
    pytest.param("tidewater-gull", "1.0.1", ["1.1.0"], 0, id="in range, a newer one held back"),
    pytest.param("@tidewater/charts", "1.1.0", [], 0, id="a scoped name"),
    pytest.param("tidewater-fibre", "1.0.1", ["1.1.0"], 0, id="transitive, a newer one held back"),
]


@tools
@pytest.mark.parametrize(("name", "target", "newer", "edits"), MOVES)
def test_moves_one_package_to_the_target_and_nothing_else(
    sample: Sample, client: dict[str, str], site: Site, name: str, target: str, newer: list[str], edits: int
) -> None:
    root = sample("npm/shop")
    before = versions_in(root)
    refresh(root, name, target, client, site, newer)
    after = versions_in(root)
    assert {key for key in before | after if before.get(key) != after.get(key)} == {f"node_modules/{name}"}
    assert after[f"node_modules/{name}"] == target
    assert len(changed_lines(root, "package.json")) == 2 * edits


@tools
def test_only_the_entry_of_the_package_changes_its_bytes(
    sample: Sample, client: dict[str, str], site: Site
) -> None:
    root = sample("npm/shop")
    refresh(root, "tidewater-swell", "1.1.0", client, site)
    assert [line.partition(":")[0] for line in changed_lines(root, "package-lock.json")] == [
        '-"version"',
        '-"resolved"',
        '-"integrity"',
        '+"version"',
        '+"resolved"',
        '+"integrity"',
    ]


@tools
@pytest.mark.parametrize(("omit", "addressed"), [("true", True), ("false", False)], ids=["keeps", "lacks"])
def test_the_lockfile_keeps_or_lacks_resolved_whatever_the_user_prefers(
    fixtures: Path, sample: Sample, site: Site, tmp_path: Path, omit: str, addressed: bool
) -> None:
    root = sample("npm/shop")
    if not addressed:
        shutil.copy(fixtures / "npm/shop/package-lock.json", root)
    env = client_env(site, tmp_path / "home")
    with (tmp_path / "home/.npmrc").open("a") as file:
        file.write(f"omit-lockfile-registry-resolved={omit}\n")
    before = (root / "package-lock.json").read_text().count('"resolved"')
    refresh(root, "tidewater-swell", "2.0.0", env, site)
    text = (root / "package-lock.json").read_text()
    assert text.count('"resolved"') == before
    assert versions_in(root)["node_modules/tidewater-swell"] == "2.0.0"


@tools
@pytest.mark.parametrize(
    "lockfile", ["package-lock.json", "npm-shrinkwrap.json"], ids=["package-lock", "shrinkwrap"]
)
def test_format_2_indentation_and_file_stay(
    sample: Sample, client: dict[str, str], site: Site, lockfile: str
) -> None:
    root = sample("npm/shop")
    argv = ["npm", "install", "--package-lock-only", "--lockfile-version=2", "--no-audit"]
    first = resolve(read(root).project)
    run([msgspec.structs.replace(first, argv=tuple(argv))], root, client)
    document = json.loads((root / "package-lock.json").read_bytes())
    (root / "package-lock.json").unlink()
    (root / lockfile).write_text(json.dumps(document, indent=4) + "\n")
    assert read(root).project.lock_format == "2"
    refresh(root, "tidewater-tally", "1.2.0", client, site)
    text = (root / lockfile).read_text()
    assert json.loads(text)["lockfileVersion"] == 2
    assert json.loads(text)["dependencies"]["tidewater-tally"]["version"] == "1.2.0"
    assert text.startswith('{\n    "name"')
    assert len(list(root.glob("*-lock.json")) + list(root.glob("npm-shrinkwrap.json"))) == 1


@tools
def test_workspaces_move_the_place_that_is_used(sample: Sample, client: dict[str, str], site: Site) -> None:
    root = sample("npm/workspaces")
    refresh(root, "tidewater-cord", "1.1.0", client, site)
    assert len(changed_lines(root, "package-lock.json")) == 6
    refresh(root, "tidewater-tally", "2.0.0", client, site)
    assert [row.locked for row in rows(root, "tidewater-tally")] == ["2.0.0", "2.0.0"]
    assert {row.requirement for row in rows(root, "tidewater-tally")} == {"^2.0.0"}


@tools
def test_a_copy_that_another_place_uses_stays(tmp_path: Path, client: dict[str, str], site: Site) -> None:
    """`npm update tidewater-tally` would move the copy of packages/b too, and dedupe tidewater-cord with it."""
    root = write(
        tmp_path,
        {
            "package.json": '{"name": "w", "workspaces": ["packages/*"]}',
            "packages/a/package.json": '{"name": "a", "dependencies": '
            '{"tidewater-tally": "1.0.0", "tidewater-cord": "1.0.0"}}',
            "packages/b/package.json": '{"name": "b", "dependencies": '
            '{"tidewater-tally": "1.1.0", "tidewater-cord": "1.1.0"}}',
        },
    )
    run([resolve(FRESH)], root, client)
    for member in ("a", "b"):
        path = root / f"packages/{member}/package.json"
        path.write_text(path.read_text().replace('"1.', '"^1.'))
    run([resolve(FRESH)], root, client)
    before = versions_in(root)
    places = [row for row in rows(root, "tidewater-tally") if row.locked == "1.1.0"]
    update = update_of(places, "1.2.0", released=stamp(site, "tidewater-tally", "1.2.0"))
    done = run(npm.relock(read(root).project, [update]), root, client)
    assert done[-1].returncode == 0
    after = versions_in(root)
    assert {key for key in before if "cord" in key} == {key for key in after if "cord" in key}
    assert {before[key] for key in before if "cord" in key} == {after[key] for key in after if "cord" in key}
    assert "1.2.0" in {after[key] for key in after if "tally" in key}


@tools
def test_a_lockfile_that_npm_ci_refuses_is_refused(
    tmp_path: Path, client: dict[str, str], site: Site
) -> None:
    """The plugin that is locked wants the old host: npm only warns of it, ends well and writes the lockfile."""
    root = write(
        tmp_path,
        {
            "package.json": '{"dependencies": {"tidewater-harbor": "^1.0.0", "tidewater-harbor-crane": "^1.0.0"}}'
        },
    )
    run([resolve(FRESH)], root, client)
    places = rows(root, "tidewater-harbor")
    apply_edits(root, places, "2.0.0")
    written, trial = run(npm.relock(read(root).project, [update_of(places, "2.0.0")]), root, client)
    assert written.returncode == 0
    assert versions_in(root)["node_modules/tidewater-harbor"] == "2.0.0"
    assert trial.returncode == 1
    assert "ERESOLVE" in trial.stderr
    assert not (root / "node_modules").exists()


@tools
def test_an_alias_moves_under_its_alias(tmp_path: Path, client: dict[str, str], site: Site) -> None:
    root = write(
        tmp_path,
        {
            "package.json": '{"dependencies": {"count": "npm:tidewater-tally@1.0.0", "tidewater-tally": "1.1.0"}}'
        },
    )
    run([resolve(FRESH)], root, client)
    places = [row for row in rows(root, "tidewater-tally") if row.alias]
    assert [(row.alias, row.requirement, row.locked) for row in places] == [("count", "1.0.0", "1.0.0")]
    apply_edits(root, places, "1.2.0")
    run(npm.relock(read(root).project, [update_of(places, "1.2.0")]), root, client)
    found = versions_in(root)
    assert found == {"node_modules/count": "1.2.0", "node_modules/tidewater-tally": "1.1.0"}
    assert '"npm:tidewater-tally@1.2.0"' in (root / "package.json").read_text()


FRESH = Project(
    ecosystem="npm",
    folder=".",
    manifest="package.json",
    manifests=("package.json",),
    lockfile="package-lock.json",
    tool="npm",
    lock_format="3",
)


@tools
@pytest.mark.parametrize("name", ["npmrc-git", "lifecycle", "npmrc-script-shell"])
def test_no_code_of_the_project_runs(
    fixtures: Path, tmp_path: Path, client: dict[str, str], site: Site, name: str
) -> None:
    root = tmp_path / "h"
    shutil.copytree(fixtures / "hostile/npm" / name, root)
    for script in root.glob("*.sh"):
        script.chmod(0o755)
    write(root, {"package-lock.json": '{"lockfileVersion": 3, "packages": {}}'})
    run(npm.relock(read(root).project, [update_of(rows(root, "tidewater-cord"), "1.1.0")]), root, client)
    assert not list(root.rglob("MARK"))


@tools
def test_a_locked_git_dependency_does_not_stop_another_package(
    tmp_path: Path, client: dict[str, str], site: Site
) -> None:
    root = write(
        tmp_path,
        {
            "package.json": '{"dependencies": {"tidewater-cord": "^1.0.0", "wreck": "git+https://evil.example/w.git"}}',
            "package-lock.json": json.dumps(
                {
                    "lockfileVersion": 3,
                    "packages": {
                        "": {
                            "dependencies": {
                                "tidewater-cord": "^1.0.0",
                                "wreck": "git+https://evil.example/w.git",
                            }
                        },
                        "node_modules/tidewater-cord": {
                            "version": "1.0.0",
                            "resolved": f"{site.npm_url}tidewater-cord/-/tidewater-cord-1.0.0.tgz",
                            "integrity": "sha512-x",
                        },
                        "node_modules/wreck": {
                            "version": "1.0.0",
                            "resolved": "git+https://evil.example/w.git#" + "0" * 40,
                        },
                    },
                }
            ),
        },
    )
    refresh(root, "tidewater-cord", "1.1.0", client, site)
    assert versions_in(root) == {"node_modules/tidewater-cord": "1.1.0", "node_modules/wreck": "1.0.0"}


@tools
def test_a_lockfile_that_is_a_symlink_is_not_written(
    sample: Sample, client: dict[str, str], tmp_path: Path
) -> None:
    root = sample("npm/shop")
    (root / "package-lock.json").rename(root / "real.json")
    (root / "package-lock.json").symlink_to("real.json")
    before = (root / "real.json").read_bytes()
    done = run(
        npm.relock(read(root).project, [update_of(rows(root, "tidewater-tally"), "1.2.0")]), root, client
    )
    assert done[-1].returncode != 0
    assert (root / "real.json").read_bytes() == before


REFUSED = [
    pytest.param({"tool": "pnpm", "lockfile": "pnpm-lock.yaml"}, id="another tool's lockfile"),
    pytest.param({"lock_format": ""}, id="a lockfile that could not be read"),
]


@pytest.mark.parametrize("facts", REFUSED)
def test_refuses_a_lockfile_it_can_not_refresh(facts: dict[str, str]) -> None:
    with pytest.raises(StepRefused) as caught:
        npm.relock(msgspec.structs.replace(FRESH, **facts), [])
    assert caught.value.advice


@pytest.mark.parametrize(
    "text", ["--registry=http://evil.example", "1.0.0; touch MARK", "-1.0.0", "latest", ""]
)
def test_a_version_that_is_none_reaches_no_command(tmp_path: Path, text: str) -> None:
    root = write(tmp_path, {"package.json": '{"dependencies": {"a": "^1.0.0"}}'})
    with pytest.raises(StepRefused):
        npm.relock(FRESH, [update_of(rows(root, "a"), text)])


@pytest.mark.parametrize("name", ["--save", "../../x", "a b", "@x", ""])
def test_a_name_that_is_none_reaches_no_command(tmp_path: Path, name: str) -> None:
    root = write(tmp_path, {"package.json": '{"dependencies": {"a": "^1.0.0"}}'})
    place = msgspec.structs.replace(rows(root, "a")[0], name=PackageName(name), locked="1.0.0")
    with pytest.raises(StepRefused):
        npm.relock(FRESH, [update_of([place], "1.1.0")])


def test_nothing_to_do_without_a_lockfile() -> None:
    assert npm.relock(msgspec.structs.replace(FRESH, lockfile=None), []) == ()
    assert npm.touched(msgspec.structs.replace(FRESH, lockfile=None)) == ()
    assert npm.touched(FRESH) == ("package-lock.json",)
