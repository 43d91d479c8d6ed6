"""The audit table on a console: exact look, what is never said, and hostile names."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from rich.console import Console

from tests.report.samples import (
    HELD,
    NPM,
    PIP,
    advisory,
    assessment,
    audit,
    dependency,
    full_audit,
    not_checked,
)
from tests.report.samples_console import printed, printed_in
from upgrader.model import Audit, Held, Unanswered
from upgrader.outside.redact import strip_controls
from upgrader.report.text import print_audit
from upgrader.report.wording import AUDIT_COLUMNS

FULL = """\
Package                     Current         Latest  Type     Risk    Priority
Security (1)
left-pad                      1.0.0  1.0.1 (2.0.0)  patch    LOW     Security fix – urgent

Patch (1)
tiny [dev]                    1.2.3          1.2.4  patch    LOW     Update directly

Minor (1)
@types/node [dev] 2 places   20.1.0        20.11.0  minor    LOW     Update directly

0.x (1)
zero                          0.1.0          0.2.0  0.x      MEDIUM  Review breaking changes

Major (1)
express                      4.18.2  5.0.1 (5.1.0)  major    HIGH    Review breaking changes

Unknown (1)
odd                               ?          2024b  unknown  HIGH    Review breaking changes

Advisories (1)
  left-pad  GHSA-0000-0000-0001 HIGH 7.5 fixed by 1.0.1: pads without end

Vulnerable, no update offered (1)
  left-pad 1.0.0  GHSA-0000-0000-0002 HIGH 7.5 fixed in 1.0.1: pads without end

Held (1)
  fresh 1.2.0  cooldown: released 1 day ago, younger than 3 days (package.json:9). Wait, or set cooldown_days.

Not checked (2)
  lost, gone  registry.example answered 503. Try again.

