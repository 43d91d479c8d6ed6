"""The file: made once by many, damaged, newer, somebody else's, read only, on a full disk."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.ledger.conftest import begin, fill, open_ledger
from upgrader.errors import LedgerError
from upgrader.ledger import Ledger
from upgrader.ledger.database import open_database

APPENDS = """
import sys
from pathlib import Path
from upgrader.ledger import Ledger
with Ledger.open(Path(sys.argv[1]), actor="a", host="h", tool_version="0") as ledger:
    for number in range(25):
        ledger.note(f"{sys.argv[2]}-{number}")
"""


def test_eight_processes_append_at_once(path: Path) -> None:
    command = [sys.executable, "-c", APPENDS, str(path)]
    running = [subprocess.Popen([*command, str(number)]) for number in range(8)]
    assert [process.wait(60) for process in running] == [0] * 8
    with open_ledger(path) as ledger:
        found = ledger.verify()
        assert (found.events, found.unique_hashes, found.exit_code) == (200, 200, 0)


def test_threads_share_one_ledger(ledger: Ledger) -> None:
    threads = [threading.Thread(target=fill, args=(ledger, f"npm:x{number}@1")) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row.state for row in ledger.attempts()} == {"COMPLETED"}
    assert ledger.verify().exit_code == 0


def test_settings_that_survive_a_power_cut(path: Path) -> None:
    path.parent.mkdir(parents=True)
    database = open_database(path, read_only=False, busy_ms=10_000)
    asked = (
        "journal_mode",
        "synchronous",
        "foreign_keys",
        "recursive_triggers",
        "busy_timeout",
        "application_id",
    )
    found = [database.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
    database.connection.close()
    assert found == ["wal", 2, 1, 1, 10_000, 0x55504752]


def test_a_reader_makes_no_file(path: Path) -> None:
    with open_ledger(path, read_only=True) as ledger:
        assert ledger.attempts() == []
        assert ledger.durations("edit") == []
        assert ledger.verify().summary == "OK up to its own head; no anchor checked"
        with pytest.raises(LedgerError, match="there is no ledger yet"):
            begin(ledger)
    assert not path.parent.exists()


def test_a_reader_reads_and_does_not_write(path: Path) -> None:
    with open_ledger(path) as ledger:
        fill(ledger)
        with open_ledger(path, read_only=True) as reader:
            assert reader.attempts() == ledger.attempts()
            with pytest.raises(LedgerError, match="for reading only"):
                reader.note("x")
    with open_ledger(path, read_only=True) as reader:
        assert reader.verify().events == 8


def test_a_newer_ledger_is_read_and_never_written(path: Path) -> None:
    with open_ledger(path) as ledger:
        fill(ledger)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=2")
    connection.close()
    before = path.read_bytes()
    with open_ledger(path) as ledger:
        assert len(ledger.events()) == 8
        for call in (
            lambda: ledger.note("x"),
            lambda: begin(ledger),
            ledger.rebuild_projection,
            ledger.verify,
        ):
            with pytest.raises(LedgerError, match=r"made by a newer `upgrade` \(schema 2"):
                call()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"x" * 5000, "damaged"),
        (b"SQLite format 3\0" + b"\xff" * 200, "damaged"),
    ],
    ids=["no database", "header only"],
)
def test_what_is_no_database_is_refused_and_kept(path: Path, content: bytes, says: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    for read_only in (False, True):
        with pytest.raises(LedgerError, match=says) as caught:
            open_ledger(path, read_only=read_only)
        assert caught.value.advice
    assert path.read_bytes() == content


def test_somebody_elses_database_is_refused(path: Path) -> None:
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE cookies(x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="not a ledger"):
        open_ledger(path)
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()
    with open_ledger(path) as ledger:
        fill(ledger)


def test_a_folder_in_the_way_is_named(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(LedgerError, match=str(path)):
        open_ledger(path)


@pytest.mark.parametrize("env", ["", "-x", "a b", "../x", "a" * 65, "prod\n"], ids=ascii)
def test_a_bad_name_for_an_environment(path: Path, env: str) -> None:
    with pytest.raises(LedgerError, match="--env"):
        open_ledger(path, env)


def test_flipped_bytes_are_never_a_traceback_nor_a_clean_bill(path: Path) -> None:
    with open_ledger(path) as ledger:
        for number in range(12):
            fill(ledger, f"npm:x{number}@1")
        events, rows = ledger.events(), ledger.attempts()
    whole = path.read_bytes()
    refused = 0
    for number in range(60):
        place = (number * 7919) % len(whole)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        for side in ("-wal", "-shm"):
            path.with_name(path.name + side).unlink(missing_ok=True)
        try:
            with open_ledger(path) as ledger:
                if ledger.verify().exit_code == 0:
                    assert (ledger.events(), ledger.attempts()) == (events, rows), f"byte {place}"
                    continue
        except LedgerError:
            pass
        refused += 1
    assert refused > 20


@pytest.mark.parametrize("keep", [100, 4096, 5000, 12_288])
def test_a_file_cut_short(path: Path, keep: int) -> None:
    with open_ledger(path) as ledger:
        fill(ledger)
    with path.open("r+b") as file:
        file.truncate(keep)
    with pytest.raises(LedgerError), open_ledger(path) as ledger:
        assert ledger.verify().exit_code == 0


def test_a_full_disk_records_nothing_and_says_so(ledger: Ledger) -> None:
    fill(ledger)
    before = ledger.events()
    connection = ledger._database.connection
    connection.execute("PRAGMA max_page_count=1")  # SQLite raises it to what the file has, and no further
    with pytest.raises(LedgerError, match="disk is full"):
        for number in range(200):
            ledger.note(f"{number} " * 500)
    connection.execute("PRAGMA max_page_count=100000")
    assert ledger.verify().exit_code == 0
    assert ledger.events()[: len(before)] == before
    ledger.note("there is room again")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_device_in_the_place_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.symlink_to("/dev/full")
    with pytest.raises(LedgerError):
        open_ledger(path)


def test_closed_twice_and_used_after(path: Path) -> None:
    ledger = open_ledger(path)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        ledger.note("x")
