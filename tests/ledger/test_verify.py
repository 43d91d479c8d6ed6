"""The tamper set: what `ledger verify` sees, with which exit code and text, and what it admits not to see."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from tests.ledger.conftest import begin, fill, open_ledger
from upgrader.errors import LedgerError
from upgrader.ledger import Anchor, Event, Ledger, read_anchor, trailer
from upgrader.ledger.chain import GENESIS, canonical, event_hash

EVENTS = 16


@pytest.fixture
def filled(path: Path) -> Path:
    with open_ledger(path) as ledger:
        for name in ("a", "b"):
            fill(ledger, f"npm:{name}@1")
    return path


@contextmanager
def doctored(path: Path) -> Iterator[sqlite3.Connection]:
    """Write past the guards, as somebody with the file and some patience would, and put them back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in guards:
            connection.execute(sql)


def edit(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE event SET body=replace(body,'keep','drop') WHERE seq=8")


def edit_actor(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE event SET actor='eve' WHERE seq=5")


def edit_type(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE event SET attempt='one' WHERE seq=5")


def edit_version(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE event SET event_version=2 WHERE seq=5")


def delete(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM event WHERE seq=5")


def delete_first(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM event WHERE seq=1")


def reorder(connection: sqlite3.Connection) -> None:
    for old, new in ((5, 99), (6, 5), (99, 6)):
        connection.execute("UPDATE event SET seq=? WHERE seq=?", (new, old))


def insert(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE event SET seq=seq+100 WHERE seq>5")
    connection.execute("UPDATE event SET seq=seq-99 WHERE seq>5")
    columns = ",".join(Event.__struct_fields__)
    old = connection.execute(f"SELECT {columns} FROM event WHERE seq=5").fetchone()
    event = msgspec.convert(dict(zip(Event.__struct_fields__, old, strict=True)), Event)
    forged = msgspec.structs.replace(event, seq=6, event_id="forged", prev_hash=event.hash)
    forged = msgspec.structs.replace(forged, hash=event_hash(forged))
    marks = ",".join("?" * len(Event.__struct_fields__))
    connection.execute(f"INSERT INTO event VALUES({marks})", msgspec.structs.astuple(forged))


def truncate(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM event WHERE seq>12")


def restamp(connection: sqlite3.Connection) -> None:
    """Edit one event and hash everything after it anew."""
    edit(connection)
    link = GENESIS
    columns = ",".join(Event.__struct_fields__)
    for row in connection.execute(f"SELECT {columns} FROM event ORDER BY seq").fetchall():
        event = msgspec.convert(dict(zip(Event.__struct_fields__, row, strict=True)), Event)
        event = msgspec.structs.replace(event, prev_hash=link)
        link = event_hash(event)
        connection.execute(
            "UPDATE event SET prev_hash=?, hash=? WHERE seq=?", (event.prev_hash, link, event.seq)
        )


def set_state(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE attempt SET state='FAILED' WHERE upgrade_id='npm:a@1'")


def drop_row(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM attempt WHERE upgrade_id='npm:a@1'")


def edit_check(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE check_result SET status='FAIL' WHERE side='after'")


def add_edge(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO edge VALUES('FAILED','COMPLETED')")


@pytest.mark.parametrize(
    ("tamper", "code", "text"),
    [
        (edit, 3, "Hash mismatch for event 8"),
        (edit_actor, 3, "Hash mismatch for event 5"),
        (edit_type, 3, "Hash mismatch for event 5: ledger: event 5 is damaged"),
        (edit_version, 3, "Hash mismatch for event 5: version 2"),
        (reorder, 3, "Hash mismatch for event 5"),
        (delete, 4, "Chain break between events 4 and 6"),
        (delete_first, 4, "Chain break between events 0 and 2"),
        (insert, 3, "Hash mismatch for event 7"),
        (truncate, 6, "projection differs from events"),
        (restamp, 6, "projection differs from events: attempt local/npm:a@1/1"),
        (set_state, 6, "projection differs from events: attempt local/npm:a@1/1"),
        (drop_row, 6, "projection differs from events: attempt local/npm:a@1/1"),
        (edit_check, 6, "projection differs from events: check_result local/npm:a@1/1"),
        (add_edge, 6, "guard `edge` is missing or changed"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_tampering_is_seen(
    filled: Path, tamper: Callable[[sqlite3.Connection], None], code: int, text: str
) -> None:
    with doctored(filled) as connection:
        tamper(connection)
    with open_ledger(filled) as ledger:
        found = ledger.verify()
    assert found.exit_code == code
    assert text in found.summary


def test_a_break_is_named_beside_the_mismatch(filled: Path) -> None:
    with doctored(filled) as connection:
        insert(connection)
    with open_ledger(filled) as ledger:
        texts = [problem.text for problem in ledger.verify().problems]
    assert "Chain break between events 6 and 7" in texts


@pytest.mark.parametrize(
    ("tamper", "text"),
    [
        (truncate, "truncated: anchor commit abc names event 16, the ledger ends at 12"),
        (restamp, "rewritten: "),
    ],
    ids=["truncate", "restamp"],
)
def test_only_an_anchor_sees_what_was_done_thoroughly(
    filled: Path, tamper: Callable[[sqlite3.Connection], None], text: str
) -> None:
    with open_ledger(filled) as ledger:
        anchor = read_anchor(trailer(ledger.head()), "commit abc")
        assert ledger.verify([anchor]).summary == "OK; 1 anchor checked"
    with doctored(filled) as connection:
        tamper(connection)
    with doctored(filled) as connection, open_ledger(filled) as ledger:
        # The forger computes the projection again as well: nothing inside the file is left to contradict.
        for table in ("attempt", "check_result", "artifact"):
            connection.execute(f"DELETE FROM {table}")
    with open_ledger(filled) as ledger:
        ledger.rebuild_projection() if tamper is restamp else None
        found = ledger.verify([anchor])
        assert found.exit_code == 5
        assert found.summary.startswith(text)
        if tamper is restamp:
            assert ledger.verify().summary == "OK up to its own head; no anchor checked"


def test_a_ledger_that_is_gone_contradicts_its_anchors(path: Path) -> None:
    anchor = Anchor(seq=3, prefix="a" * 16, where="branch upgrade/x")
    with open_ledger(path, read_only=True) as ledger:
        assert ledger.verify([anchor]).exit_code == 5
        assert "deleted, or this is another clone" in ledger.verify([anchor]).summary


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor='eve'",
        "UPDATE OR REPLACE event SET actor='eve'",
        "DELETE FROM event WHERE seq=16",
        "INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq=16",
        "REPLACE INTO event SELECT * FROM event WHERE seq=5",
        "INSERT INTO event SELECT seq+1,'new',hash,'h'||hash,hash_alg,event_version,at,env,upgrade_id,attempt,kind,"
        "correlation_id,actor,host,tool_version,classification,retention,latency_ms,dry_run,'no json'"
        " FROM event WHERE seq=16",
        "INSERT OR REPLACE INTO event SELECT 17,event_id,hash,'h'||hash,hash_alg,event_version,at,env,upgrade_id,"
        "attempt,kind,correlation_id,actor,host,tool_version,classification,retention,latency_ms,dry_run,body"
        " FROM event WHERE seq=16",
        "INSERT INTO event SELECT 18,'new',hash,'h'||hash,hash_alg,event_version,at,env,upgrade_id,attempt,kind,"
        "correlation_id,actor,host,tool_version,classification,retention,latency_ms,dry_run,body"
        " FROM event WHERE seq=16",
        "INSERT OR REPLACE INTO attempt SELECT env,upgrade_id,attempt,'FAILED',spec_hash,forced,correlation_id,"
        "base_sha,branch,branch_before,head_sha,tree_hash,stage,boot_id,pid,pid_start,sandbox,verdict,error_class,"
        "error,created_at,started_at,ended_at,reaped FROM attempt",
        "UPDATE attempt SET spec_hash='other'",
    ],
    ids=[
        *("update", "update or replace", "delete", "replace last", "replace middle", "no json"),
        *("replace by id", "gap", "replace attempt", "another identity"),
    ],
)
def test_the_guards_refuse_a_plain_connection(filled: Path, statement: str) -> None:
    with closing(sqlite3.connect(filled)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    with open_ledger(filled) as ledger:
        assert ledger.verify().exit_code == 0


@pytest.mark.parametrize("name", ["event_no_update", "attempt_edge", "run_once"])
def test_a_guard_that_is_gone_is_seen(filled: Path, name: str) -> None:
    with closing(sqlite3.connect(filled)) as connection:
        connection.execute(f"DROP {'INDEX' if name == 'run_once' else 'TRIGGER'} {name}")
    with open_ledger(filled) as ledger:
        found = ledger.verify()
    assert (found.exit_code, found.summary) == (6, f"the ledger's own guard `{name}` is missing or changed")


def test_counts(filled: Path) -> None:
    with open_ledger(filled) as ledger:
        found, events = ledger.verify(), ledger.events()
        assert ledger.head() == found.head == (EVENTS, events[-1].hash)
    assert (found.events, found.unique_hashes, found.problems) == (EVENTS, EVENTS, ())
    assert (found.earliest, found.latest) == (events[0].at, events[-1].at)
    assert found.classifications == {"INTERNAL": EVENTS}


def test_a_projection_that_differs_is_computed_again(filled: Path) -> None:
    with doctored(filled) as connection:
        set_state(connection)
    with open_ledger(filled) as ledger:
        ledger.rebuild_projection()
        assert ledger.verify().exit_code == 0
        assert [row.state for row in ledger.attempts()] == ["COMPLETED", "COMPLETED"]


def test_nothing_is_computed_from_a_broken_chain(filled: Path) -> None:
    with doctored(filled) as connection:
        edit(connection)
    with open_ledger(filled) as ledger:
        with pytest.raises(LedgerError, match="Hash mismatch for event 8"):
            ledger.rebuild_projection()
        assert len(ledger.events()) == EVENTS


def test_the_tail_alone_sees_the_tail_alone(filled: Path) -> None:
    with doctored(filled) as connection:
        edit(connection)
    with open_ledger(filled) as ledger:
        assert ledger.verify(last=4).exit_code == 0
        assert ledger.verify(last=9).exit_code == 3
        assert ledger.verify(last=1000).exit_code == 3


def test_artefacts_are_compared_until_they_are_archived(ledger: Ledger, path: Path) -> None:
    key = begin(ledger)
    log = path.parent / "artifacts" / "test.log"
    log.parent.mkdir()
    log.write_text("ok\n")
    digest = ledger.artifact(key, log, "log")
    assert digest == hashlib.sha256(b"ok\n").hexdigest()
    assert ledger.verify().exit_code == 0
    log.write_text("OK\n")
    assert ledger.verify().summary.startswith("artefact changed: artifacts/test.log")
    log.unlink()
    assert (ledger.verify().exit_code, ledger.verify().summary[:17]) == (7, "artefact missing:")
    ledger.archive(digest, "90 days")
    assert ledger.verify().exit_code == 0
    with pytest.raises(LedgerError, match="must lie in"):
        ledger.artifact(key, Path(__file__), "log")


def test_the_formula_is_pinned() -> None:
    event = Event(
        seq=1,
        event_id="e",
        prev_hash=GENESIS,
        hash="",
        hash_alg="sha256",
        event_version=1,
        at="2026-11-21T00:00:00.000Z",
        env="local",
        upgrade_id=None,
        attempt=None,
        kind="note",
        correlation_id="c",
        actor="é",
        host="h",
        tool_version="0",
        classification="INTERNAL",
        retention="standard",
        latency_ms=None,
        dry_run=0,
        body='{"a":1}',
    )
    text = (
        "upgrader-event-v1\n" + GENESIS + '\n{"actor":"é","at":"2026-11-21T00:00:00.000Z","attempt":null,'
        '"body":"{\\"a\\":1}","classification":"INTERNAL","correlation_id":"c","dry_run":0,"env":"local",'
        '"event_id":"e","event_version":1,"hash_alg":"sha256","host":"h","kind":"note","latency_ms":null,'
        '"retention":"standard","seq":1,"tool_version":"0","upgrade_id":null}'
    )
    assert event_hash(event) == hashlib.sha256(text.encode()).hexdigest()


def test_canonical_json() -> None:
    assert canonical({"b": [1, None, True], "a": {"é": "\u2028"}}) == '{"a":{"é":"\u2028"},"b":[1,null,true]}'
    assert json.loads(canonical({"e\u0301": "\u00e9"})) == {"e\u0301": "\u00e9"}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "5",
        "0:" + "a" * 16,
        "5:" + "a" * 15,
        "5:" + "g" * 16,
        "-1:" + "a" * 16,
        "9" * 5000 + ":" + "a" * 16,
    ],
)
def test_a_trailer_that_is_no_anchor(value: str) -> None:
    with pytest.raises(LedgerError, match="commit abc: Upgrade-Ledger"):
        read_anchor(value, "commit abc")