1 major, 1 0.x, 1 minor, 1 patch, 1 security, 1 unknown, 1 vulnerable without an update, 1 held, \
2 not checked, 14 up to date
INCOMPLETE: 2 packages not checked. What was not checked may be outdated or vulnerable.
Advisory source: OSV (osv.example)
Next: upgrade plan"""


def shown(found: Audit, *, wide: bool = False, width: int = 120, terminal: bool = False) -> str:
    return printed(lambda console: print_audit(found, console, wide=wide), width=width, terminal=terminal)


def test_every_kind_of_row_at_width_120() -> None:
    assert printed(lambda console: print_audit(full_audit(), console, next_step="upgrade plan")) == FULL


@pytest.mark.parametrize(
    ("found", "words"),
    [
        pytest.param(
            audit(up_to_date=3), "Nothing to do: 3 packages checked, all up to date.", id="all up to date"
        ),
        pytest.param(audit(up_to_date=1), "Nothing to do: 1 package checked, all up to date.", id="one"),
        pytest.param(audit(), "Nothing to do: no dependencies were found.", id="empty"),
        pytest.param(audit(held=(HELD,)), "Nothing to do now: 1 item held.", id="held only"),
        pytest.param(
            audit(vulnerable=(advisory(),), up_to_date=2),
            "Nothing can be updated, and known advisories remain.",
            id="vulnerable without an update",
        ),
    ],
)
def test_nothing_to_do_is_said_plainly(found: Audit, words: str) -> None:
    assert words in shown(found).splitlines()
    assert "Package" not in shown(found).splitlines()[0]


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(audit(not_checked=(not_checked(),), up_to_date=3), id="a package"),
        pytest.param(audit(up_to_date=3, complete=False), id="said without a reason"),
        pytest.param(
            audit(not_checked=(not_checked(),), complete=True), id="an audit that contradicts itself"
        ),
        pytest.param(
            audit(
                held=(Held(kind="unreadable", subject="a/package.json", reason="a/package.json:1: no JSON"),)
            ),
            id="a file",
        ),
        pytest.param(
            audit(assessment(facts=(Unanswered(witness="advisories", source="OSV", reason="timed out"),))),
            id="a witness",
        ),
    ],
)
def test_incomplete_is_never_up_to_date(found: Audit) -> None:
    text = shown(found)
    assert "INCOMPLETE: " in text
    assert "all up to date" not in text
    assert "Nothing to do" not in text


def test_an_unanswered_witness_stands_under_not_checked() -> None:
    fact = Unanswered(witness="advisories", source="OSV", reason="timed out")
    assert (
        "  left-pad  advisories not checked: timed out"
        in shown(audit(assessment(facts=(fact,)))).splitlines()
    )


def test_the_columns_are_those_of_the_table_and_no_others() -> None:
    header = shown(full_audit()).splitlines()[0]
    assert header.split() == ["Package", "Current", "Latest", "Type", "Risk", "Priority"]


def test_wide_adds_columns_and_keeps_each_row_on_one_line() -> None:
    lines = shown(full_audit(), wide=True, width=60).splitlines()
    assert " ".join(lines[0].split()) == (
        "Package Ecosystem Project Current Wanted Latest Type Risk Priority Age Source Advisories"
    )
    row = next(line for line in lines if line.startswith("@types/node"))
    assert row.split()[:6] == ["@types/node", "[dev]", "npm", "package.json,", "2", "places"]
    assert "40 d" in row
    assert "registry.example" in row


def test_several_projects_say_which_file() -> None:
    members: Sequence[str] = ("a/package.json", "b/package.json")
    places = tuple(dependency("shared", path=path) for path in members)
    found = audit(assessment(), assessment("shared", places=places), projects=(NPM, PIP))
    lines = shown(found).splitlines()
    assert lines[0].split() == list(AUDIT_COLUMNS)
    assert lines[2].split()[1] == "package.json"
    assert lines[3].split()[1:4] == ["package.json,", "2", "places"]


@pytest.mark.parametrize(
    ("move", "current", "target", "coloured"),
    [
        ("major", "1.9.0", "2.0.0", "\x1b[31m2.0.0"),
        ("0.x", "0.1.0", "0.2.0", "0.\x1b[31m2.0"),
        ("minor", "1.1.0", "1.2.0", "1.\x1b[36m2.0"),
        ("patch", "1.1.1", "1.1.2", "1.1.\x1b[32m2"),
        ("patch", "v1.1.1", "v1.1.2", "v1.1.\x1b[32m2"),
        ("unknown", "", "1.0", "\x1b[35m1.0"),
        ("minor", "1.1", "1.1.0", "1.1.0"),
    ],
)
def test_only_the_changed_suffix_is_coloured(move: str, current: str, target: str, coloured: str) -> None:
    found = audit(assessment(current=current, target=target, move=move))  # type: ignore[arg-type]  # table of Move
    text = printed(lambda console: print_audit(found, console), terminal=True, no_color=False)
    assert coloured in text or coloured == target


def test_no_color_prints_no_colours_and_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = printed(lambda console: print_audit(full_audit(), console), terminal=True)
    assert not any(f"\x1b[{code}m" in text for code in range(30, 38))
    assert "Security fix – urgent" in text


@pytest.mark.parametrize(
    ("name", "visible"),
    [
        ("[/foo]", "[/foo]"),
        ("[bold red]x[/]", "[bold red]x[/]"),
        ("[link=http://evil.example]x[/link]", "[link=http://evil.example]x[/link]"),
        (":smile:", ":smile:"),
        ("a\x1b]0;owned\x07b", "ab"),
        ("a\x1b[31mb", "ab"),
        ("a\x9b31mb", "ab"),
        ("a\u202eb", "ab"),
        ("a\u200bb", "ab"),
        ("a\nSecurity (9)", "a Security (9)"),
        ("a\rb", "ab"),
        ("a\tb", "a b"),
        ("a|b", "a|b"),
        ("\ud800", "\\ud800"),
    ],
    ids=ascii,
)
def test_hostile_names_are_only_shown(name: str, visible: str) -> None:
    held = Held(kind="policy", subject=name, reason=name, advice=name)
    found = audit(assessment(name), held=(held,), not_checked=(not_checked(name, name, name),))
    text = shown(found, width=200)
    rows = text.splitlines()
    assert rows[2].startswith(visible)
    assert f"  {visible}  policy: {visible}. {visible}" in rows
    assert not any(character in text for character in "\x1b\x07\x9b\u202e\u200b\r")


def test_a_stream_that_is_not_utf8_gets_plain_signs() -> None:
    found = audit(assessment("na\u00efve\u4e2d", priority="Security fix – urgent"))
    text = printed_in("ascii", lambda console: print_audit(found, console))
    assert "Security fix - urgent" in text
    assert "na\\xefve\\u4e2d" in text
    assert "naïve\\u4e2d" in printed_in("latin-1", lambda console: print_audit(found, console))


@pytest.mark.parametrize("width", [40, 60, 80])
def test_nothing_is_lost_on_a_narrow_terminal(width: int) -> None:
    name = "@types/babel__plugin-transform-runtime"
    found = audit(assessment(name, current="v0.0.0-20240101000000-abcdef123456"))
    text = shown(found, width=width, terminal=True)
    lines = strip_controls(text).splitlines()
    assert max(map(len, lines)) <= width
    column = "".join(line[: line.find(" ")] if " " in line else line for line in lines)
    assert name[:6] in column


def test_printing_twice_gives_the_same() -> None:
    def twice(console: Console) -> None:
        print_audit(full_audit(), console)
        print_audit(full_audit(), console)

    text = printed(twice)
    half = len(text.splitlines()) // 2
    assert text.splitlines()[:half] == text.splitlines()[half:]


def test_many_places_that_can_not_move_are_one_line() -> None:
    paths = [
        Held(kind="immovable", subject=f"member-{n}", reason="path", ecosystem="cargo") for n in range(6)
    ]
    lone = Held(kind="immovable", subject="fork", reason="git reference", ecosystem="cargo")
    found = replace(audit(assessment()), held=(*paths, lone))
    told = shown(found)
    assert "6 places" in told
    assert "member-3" not in told
    assert "fork" in told
    assert "member-3" in shown(found, wide=True)
