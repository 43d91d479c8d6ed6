"""What each key does to the picker's state; and the picker on a real terminal."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.report.samples_console import printed
from tests.stages.worlds import around, dependency, inventory, package, release
from upgrader.cli.picker import State, picked, press, start, visible
from upgrader.cli.picking import draw, not_taken
from upgrader.model import Audit, PackageName
from upgrader.outside.keyboard import names_of
from upgrader.stages.audit import Around, make_audit
from upgrader.stages.offers import audit_picked, offer_rows

NAMES = ("apple", "banana", "cherry", "date")


def world() -> tuple[Audit, Around]:
    """A patch, a minor with a major above it, a major, and one of unknown age."""
    found = around(
        package("npm", "1.0.0", "1.0.1", name="apple", homepage="https://apple.example"),
        package("npm", "1.0.0", "1.0.3", "1.2.0", "2.0.0", name="banana"),
        package("npm", "1.0.0", "3.0.0", name="cherry"),
        package("npm", release("1.0.0", age=None), release("1.0.1", age=None), name="date"),
    )
    return make_audit(inventory(*(dependency(name=name) for name in NAMES)), found), found


def opened() -> State:
    audit, found = world()
    rows = sorted(offer_rows(audit, found), key=lambda row: row.assessment.update.name)
    return start(rows)


def after(*keys: str, state: State | None = None) -> State:
    state = state or opened()
    for key in keys:
        state = press(state, key)
    return state


def names(state: State) -> list[str]:
    return [name for (_, name, _) in picked(state)]


def test_the_safe_ones_are_picked_at_the_start() -> None:
    state = opened()
    assert [row.assessment.update.name for row in state.rows] == list(NAMES)
    assert [row.assessment.update.target.version for row in state.rows] == [
        "1.0.1",
        "2.0.0",
        "3.0.0",
        "1.0.1",
    ]
    assert names(state) == ["apple"]


def test_the_offers_of_each_kind() -> None:
    offers = opened().rows[1].offers
    assert [(one.version, one.kinds, one.move) for one in offers] == [
        ("1.0.3", ("patch",), "patch"),
        ("1.2.0", ("minor", "in-range"), "minor"),
        ("2.0.0", ("latest",), "major"),
    ]
    assert opened().rows[0].links == ("https://apple.example",)


@pytest.mark.parametrize(
    "keys, chosen",
    [
        ((), ["apple"]),
        (("x", "up ", "?", "backspace"), ["apple"]),
        (("space",), []),
        (("space", "space"), ["apple"]),
        (("down", "space"), ["apple", "banana"]),
        (("j", "j", "space"), ["apple", "cherry"]),
        (("up", "space"), ["apple", "date"]),
        (("down", "down", "down", "down", "space"), []),
        (("j", "k", "space"), []),
        (("a",), list(NAMES)),
        (("a", "a"), []),
        (("/", "a", "n", "a", "enter", "a"), ["apple", "banana"]),
        (("/", "z", "enter", "space", "right", "a"), ["apple"]),
        (("/", "D", "A", "enter", "space"), ["apple", "date"]),
        (("/", "d", "backspace", "enter", "space"), ["apple", "date"]),
        (("/", "e", "r", "r", "esc", "a"), list(NAMES)),
        (("/", "e", "r", "r", "enter", "esc", "a"), list(NAMES)),
        (("/", "q", "a", "c", "esc"), ["apple"]),
        (("/", "a", "down", "enter", "space"), ["apple", "banana"]),
    ],
)
def test_keys_pick(keys: Sequence[str], chosen: list[str]) -> None:
    state = after(*keys)
    assert state.end == ""
    assert names(state) == chosen


@pytest.mark.parametrize(
    "keys, version",
    [
        (("down", "right"), None),
        (("down", "left"), "1.2.0"),
        (("down", "h", "h"), "1.0.3"),
        (("down", "h", "h", "h", "h"), "1.0.3"),
        (("down", "h", "h", "l"), "1.2.0"),
    ],
)
def test_another_version_is_chosen_and_picked(keys: Sequence[str], version: str | None) -> None:
    versions = {name: chosen for (_, name, _), chosen in picked(after(*keys)).items()}
    assert versions.get(PackageName("banana")) == version


@pytest.mark.parametrize(
    "keys, end",
    [
        (("enter",), "taken"),
        (("q",), "left"),
        (("esc",), "left"),
        (("/", "esc", "q"), "left"),
        (("/", "a", "enter", "esc"), ""),
        (("/", "a", "enter", "enter"), "taken"),
    ],
)
def test_the_ways_out(keys: Sequence[str], end: str) -> None:
    assert after(*keys).end == end


def test_nothing_to_see_takes_every_key() -> None:
    state = start(())
    for key in ("up", "down", "left", "right", "space", "a", "c", "/", "x", "backspace", "enter"):
        state = press(state, key)
    assert (visible(state), picked(state)) == ([], {})


@pytest.mark.parametrize("width, height", [(120, 30), (40, 8), (20, 3), (10, 1)])
def test_every_state_fits_its_screen(width: int, height: int) -> None:
    from rich.console import Console

    console = Console(file=io.StringIO(), width=width, height=height)
    for keys in ((), ("down", "c"), ("/", "z"), ("a", "c", "up")):
        lines = draw(after(*keys), console).renderables
        assert len(lines) <= max(height, 11)


def test_the_screen_says_what_is_picked() -> None:
    def write(console: object) -> None:
        console.print(draw(after("down", "left", "c"), console))  # type: ignore[attr-defined, arg-type]  # a rich console

    text = printed(write, width=120)
    assert "4 upgrades, 2 picked" in text
    assert "[x] apple" in text
    assert "> [x] banana" in text
    assert "1.0.0 → 1.2.0 2/3 (minor, in-range)" in text
    assert "age unknown" in text
    assert "[ ] date" in text


def test_what_is_picked_is_audited_at_its_version() -> None:
    audit, found = world()
    state = after("down", "left", "left")
    made = audit_picked(audit, found, picked(state))
    assert {item.update.name: item.update.target.version for item in made.assessments} == {
        "apple": "1.0.1",
        "banana": "1.0.3",
    }
    assert {item.update.move for item in made.assessments} == {"patch"}


def test_a_pick_that_cannot_stand_beside_the_rest_is_told() -> None:
    found = around(
        package("npm", "1.0.0", "2.0.0", name="host"),
        package("npm", "1.0.0", release("2.0.0", peers={"host": "^2"}), name="plugin"),
    )
    audit = make_audit(inventory(dependency(name="host"), dependency(name="plugin")), found)
    spots = {row.assessment.update.name: row.spot for row in offer_rows(audit, found)}
    both = dict.fromkeys(spots.values(), "2.0.0")
    assert not_taken(audit_picked(audit, found, both), both) == []
    alone = {spots[PackageName("plugin")]: "2.0.0"}
    made = audit_picked(audit, found, alone)
    told = not_taken(made, alone)
    assert len(made.assessments) + len(told) == 1


@pytest.mark.parametrize(
    "text, keys",
    [
        ("", []),
        ("jk", ["j", "k"]),
        ("\x1b[A\x1b[B\x1bOC", ["up", "down", "right"]),
        ("\x1b", ["esc"]),
        ("\x1b[5~j", ["j"]),
        ("\x1b[1;5Cj", ["j"]),
        ("\x1b[", []),
        ("\r\n \x7f", ["enter", "enter", "space", "backspace"]),
        ("\x00\x01\x9b", []),
    ],
)
def test_keys_have_names(text: str, keys: list[str]) -> None:
    assert names_of(text) == keys


SCRIPT = """
import sys
from tests.cli.test_picker import opened
from upgrader.cli.picking import check_terminal, show
check_terminal()
chosen = show(opened().rows)
print("PICKED", sorted((name, version) for (_, name, _), version in chosen.items()))
"""


def typed_on_a_terminal(folder: Path, keys: Sequence[bytes], env: dict[str, str]) -> tuple[str, int]:
    """Run the picker on a terminal of its own; a key is sent when the screen has settled."""
    pid, end = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve(sys.executable, [sys.executable, "-c", SCRIPT], env)
    seen = b""
    for key in [*keys, b""]:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            ready = select.select([end], [], [], 0.3 if b"jk/arrows" in seen else 5)[0]
            if not ready:
                break
            try:
                data = os.read(end, 65536)
            except OSError:
                data = b""
            if not data:
                break
            seen += data
        if key:
            os.write(end, key)
    _, status = os.waitpid(pid, 0)
    os.close(end)
    return seen.decode("utf-8", "replace"), os.waitstatus_to_exitcode(status)


def environment(**more: str) -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    return {**kept, "PYTHONPATH": root, "TERM": "xterm", **more}


def test_on_a_real_terminal(tmp_path: Path) -> None:
    seen, code = typed_on_a_terminal(tmp_path, [b"\x1b[B", b"\x1b[D", b"\r"], environment())
    assert code == 0
    assert "PICKED [('apple', '1.0.1'), ('banana', '1.2.0')]" in seen
    assert "\x1b[?1049l" in seen, "the screen is given back"


def test_leaving_on_a_real_terminal(tmp_path: Path) -> None:
    seen, code = typed_on_a_terminal(tmp_path, [b"a", b"\x1b"], environment())
    assert (code, "PICKED []" in seen) == (0, True)


def test_a_ci_cannot_pick(tmp_path: Path) -> None:
    seen, code = typed_on_a_terminal(tmp_path, [], environment(CI="true"))
    assert code == 1
    assert "CI is set" in seen


@pytest.mark.parametrize("command", ["audit", "plan", "apply"])
def test_without_a_terminal_it_is_refused_before_anything_is_done(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "upgrader", command, "-i"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 2
    assert "upgrade: -i: picking needs a terminal on stdin and stdout." in done.stderr
    assert "Name the packages instead" in done.stderr
