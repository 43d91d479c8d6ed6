"""The ledger as text: deterministic, verifiable elsewhere; the execution log and the estimates."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.conftest import begin, fill, open_ledger
from upgrader.errors import Busy, LedgerError
from upgrader.ledger import (
    AttemptKey,
    Ledger,
    estimate,
    export_lines,
    log_rows,
    read_anchor,
    read_lines,
    stage_medians,
    trailer,
    verify_lines,
)


@pytest.fixture
def lines(ledger: Ledger) -> list[str]:
    fill(ledger)
    return list(export_lines(ledger.events()))


def test_an_export_comes_back_as_it_was(ledger: Ledger, lines: list[str]) -> None:
    assert list(read_lines(lines)) == ledger.events()
    assert list(export_lines(read_lines(lines))) == lines
    assert list(read_lines(f"{line}\n".encode() for line in ["", *lines, " "])) == ledger.events()


def test_an_export_verifies_elsewhere(ledger: Ledger, lines: list[str]) -> None:
    anchor = read_anchor(trailer(ledger.head()), "the pull request")
    assert verify_lines(lines).summary == "OK up to its own head; no anchor checked"
    assert verify_lines(lines, [anchor]).summary == "OK; 1 anchor checked"
    assert verify_lines(lines, [anchor]).head == ledger.head()
    assert verify_lines([]).exit_code == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda lines: [line.replace("keep", "drop") for line in lines], 3),
        (lambda lines: lines[:3] + lines[4:], 4),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 4),
        (lambda lines: lines[:3] + lines[2:], 4),
        (lambda lines: lines[:-1], 5),
        (lambda lines: [*lines[:2], "{}", *lines[2:]], 3),
        (lambda lines: [*lines[:2], lines[2][:-20], *lines[3:]], 3),
        (lambda lines: [*lines, "[" * 100_000], 3),
        (lambda lines: [*lines, '{"seq":' + "9" * 5000 + "}"], 3),
        (lambda lines: [lines[0].replace('"forced":0', '"forced":0.0'), *lines[1:]], 3),
    ],
    ids=[
        "edit",
        "delete",
        "reorder",
        "repeat",
        "truncate",
        "no event",
        "cut line",
        "deep",
        "digits",
        "float",
    ],
)
def test_a_doctored_export(ledger: Ledger, lines: list[str], change: object, code: int) -> None:
    anchor = read_anchor(trailer(ledger.head()), "the pull request")
    assert callable(change)
    found = verify_lines(change(lines), [anchor])
    assert found.exit_code == code


@pytest.mark.parametrize(
    "line", ["{", "[]", "null", "1", '"x"', b"\xff\xfe", b"\xef\xbb\xbf{}", '{"body":{}}'], ids=repr
)
def test_what_is_no_event_is_named_by_its_line(line: str | bytes) -> None:
    with pytest.raises(LedgerError, match="export:1: is not an event"):
        list(read_lines([line]))


def test_the_words_of_a_migration_record_stand_in_the_export(ledger: Ledger) -> None:
    key = begin(ledger)
    ledger.start(key, stage="edit")
    ledger.fail(key, "CommandFailed", "npm ended with 1")
    body = json.loads(list(export_lines(ledger.events()))[-1])["body"]
    assert {name: body[name] for name in ("name", "status", "error")} == {
        "name": "npm:left-pad@2.0.0",
        "status": "FAILED",
        "error": "npm ended with 1",
    }
    assert body["timestamp"] == ledger.events()[-1].at


def test_the_execution_log(ledger: Ledger) -> None:
    key = fill(ledger)
    ledger.config_change(
        field="package.json",
        previous_value="^1",
        new_value="^2",
        previous_version="1",
        new_version="2",
        key=key,
    )
    ledger.roll_back(key, {"why": "asked for"})
    ledger.recovered(key, {"removed": ["branch x"], "left": []})
    ledger.note("by\n\thand " + "x" * 500)
    rows = log_rows(ledger.events())
    assert [(row.step, row.status) for row in rows] == [
        ("npm:left-pad@2.0.0#1", "PENDING"),
        ("npm:left-pad@2.0.0#1", "RUNNING"),
        ("npm:left-pad@2.0.0#1 edit", "ok"),
        ("npm:left-pad@2.0.0#1 npm test (baseline)", "PASS"),
        ("npm:left-pad@2.0.0#1 npm test (after)", "PASS"),
        ("npm:left-pad@2.0.0#1 gate post", "COMPLETE"),
        ("npm:left-pad@2.0.0#1", "COMPLETED"),
        ("npm:left-pad@2.0.0#1 change package.json", "changed"),
        ("npm:left-pad@2.0.0#1", "ROLLED_BACK"),
        ("npm:left-pad@2.0.0#1 recovery", "cleaned"),
        ("note", "noted"),
    ]
    assert [row.notes for row in rows[-5:-1]] == ["keep", "^1 → ^2", "", "branch x"]
    assert rows[-1].notes.startswith("by hand xxx")
    assert len(rows[-1].notes) == 200
    assert rows[0].time == "2026-11-21T00:00:00.000Z"


def test_medians_of_good_runs(ledger: Ledger) -> None:
    fill(ledger)
    events = ledger.events()
    result = next(event for event in events if event.latency_ms is not None and event.kind == "stage")
    runs = [msgspec.structs.replace(result, latency_ms=took) for took in (10, 400, 31)]
    failed = msgspec.structs.replace(runs[0], body=runs[0].body.replace('"ok"', '"failed"'), latency_ms=9999)
    assert stage_medians([*runs, failed]) == {"edit": (31, 3)}
    assert stage_medians([]) == {}


@pytest.mark.parametrize(
    ("durations", "text"),
    [
        ([], "unknown"),
        ([12_000], "12 s, median of 1 attempt"),
        ([1000, 12_400, 60_000], "12 s, median of 3 attempts"),
        ([90_000, 92_000], "1 min 31 s, median of 2 attempts"),
        ([0, 3], "under 1 s, median of 2 attempts"),
        ([59_800], "1 min 0 s, median of 1 attempt"),
    ],
    ids=str,
)
def test_an_estimate_says_what_it_rests_on(durations: list[int], text: str) -> None:
    assert estimate(durations) == text


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["local", "prod"]),
        st.sampled_from(
            [
                "begin",
                "force",
                "start",
                "stage",
                "check",
                "complete",
                "fail",
                "skip",
                "back",
                "repair",
                "reap",
            ]
        ),
        st.text(max_size=5),
    ),
    max_size=25,
)


def run_stage(ledger: Ledger, key: AttemptKey, text: str) -> None:
    with ledger.stage(key, text, {text: text}) as facts:
        facts[text] = [text]


def act(ledger: Ledger, upgrade: str, move: str, text: str) -> None:
    if move in ("begin", "force"):
        facts = {"base_sha": text, "branch": text, "correlation_id": "run"}
        ledger.begin(upgrade, spec_hash=text or "spec", **facts, force=move == "force")
        return
    key = ledger.attempt(upgrade).key
    moves: dict[str, Callable[[], object]] = {
        "start": lambda: ledger.start(key, stage=text),
        "stage": lambda: run_stage(ledger, key, text),
        "check": lambda: ledger.check(key, "after", {"check": text or "x", "status": "PASS", "reason": text}),
        "complete": lambda: ledger.complete(key, head_sha=text, tree_hash=text, verdict=text),
        "fail": lambda: ledger.fail(key, text, text),
        "skip": lambda: ledger.skip(key, text),
        "back": lambda: ledger.roll_back(key, {text: text}),
        "repair": lambda: ledger.repair(key, "FAILED", text),
        "reap": lambda: ledger.recovered(key, {"removed": [text], "left": []}),
    }
    moves[move]()


@settings(max_examples=40, deadline=None)
@given(MOVES)
def test_whatever_is_done_the_projection_follows_from_the_events(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, str, str, str]]
) -> None:
    path: Path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    with open_ledger(path) as local, open_ledger(path, "prod") as prod:
        local._database.connection.execute("PRAGMA synchronous=OFF")
        prod._database.connection.execute("PRAGMA synchronous=OFF")
        for upgrade, env, move, text in moves:
            ledger = local if env == "local" else prod
            head = ledger.head()
            try:
                act(ledger, upgrade, move, text)
            except (LedgerError, Busy):
                assert ledger.head() == head
        found = local.verify()
        assert found.problems == ()
        live = (local.attempts(), local.events())
        local.rebuild_projection()
        assert (local.attempts(), local.events()[:-1]) == live
        assert verify_lines(export_lines(local.events())).exit_code == 0
