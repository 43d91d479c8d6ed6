"""The life of an attempt: which changes of state are legal, what runs once, and what is refused."""

from __future__ import annotations

import itertools
import json
import sqlite3
from pathlib import Path

import msgspec
import pytest

from tests.ledger.conftest import begin, fill, open_ledger
from upgrader.errors import Busy, LedgerError
from upgrader.ledger import EDGES, STATES, AlreadyCompleted, AttemptKey, Ledger, State
from upgrader.model import CheckResult

WAYS: dict[State, tuple[State, ...]] = {
    "PENDING": (),
    "RUNNING": ("RUNNING",),
    "COMPLETED": ("RUNNING", "COMPLETED"),
    "FAILED": ("RUNNING", "FAILED"),
    "SKIPPED": ("SKIPPED",),
    "ROLLED_BACK": ("RUNNING", "FAILED", "ROLLED_BACK"),
}
PAIRS = list(itertools.product(STATES, STATES))
LEGAL = {
    ("PENDING", "RUNNING"),
    ("PENDING", "SKIPPED"),
    ("RUNNING", "COMPLETED"),
    ("RUNNING", "FAILED"),
    ("COMPLETED", "ROLLED_BACK"),
    ("FAILED", "SKIPPED"),
    ("FAILED", "ROLLED_BACK"),
}


def move(ledger: Ledger, key: AttemptKey, state: State) -> None:
    match state:
        case "PENDING":
            ledger.repair(key, "PENDING", "again")
        case "RUNNING":
            ledger.start(key, stage="worktree")
        case "COMPLETED":
            ledger.complete(key, head_sha="c" * 40, tree_hash="d" * 40, verdict="keep")
        case "FAILED":
            ledger.fail(key, "CommandFailed", "npm ended with 1")
        case "SKIPPED":
            ledger.skip(key, "policy")
        case "ROLLED_BACK":
            ledger.roll_back(key, {"verified": True})


def at(ledger: Ledger, state: State) -> AttemptKey:
    key = begin(ledger)
    for step in WAYS[state]:
        move(ledger, key, step)
    assert ledger.attempt(key.id).state == state
    return key


@pytest.mark.parametrize(("start", "end"), [pair for pair in PAIRS if pair not in LEGAL], ids="-".join)
@pytest.mark.parametrize("how", ["call", "repair", "sql"])
def test_illegal_edges_change_nothing(ledger: Ledger, path: Path, start: State, end: State, how: str) -> None:
    key = at(ledger, start)
    before, head = ledger.attempts(), ledger.head()
    if how == "sql":
        other = sqlite3.connect(path)
        with pytest.raises(sqlite3.IntegrityError, match="illegal edge"):
            other.execute("UPDATE attempt SET state=?", (end,))
        other.close()
    else:
        with pytest.raises(LedgerError, match=f"{start} cannot become {end}"):
            ledger.repair(key, end, "by hand") if how == "repair" else move(ledger, key, end)
    assert ledger.attempts() == before
    assert ledger.head() == head


@pytest.mark.parametrize(("start", "end"), sorted(LEGAL), ids="-".join)
@pytest.mark.parametrize("how", ["call", "repair"])
def test_legal_edges(ledger: Ledger, start: State, end: State, how: str) -> None:
    key = at(ledger, start)
    ledger.repair(key, end, "by hand") if how == "repair" else move(ledger, key, end)
    assert ledger.attempt(key.id).state == end
    assert ledger.verify().exit_code == 0


def test_the_edges_are_the_documented_ones() -> None:
    assert {(start, end) for start, ends in EDGES.items() for end in ends} == LEGAL


def test_a_completed_upgrade_is_not_begun_again(ledger: Ledger) -> None:
    key = fill(ledger)
    head = ledger.head()
    again = ledger.begin(
        key.upgrade_id, spec_hash="spec", base_sha="e" * 40, branch="x", correlation_id="run-2"
    )
    assert isinstance(again, AlreadyCompleted)
    assert again.attempt.id == "npm:left-pad@2.0.0#1"
    assert ledger.head() == head


@pytest.mark.parametrize(
    ("env", "spec", "force"),
    [("staging", "spec", False), ("local", "other rules", False), ("local", "spec", True)],
    ids=["another environment", "another spec", "by force"],
)
def test_what_may_run_again(path: Path, env: str, spec: str, force: bool) -> None:
    with open_ledger(path) as ledger:
        fill(ledger)
    with open_ledger(path, env) as ledger:
        key = begin(ledger, spec=spec, force=force)
        assert key.number == (1 if env == "staging" else 2)
        move(ledger, key, "RUNNING")
        move(ledger, key, "COMPLETED")
        assert ledger.verify().exit_code == 0


