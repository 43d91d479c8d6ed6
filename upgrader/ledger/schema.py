"""The tables of the ledger and the triggers that guard them (SAFETY section 3), and how a new file gets them."""

from __future__ import annotations

import sqlite3

from upgrader.ledger.chain import GENESIS
from upgrader.ledger.rows import EDGES

APPLICATION_ID = 0x55504752
"""`UPGR`, in the header of the file (SQLite, PRAGMA application_id)."""
SCHEMA_VERSION = 1
"""PRAGMA user_version; a larger one is read, never written."""
PROJECTION = ("attempt", "check_result", "artifact")
"""Tables that are computed from the events."""

_STATEMENTS = (
    """CREATE TABLE event(
  seq INTEGER PRIMARY KEY, event_id TEXT UNIQUE NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
  hash_alg TEXT NOT NULL DEFAULT 'sha256', event_version INTEGER NOT NULL, at TEXT NOT NULL, env TEXT NOT NULL,
  upgrade_id TEXT, attempt INTEGER, kind TEXT NOT NULL, correlation_id TEXT NOT NULL, actor TEXT NOT NULL,
  host TEXT NOT NULL, tool_version TEXT NOT NULL,
  classification TEXT NOT NULL DEFAULT 'INTERNAL'
    CHECK(classification IN('PUBLIC','INTERNAL','CONFIDENTIAL','PHI')),
  retention TEXT NOT NULL DEFAULT 'standard', latency_ms INTEGER, dry_run INTEGER NOT NULL DEFAULT 0,
  body TEXT NOT NULL CHECK(json_valid(body)))""",
    "CREATE INDEX event_attempt ON event(upgrade_id,attempt)",
    "CREATE INDEX event_correlation ON event(correlation_id)",
    "CREATE INDEX event_classification ON event(classification)",
    "CREATE INDEX event_retention ON event(retention)",
    "CREATE INDEX event_kind ON event(kind)",
    """CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT,'append-only'); END""",
    """CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT,'append-only'); END""",
    # `INSERT OR REPLACE` deletes without asking the trigger above unless recursive_triggers is on, and that is
    # a setting of each connection; this one stands for every writer.
    """CREATE TRIGGER event_no_replace BEFORE INSERT ON event
WHEN EXISTS(SELECT 1 FROM event WHERE seq=NEW.seq OR event_id=NEW.event_id OR hash=NEW.hash)
BEGIN SELECT RAISE(ABORT,'append-only'); END""",
    f"""CREATE TRIGGER event_seq BEFORE INSERT ON event
WHEN NEW.seq<>(SELECT coalesce(max(seq),0)+1 FROM event)
  OR NEW.prev_hash<>coalesce((SELECT hash FROM event ORDER BY seq DESC LIMIT 1),'{GENESIS}')
BEGIN SELECT RAISE(ABORT,'chain'); END""",  # noqa: S608 - a constant of ours, no input
    """CREATE TABLE attempt(
  env TEXT NOT NULL, upgrade_id TEXT NOT NULL, attempt INTEGER NOT NULL,
  state TEXT NOT NULL CHECK(state IN('PENDING','RUNNING','COMPLETED','FAILED','SKIPPED','ROLLED_BACK')),
  spec_hash TEXT NOT NULL, forced INTEGER NOT NULL, correlation_id TEXT NOT NULL,
  base_sha TEXT NOT NULL, branch TEXT NOT NULL, branch_before TEXT, head_sha TEXT, tree_hash TEXT, stage TEXT,
  boot_id TEXT, pid INTEGER, pid_start TEXT, sandbox TEXT, verdict TEXT, error_class TEXT, error TEXT,
  created_at TEXT NOT NULL, started_at TEXT, ended_at TEXT, reaped INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(env,upgrade_id,attempt))""",
    "CREATE UNIQUE INDEX one_live ON attempt(env,upgrade_id) WHERE state IN('PENDING','RUNNING')",
    """CREATE UNIQUE INDEX run_once ON attempt(env,upgrade_id,spec_hash) WHERE state='COMPLETED' AND forced=0""",
    "CREATE TABLE edge(frm TEXT, tto TEXT, PRIMARY KEY(frm,tto))",
    """CREATE TRIGGER attempt_begins BEFORE INSERT ON attempt WHEN NEW.state<>'PENDING'
BEGIN SELECT RAISE(ABORT,'illegal edge'); END""",
    """CREATE TRIGGER attempt_edge BEFORE UPDATE OF state ON attempt
WHEN NOT EXISTS(SELECT 1 FROM edge WHERE frm=OLD.state AND tto=NEW.state)
BEGIN SELECT RAISE(ABORT,'illegal edge'); END""",
    """CREATE TRIGGER attempt_identity BEFORE UPDATE OF env,upgrade_id,attempt,spec_hash,forced ON attempt
BEGIN SELECT RAISE(ABORT,'identity'); END""",
    """CREATE TABLE check_result(
  env TEXT NOT NULL, upgrade_id TEXT NOT NULL, attempt INTEGER NOT NULL,
  side TEXT NOT NULL CHECK(side IN('baseline','after')), check_name TEXT NOT NULL, run_no INTEGER NOT NULL,
  status TEXT NOT NULL, duration_ms INTEGER, exit_code INTEGER, signal INTEGER, artifact_sha256 TEXT,
  summary TEXT, PRIMARY KEY(env,upgrade_id,attempt,side,check_name,run_no))""",
    """CREATE TABLE artifact(
  sha256 TEXT PRIMARY KEY, path TEXT NOT NULL, bytes INTEGER NOT NULL, kind TEXT NOT NULL,
  redacted INTEGER NOT NULL, archived_at TEXT)""",
)


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in the open transaction; the file is a ledger when that commits, and nothing before."""
    for statement in _STATEMENTS:
        connection.execute(statement)
    pairs = [(start, end) for start, ends in EDGES.items() for end in ends]
    connection.executemany("INSERT INTO edge VALUES(?,?)", pairs)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def in_memory() -> sqlite3.Connection:
    """Return an empty ledger that lives nowhere."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA recursive_triggers=ON")
    create(connection)
    return connection


def missing_guards(connection: sqlite3.Connection) -> list[str]:
    """Return the tables, indexes, triggers and edges that are not as `create` makes them, sorted."""
    fresh = in_memory()
    try:
        wanted, found = _objects(fresh), _objects(connection)
        edges = list(fresh.execute("SELECT frm,tto FROM edge ORDER BY 1,2"))
    finally:
        fresh.close()
    wrong = {name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)}
    if "edge" not in wrong and edges != list(connection.execute("SELECT frm,tto FROM edge ORDER BY 1,2")):
        wrong.add("edge")
    return sorted(wrong)


def _objects(connection: sqlite3.Connection) -> dict[str, str]:
    # sqlite_stat1 and its kind are written by ANALYZE and guard nothing.
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return dict(rows.fetchall())
