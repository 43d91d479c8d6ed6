"""Commands and steps of packs in a real checkout with the project's own little tool: order, failure, walls, records."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from upgrader.cli.tool_runner import ToolRunner
from upgrader.errors import StepRefused
from upgrader.ledger import AttemptKey, Ledger
from upgrader.model import Rewrite
from upgrader.outside.git import Git
from upgrader.rulebook.load import Pack
from upgrader.rulebook.pack import PackForm
from upgrader.stages.allowance import Allowance
from upgrader.stages.pack_commands import RunsFailed, rewrite_code, run_posts, without_told
from upgrader.stages.pack_steps import run_steps
from upgrader.stages.scene import Scene
from upgrader.stages.workshop import Workshop, checkout

TOOL = """\
import os, pathlib, sys
word, *rest = sys.argv[1:]
with (pathlib.Path(os.environ["UPGRADE_BACKUP"]) / "log").open("a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
if word == "write":
    pathlib.Path(rest[0]).write_text(rest[1] + "\\n")
elif word == "link":
    os.symlink("/etc/passwd", rest[0])
elif word == "remove":
    os.unlink(rest[0])
elif word == "tell":
    print(os.environ.get(rest[0], "unset"))
elif word == "fail":
    sys.exit("broken pipe of dreams")
elif word == "mark":
    for name in rest:
        open(name, "a").write("# seen\\n")
"""
HEAD = {
    "schema": 1,
    "id": "tally-1-to-2",
    "title": "tally 1 to 2",
    "package": {"ecosystem": "pip", "name": "tally", "imports": ["tally"]},
    "from": "<2",
    "to": ">=2",
    "references": [],
}
ALL = Allowance(commands=True, project=True)


def db(*words: str) -> list[str]:
    return ["python3", "tools/db.py", *words]


def step(name: str, **more: object) -> dict[str, object]:
    plain = {"kind": "data", "description": name, "up": db("up", name), "down": db("down", name)}
    return {"id": name, **plain, **more}


def pack(**more: object) -> Pack:
    form = msgspec.convert({**HEAD, **more}, PackForm)
    return Pack(form=form, path="x.yml", origin="project", lines={}, digest="0")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    top = tmp_path / "project"
    (top / "tools").mkdir(parents=True)
    (top / "tools/db.py").write_text(TOOL)
    (top / "tools/grow.sql").write_text("select 1;\n")
    (top / "uses.py").write_text("import tally\n")
    (top / "other.py").write_text("import os\n")
    (top / "lock.txt").write_text("tally==1\n")
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=top, check=True)
    git = Git.open(top)
    (git.common_dir / "upgrader").mkdir()
    (tmp_path / "room").mkdir()
    ledger = Ledger.open(git.common_dir / "upgrader/ledger.db", actor="a", host="h", tool_version="0")
    with ledger:
        key = ledger.begin("tally", spec_hash="0", base_sha=git.head(), branch="b", correlation_id="c")
        assert isinstance(key, AttemptKey)
        ledger.start(key, stage="prepare")
        tools = ToolRunner(git, network=False)
        workshop = Workshop(
            git=git,
            room=tmp_path / "room",
            books={},
            ledger=ledger,
            run_tool=tools,
            progress=lambda *_: None,
            correlation_id="c",
            allowance=replace(ALL, run=tools.of_pack),
        )
        with checkout(workshop, git.head()) as worktree:
            yield Scene(
                worktree=worktree, workshop=workshop, key=key, step="tally", folder=".", own=("lock.txt",)
            )


def allowing(scene: Scene, **changes: object) -> Scene:
    allowance = msgspec.structs.replace(scene.workshop.allowance, **changes)
    return replace(scene, workshop=replace(scene.workshop, allowance=allowance))


def told(scene: Scene) -> list[str]:
    """What the tool was told, in order."""
    log = scene.backup() / "log"
    return log.read_text().splitlines() if log.exists() else []


def outcomes(report: Rewrite) -> list[tuple[str, str]]:
    return [(run.id, run.outcome) for run in report.commands]


def test_nothing_runs_that_is_not_allowed(scene: Scene) -> None:
    packs = [pack(steps=[step("grow"), step("net", network=True)], post=[{"argv": db("x"), "why": "y"}])]
    off = allowing(scene, commands=False)
    assert run_steps(off, packs, run_posts(off, packs, Rewrite())).commands == ()
    bundled_only = allowing(scene, project=False)
    report = run_steps(bundled_only, packs, run_posts(bundled_only, packs, Rewrite()))
    assert outcomes(report) == [("post-1", "held"), ("grow", "held"), ("net", "held")]
    assert "--allow-project-commands" in report.commands[0].message
    folder = [replace(item, origin="folder") for item in packs]
    # The repository's settings name the folders, so those packs are the repository's word as well.
    assert outcomes(run_steps(bundled_only, folder, Rewrite()))[0] == ("grow", "held")
    assert told(scene) == []


HELD = [
    ([step("hand", kind="manual", up=[], down=[])], {}, "by hand"),
    ([step("net", network=True)], {}, "allow with --network"),
    ([step("gone", reversible=False, down=[])], {}, "allow with --allow-irreversible"),
    (
        [step("grow", phase="expand"), step("shrink", phase="contract")],
        {"irreversible": True},
        "allow with --allow-contract",
    ),
]


@pytest.mark.parametrize(
    ("steps", "allowed", "words"), HELD, ids=["manual", "network", "irreversible", "contract"]
)
def test_a_held_step_holds_what_comes_after_it(
    scene: Scene, steps: list[dict[str, object]], allowed: dict[str, object], words: str
) -> None:
    report = run_steps(allowing(scene, **allowed), [pack(steps=[*steps, step("last")])], Rewrite())
    *_, held, last = report.commands
    assert words in held.message
    assert (last.outcome, last.message) == ("held", f"data step: last; waits for {held.id}")
    assert len(told(scene)) == len(steps) - 1


def test_a_step_is_run_in_order_and_recorded(scene: Scene) -> None:
    first = step("grow", check=db("check"), backup=db("save"), verify=db("look"), files=["tools/grow.sql"])
    last = step("gone", phase="contract", reversible=False, down=[])
    able = allowing(scene, irreversible=True)
    report = run_steps(able, [pack(steps=[first, last])], Rewrite())
    assert outcomes(report) == [("grow", "done"), ("gone", "done")]
    assert told(scene) == ["check", "save", "up grow", "look", "up gone"]
    assert list(report.commands[0].files) == ["tools/grow.sql"]
    events = [json.loads(event.body) for event in scene.workshop.ledger.events()]
    begun = [body for body in events if body.get("stage") == "data step" and body.get("phase") == "intent"]
    assert [body["facts"]["id"] for body in begun] == ["grow", "gone"]
    assert begun[0]["facts"]["files"] == report.commands[0].files


FAILURES = [
    (step("bad", up=db("fail")), "up (python3): exit code 1: broken pipe of dreams", ["fail", "down bad"]),
    (step("bad", check=db("fail")), "check (python3): exit code 1", ["fail"]),
    (step("bad", backup=db("fail")), "backup (python3): exit code 1", ["fail"]),
    (
        step("bad", verify=db("tell", "X"), expect={"min": 3}),
        "verify: 'unset' is no count",
        ["up bad", "tell X", "down bad"],
    ),
    (step("bad", files=["../../secret"]), "../../secret", []),
    (step("bad", files=["gone.sql"]), "gone.sql", []),
    (step("bad", up=["no-such-tool"]), "no-such-tool: not found on PATH", ["down bad"]),
    (
        step("bad", up=db("write", "lock.txt", "x")),
        "lock.txt, which is not its to change",
        ["write lock.txt x", "down bad"],
    ),
]


@pytest.mark.parametrize(
    ("bad", "words", "lines"),
    FAILURES,
    ids=["up", "check", "backup", "verify", "path escape", "missing file", "missing tool", "stray"],
)
def test_the_first_failure_takes_back_what_was_done(
    scene: Scene, bad: dict[str, object], words: str, lines: list[str]
) -> None:
    with pytest.raises(RunsFailed) as caught:
        run_steps(scene, [pack(steps=[step("one"), step("two"), bad, step("never")])], Rewrite())
    assert words in caught.value.message
    runs = outcomes(caught.value.rewrite)
    assert runs == [("one", "undone"), ("two", "undone"), ("bad", "failed")]
    assert told(scene) == ["up one", "up two", *lines, "down two", "down one"]


def test_what_cannot_be_taken_back_is_named_and_stops_nothing(scene: Scene) -> None:
    stuck = step("stuck", down=db("fail"))
    with pytest.raises(RunsFailed, match=r"Not taken back: stuck\.") as caught:
        run_steps(scene, [pack(steps=[step("one"), stuck, step("bad", up=db("fail"))])], Rewrite())
    assert outcomes(caught.value.rewrite)[:2] == [("one", "undone"), ("stuck", "not undone")]


def test_only_named_variables_reach_a_step_and_their_values_stay_there(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_URL", "hunter2hunter2")
    steps = [step("see", up=db("tell", "DB_URL"))]
    assert run_steps(scene, [pack(steps=steps)], Rewrite()).commands[0].log == "unset"
    passed = allowing(scene, env={"DB_URL": "hunter2hunter2"})
    report = run_steps(passed, [pack(steps=steps)], Rewrite())
    assert report.commands[0].log == "[redacted]"
    assert "hunter2" not in "".join(event.body for event in scene.workshop.ledger.events())


POSTS = [
    (db("say", "$(touch x); `id` && echo | cat > y"), "", {}),
    (db("write", "made.txt", "hello"), "", {"made.txt": "post-1 (post)"}),
    (db("remove", "other.py"), "", {"other.py": "post-1 (post)"}),
    (db("write", ".npmrc", "x"), ".npmrc, which is not its to change", {}),
    (db("write", "lock.txt", "x"), "lock.txt, which is not its to change", {}),
    (db("link", "sly"), "sly, which is not its to change", {}),
    (db("fail"), "exit code 1: broken pipe of dreams", {}),
    (["no-such-tool"], "not found on PATH", {}),
]


@pytest.mark.parametrize(
    ("argv", "words", "rows"),
    POSTS,
    ids=["metacharacters", "new", "gone", "client settings", "lockfile", "symlink", "fails", "missing tool"],
)
def test_a_command_after_the_rewrite(scene: Scene, argv: list[str], words: str, rows: dict[str, str]) -> None:
    packs = [pack(post=[{"argv": argv, "why": "because"}])]
    if words:
        with pytest.raises(StepRefused, match=r"post post-1 of tally-1-to-2") as caught:
            run_posts(scene, packs, Rewrite())
        assert words in caught.value.message
        return
    report = run_posts(scene, packs, Rewrite())
    assert {file.path: file.rules[0].rule for file in report.files} == rows
    assert told(scene) == [" ".join(argv[2:])]


def delegate(name: str, argv: list[str], tool: str = "python3", **more: object) -> dict[str, object]:
    return {"id": name, "url": "", "delegate": {"argv": argv, "tool": tool}, **more}


def test_delegates_see_the_files_that_use_the_package_and_are_held_with_a_reason(scene: Scene) -> None:
    edits = [
        delegate("official", db("mark", "{files}")),
        delegate("missing", ["nobody-has-this"], tool="nobody-has-this"),
        delegate("floating", ["npx", "codemod", "{files}"]),
        delegate("bold", db("x"), safety="unsafe"),
    ]
    report = without_told(rewrite_code(scene, [pack(edits=edits)]))
    assert outcomes(report) == [
        ("official", "done"),
        ("missing", "held"),
        ("floating", "held"),
        ("bold", "held"),
    ]
    reasons = [run.message for run in report.commands[1:]]
    assert reasons[0] == "nobody-has-this is not installed"
    assert "its version is not pinned" in reasons[1]
    assert "--unsafe" in reasons[2]
    assert told(scene) == ["mark ./uses.py"]
    assert [(file.path, file.rules[0].rule) for file in report.files] == [("uses.py", "official (delegate)")]
    assert not [note for note in report.notes if note.kind == "not run"]