def test_after_a_rollback_it_may_run_again(ledger: Ledger) -> None:
    ledger.roll_back(fill(ledger), {})
    assert fill(ledger).number == 2


def test_one_live_attempt_per_upgrade(ledger: Ledger) -> None:
    begin(ledger)
    with pytest.raises(Busy, match="is PENDING since"):
        begin(ledger, spec="other")
    begin(ledger, "npm:right-pad@1.0.0")


def test_a_stage_tells_what_it_will_do_before_and_how_it_went(ledger: Ledger) -> None:
    key = begin(ledger)
    ledger.start(key, stage="worktree")
    with ledger.stage(key, "lockfile", {"command": ["npm", "install"]}) as facts:
        assert ledger.attempt(key.id).stage == "lockfile"
        intent = json.loads(ledger.events()[-1].body)
        assert (intent["phase"], intent["facts"]) == ("intent", {"command": ["npm", "install"]})
        facts["changed"] = 1
    result = ledger.events()[-1]
    assert json.loads(result.body) == {
        "stage": "lockfile",
        "phase": "result",
        "outcome": "ok",
        "facts": {"changed": 1},
    }
    assert result.latency_ms is not None
    assert ledger.durations("lockfile") == [result.latency_ms]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [(ValueError("no"), "failed"), (KeyboardInterrupt(), "interrupted")],
    ids=["error", "Ctrl-C"],
)
def test_a_stage_that_fails_says_so_and_passes_the_error_on(
    ledger: Ledger, fault: BaseException, outcome: str
) -> None:
    key = begin(ledger)
    with pytest.raises(type(fault)), ledger.stage(key, "build"):
        raise fault
    body = json.loads(ledger.events()[-1].body)
    assert (body["outcome"], body["error_class"]) == (outcome, type(fault).__name__)
    assert ledger.durations("build") == []


def test_checks_are_numbered_per_side(ledger: Ledger) -> None:
    key = begin(ledger)
    result = CheckResult(check="npm test", kind="tests", status="FAIL", reason="1 of 3 fails", exit_code=1)
    for _ in range(2):
        ledger.check(key, "after", result)
    ledger.check(key, "baseline", result)
    bodies = [json.loads(event.body) for event in ledger.events() if event.kind == "check"]
    assert [(body["side"], body["run_no"], body["summary"]) for body in bodies] == [
        ("after", 1, "1 of 3 fails"),
        ("after", 2, "1 of 3 fails"),
        ("baseline", 1, "1 of 3 fails"),
    ]
    assert msgspec.convert(bodies[0]["result"], CheckResult) == result
    assert ledger.verify().exit_code == 0


def test_secrets_are_gone_before_anything_is_stored(path: Path) -> None:
    with open_ledger(path, redact=lambda text: text.replace("hunter2", "[redacted]")) as ledger:
        key = begin(ledger, branch="upgrade/hunter2")
        ledger.start(key, stage="hunter2")
        with pytest.raises(ValueError), ledger.stage(key, "s", {"hunter2": ["a hunter2 b"]}) as facts:
            facts["env"] = {"TOKEN": "hunter2"}
            raise ValueError("hunter2")
        ledger.check(key, "after", {"check": "c", "status": "PASS", "reason": "hunter2", "log": "hunter2"})
        ledger.note("hunter2", key=key)
        ledger.config_change(
            field="hunter2",
            previous_value="hunter2",
            new_value={"x": "hunter2"},
            previous_version="1",
            new_version="2",
        )
        ledger.fail(key, "X", "hunter2", {"y": "hunter2"})
        ledger.roll_back(key, {"z": "hunter2"})
    for file in path.parent.iterdir():
        assert b"hunter2" not in file.read_bytes()


