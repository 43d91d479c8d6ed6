"""The real go command against the proxy on loopback: relock, explain, prepare, check, list."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.ecosystems.go.books import update
from tests.loopback import Site, client_env
from upgrader.ecosystems import go
from upgrader.ecosystems.base import ProjectRead, Registry
from upgrader.ecosystems.go.lockfile import graph, related_moves
from upgrader.model import Command, Dependency, Edit, Package, Project
from upgrader.outside.files import Tree
from upgrader.outside.http import Client
from upgrader.outside.shell import Finished, run

pytestmark = pytest.mark.tools("go")
HOUSE = "tidewater.example/"
Sample = Callable[[str], Path]


def ran(folder: Path, env: dict[str, str], command: Command) -> Finished:
    return run(command.argv, cwd=folder / command.folder, env={**env, **command.env})


def moved(folder: Path, env: dict[str, str], name: str, target: str) -> list[Finished]:
    """Edit and relock as a step does, up to the first command that fails."""
    read = go.read_project(Tree(folder), "go.mod")
    place = dependency(read, name)
    text = (folder / "go.mod").read_bytes()
    edits = go.edit(text, place, target)
    assert isinstance(edits, Sequence)
    for edit in edits:
        assert isinstance(edit, Edit)
        end = edit.start + len(edit.before.encode())
        text = text[: edit.start] + edit.after.encode() + text[end:]
    (folder / "go.mod").write_bytes(text)
    done: list[Finished] = []
    for command in go.relock(read.project, [update(place, target)]):
        done.append(ran(folder, env, command))
        if not done[-1].ok:
            break
    return done


def dependency(read: ProjectRead, name: str) -> Dependency:
    return next(item for item in read.dependencies if item.name == HOUSE + name)


def lines_changed(before: str, after: str) -> set[str]:
    return set(before.split("\n")) ^ set(after.split("\n"))


def test_a_minor_changes_its_own_lines_alone(sample: Sample, client: dict[str, str]) -> None:
    folder = sample("go/shop")
    before = {name: (folder / name).read_text() for name in ("go.mod", "go.sum")}
    assert all(done.ok for done in moved(folder, client, "cord", "v1.1.0"))
    after = {name: (folder / name).read_text() for name in ("go.mod", "go.sum")}
    assert after["go.mod"] == before["go.mod"].replace("cord v1.0.0", "cord v1.1.0")
    assert {line.split()[0] for line in lines_changed(before["go.sum"], after["go.sum"])} == {HOUSE + "cord"}
    assert dependency(go.read_project(Tree(folder), "go.mod"), "cord").locked == "v1.1.0"


def test_an_incompatible_major_needs_no_other_path(sample: Sample, client: dict[str, str]) -> None:
    folder = sample("go/shop")
    assert all(done.ok for done in moved(folder, client, "driftwood", "v2.0.0+incompatible"))
    assert dependency(go.read_project(Tree(folder), "go.mod"), "driftwood").locked == "v2.0.0+incompatible"


def test_what_the_target_requires_moves_along_and_is_explained(
    fresh_site: Site, sample: Sample, tmp_path: Path
) -> None:
    env = client_env(fresh_site, tmp_path / "home")
    needs = f"module {HOUSE}cord\n\ngo 1.18\n\nrequire {HOUSE}rope v1.1.0\n"
    source = f'package cord\n\nimport _ "{HOUSE}rope"\n\nfunc Tie(words []string) string {{ return "" }}\n'
    fresh_site.publish("go", HOUSE + "cord", "v1.2.0", files={"go.mod": needs, "cord.go": source})
    folder = sample("go/shop")
    before = go.read_project(Tree(folder), "go.mod")
    assert all(done.ok for done in moved(folder, env, "cord", "v1.2.0"))
    after = go.read_project(Tree(folder), "go.mod")
    requires = ran(folder, env, graph(before.project))
    assert requires.ok
    moves = related_moves(
        before, after, [update(dependency(before, "cord"), "v1.2.0")], requires.stdout.decode()
    )
    assert [(item.name, item.before, item.after, item.why) for item in moves] == [
        (HOUSE + "rope", "v1.0.0", "v1.1.0", f"required by {HOUSE}cord@v1.2.0")
    ]


def test_a_release_for_a_newer_go_is_refused_without_fetching_one(
    sample: Sample, client: dict[str, str]
) -> None:
    folder = sample("go/shop")
    done = moved(folder, client, "keel", "v1.2.0")
    assert [item.ok for item in done[:2]] == [True, False]
    assert b"requires go >= 1.99" in done[1].stderr


@pytest.mark.parametrize(
    ("hostile", "says"),
    [
        pytest.param("toolchain", b"requires go >= 1.99.0", id="go.mod wants another Go"),
        pytest.param("sum-mismatch", b"SECURITY ERROR", id="go.sum disagrees"),
    ],
)
def test_go_refuses_a_hostile_module_at_the_first_command(
    sample: Sample, client: dict[str, str], hostile: str, says: bytes
) -> None:
    folder = sample(f"hostile/go/{hostile}")
    prepared = [ran(folder, client, command) for command in go.prepare(Tree(folder), _project(folder))]
    done = [*prepared, *moved(folder, client, "cord", "v1.1.0")]
    assert [item.ok for item in done] == [False, False]
    assert all(says in item.stderr for item in done)


def test_prepare_and_checks_pass_and_leave_nothing_behind(sample: Sample, client: dict[str, str]) -> None:
    folder = sample("go/shop")
    commands = [*go.prepare(Tree(folder), _project(folder))]
    found = go.checks(Tree(folder), _project(folder))
    assert [check.kind for check in found] == ["tests", "build"]
    done = [ran(folder, client, command) for command in (*commands, *(check.command for check in found))]
    assert [item.exit_code for item in done] == [0, 0, 0], [item.output for item in done]
    assert b'"Test":' in done[1].stdout
    assert run(["git", "status", "--porcelain"], cwd=folder).stdout == b""


def test_reads_what_the_real_go_list_prints(sample: Sample, client: dict[str, str]) -> None:
    folder = sample("go/shop")
    text = ran(folder, client, go.outdated(_project(folder))).stdout.decode()
    assert go.recognises(text)
    rows = {row.name.removeprefix(HOUSE): row for row in go.read_outdated(text, "real")}
    assert (rows["cord"].current, rows["cord"].latest, rows["cord"].direct) == ("v1.0.0", "v1.1.0", True)
    assert (rows["reef"].latest, rows["tally"].latest, rows["lamp/v2"].latest) == (
        "v1.1.0",
        "v1.2.0",
        "v2.1.0",
    )
    assert rows["driftwood"].latest == "v2.0.0+incompatible"
    assert (rows["bell"].withdrawn, rows["fibre"].direct) == ("deprecated", False)
    assert run(["git", "status", "--porcelain"], cwd=folder).stdout == b""


def test_go_list_and_our_look_up_name_the_same_releases(
    site: Site, sample: Sample, client: dict[str, str]
) -> None:
    folder = sample("go/shop")
    text = ran(folder, client, go.outdated(_project(folder))).stdout.decode()
    rows = {row.name: row.latest for row in go.read_outdated(text, "real")}
    with Client(hosts=[site.url]) as asker:
        answers = go.look_up(asker, Registry(ecosystem="go", url=site.go_proxy_url), list(rows))
    for answer in answers:
        assert isinstance(answer, Package)
        own = [r.version for r in answer.releases if not r.withdrawn and not r.asked_as][-1]
        assert own == rows[answer.name]


def _project(folder: Path) -> Project:
    return go.read_project(Tree(folder), "go.mod").project