def test_config_change_has_the_eight_fields(ledger: Ledger) -> None:
    key = begin(ledger)
    ledger.config_change(
        field="package.json: dependencies.left-pad",
        previous_value="^1.0.0",
        new_value="^2.0.0",
        previous_version="1.0.0",
        new_version="2.0.0",
        key=key,
    )
    event = ledger.events()[-1]
    assert json.loads(event.body) == {
        "timestamp": event.at,
        "field": "package.json: dependencies.left-pad",
        "previous_value": "^1.0.0",
        "new_value": "^2.0.0",
        "changed_by": "ada",
        "environment": "local",
        "previous_version": "1.0.0",
        "new_version": "2.0.0",
    }


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("npm:left-pad@2.0.0#1", "npm:left-pad@2.0.0#1"),
        ("npm:left-pad@2.0.0", "npm:left-pad@2.0.0#2"),
        ("npm:left-pad@2.0.0#2", "npm:left-pad@2.0.0#2"),
        ("npm:left", "npm:left-pad@2.0.0#2"),
        ("npm:left#1", "npm:left-pad@2.0.0#1"),
        ("npm:r", "npm:right@1#1"),
        ("upgrade/left-pad-2.0.0", "npm:left-pad@2.0.0#2"),
    ],
)
def test_an_attempt_is_found(ledger: Ledger, wanted: str, found: str) -> None:
    ledger.roll_back(fill(ledger), {})
    fill(ledger)
    begin(ledger, "npm:right@1", branch="upgrade/right-1")
    assert ledger.attempt(wanted).id == found


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("npm:", "fits 2 upgrades: npm:left-pad@2.0.0, npm:right@1"),
        ("", "no such upgrade"),
        ("#1", "no such upgrade"),
        ("npm:left-pad@2.0.0#3", "no such upgrade"),
        ("npm:left-pad@2.0.0#" + "9" * 5000, "no such upgrade"),
        ("npm:left_pad", "no such upgrade"),
        ("%", "no such upgrade"),
        ("npm:left-pad@2.0.0#\u0661", "no such upgrade"),
    ],
)
def test_an_attempt_is_not_guessed(ledger: Ledger, wanted: str, says: str) -> None:
    fill(ledger)
    begin(ledger, "npm:right@1", branch="upgrade/right-1")
    with pytest.raises(LedgerError, match=says):
        ledger.attempt(wanted)


@pytest.mark.parametrize(
    "body",
    [
        {"x": 0.5},
        {"x": [{"y": float("nan")}]},
        {"x": 10**5000},
        {"x": object()},
        {"x": "a" * (33 * 2**20)},
    ],
    ids=["float", "deep NaN", "5000 digits", "no JSON", "33 MiB"],
)
def test_a_body_without_a_single_spelling_is_refused(ledger: Ledger, body: dict[str, object]) -> None:
    with pytest.raises(LedgerError):
        ledger.note("x", body)
    assert ledger.events() == []


def test_a_deep_body_is_refused(ledger: Ledger) -> None:
    body: dict[str, object] = {}
    for _ in range(100_000):
        body = {"x": body}
    with pytest.raises(LedgerError, match="cannot be written"):
        ledger.note("x", body)


def test_odd_text_is_kept_and_verifies(ledger: Ledger) -> None:
    odd = "\x00\x1b]0;x\x07\u202e\ud800 é e\u0301 \u2028 😀"
    ledger.note(odd, {odd: odd})
    assert json.loads(ledger.events()[0].body)["text"] == odd.replace("\ud800", "\\ud800")
    assert ledger.verify().exit_code == 0


@pytest.mark.parametrize("upgrade", ["", "a\x00b", "a\nb", "\ud800"], ids=ascii)
def test_an_unprintable_upgrade_is_refused(ledger: Ledger, upgrade: str) -> None:
    with pytest.raises(LedgerError, match="printable"):
        begin(ledger, upgrade)


def test_an_event_about_no_attempt_that_exists_is_refused(ledger: Ledger) -> None:
    ghost = AttemptKey(env="local", upgrade_id="npm:ghost@1", number=1)
    with pytest.raises(LedgerError, match="no such attempt"):
        ledger.start(ghost, stage="x")
    with pytest.raises(LedgerError, match="no such attempt"):
        ledger.note("x", key=ghost)
    with pytest.raises(LedgerError, match="no such attempt"):
        ledger.check(ghost, "after", {"check": "a", "status": "PASS"})
    assert ledger.events() == []


def test_attempts_are_filtered_and_in_the_order_they_were_begun(ledger: Ledger, path: Path) -> None:
    for name in ("z", "a", "m"):
        fill(ledger, f"npm:{name}@1")
    with open_ledger(path, "staging") as other:
        begin(other, "npm:b@1")
    assert [row.upgrade_id for row in ledger.attempts()] == ["npm:z@1", "npm:a@1", "npm:m@1", "npm:b@1"]
    assert [row.upgrade_id for row in ledger.attempts(env="staging")] == ["npm:b@1"]
    assert [row.upgrade_id for row in ledger.attempts(state="PENDING")] == ["npm:b@1"]
    ledger.rebuild_projection()
    assert [row.upgrade_id for row in ledger.attempts()] == ["npm:z@1", "npm:a@1", "npm:m@1", "npm:b@1"]
    assert {event.correlation_id for event in ledger.events("npm:a@1", 1)} == {"run-1"}
