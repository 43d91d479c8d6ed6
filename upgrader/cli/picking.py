"""The picker's screen: draws the state, reads keys, gives what was picked. Loaded only for `-i`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace
from rich.console import Group
from rich.live import Live
from rich.text import Text

from upgrader.cli.output import make_console, stderr
from upgrader.cli.picker import State, picked, press, start, visible
from upgrader.errors import ConfigError
from upgrader.flow import Audited
from upgrader.model import Audit
from upgrader.outside.keyboard import Keyboard, is_terminal
from upgrader.report.pen import Pen, one_line
from upgrader.report.wording import MOVE_STYLES, RISK_STYLES, section_mark
from upgrader.stages.audit import Spot
from upgrader.stages.offers import Row, audit_picked, offer_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

KEYS = "jk/arrows  space pick  a all  l/h version  c notes  / filter  enter take  esc"
NOTES = 6
"""Lines that the notes may take."""


def check_terminal() -> None:
    """Raise ConfigError where nobody can pick: no terminal, or a CI."""
    advice = "Name the packages instead, as in `upgrade plan requests`."
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        raise ConfigError("-i: CI is set, and a CI cannot pick.", advice)
    if not is_terminal():
        raise ConfigError("-i: picking needs a terminal on stdin and stdout.", advice)


def pick(audited: Audited) -> Audited:
    """Let a person pick; the audit of what was picked, which is empty when nothing was."""
    rows = offer_rows(audited.audit, audited.around)
    if not rows:
        stderr("-i: there is nothing to pick.")
        return audited
    chosen = show(rows)
    if not chosen:
        stderr("-i: nothing was picked.")
        return replace(audited, audit=replace(audited.audit, assessments=()))
    audit = audit_picked(audited.audit, audited.around, chosen)
    for line in not_taken(audit, chosen):
        stderr(f"-i: {line}")
    # Nothing comes along that the person did not pick: the plan says what the packs want.
    return replace(audited, audit=audit, whole=None)


def not_taken(audit: Audit, chosen: Mapping[Spot, str]) -> list[str]:
    """What was picked and cannot stand beside the rest, such as a plugin whose peer was not picked, with the reason."""
    taken = {(item.update.project, item.update.name, item.update.current) for item in audit.assessments}
    reasons = {
        (item.project, item.name, item.current, gone.version): gone.reason
        for item in audit.still
        for gone in item.passed_over
    }
    return [
        f"{spot[1]} {version} is left out: {reasons.get((*spot, version), 'it does not fit beside the others')}."
        for spot, version in chosen.items()
        if spot not in taken
    ]


def show(rows: Sequence[Row]) -> dict[Spot, str]:
    """Run the picker on the terminal; empty when it was left."""
    console = make_console("auto")
    state = start(rows)
    with Keyboard() as keyboard:
        state = run(state, console, keyboard.read)
    return picked(state) if state.end == "taken" else {}


def run(state: State, console: Console, read: Callable[[], list[str]]) -> State:
    """Draw and read until it ends."""
    with Live(draw(state, console), console=console, screen=True, auto_refresh=False) as live:
        while not state.end:
            for key in read():
                state = press(state, key)
                if state.end:
                    break
            live.update(draw(state, console), refresh=True)
    return state


def draw(state: State, console: Console) -> Group:
    """One screen: a line for each row that fits around the cursor, then notes, the filter and the keys."""
    pen = Pen(console)
    width, height = console.size
    left = visible(state)
    below = (NOTES if state.shows_notes else 0) + 4
    room = max(height - below, 1)
    place = left.index(state.cursor) if state.cursor in left else 0
    first = min(max(place - room // 2, 0), max(len(left) - room, 0))
    names = max((len(state.rows[i].assessment.update.name) for i in left), default=0)
    lines = [_head(state, pen)]
    lines += [_line(state, index, min(names, width // 2), pen) for index in left[first : first + room]]
    if not left:
        lines.append(pen.text(("  no name holds that", "dim")))
    if state.shows_notes and left:
        lines += _notes(state.rows[state.cursor], pen)
    if state.is_typing or state.query:
        lines.append(pen.text("", (f"/{state.query}{'_' if state.is_typing else ''}", "bold")))
    lines.append(pen.text((KEYS, "dim")))
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis"
    return Group(*lines)


def _head(state: State, pen: Pen) -> Text:
    hidden = len(state.rows) - len(visible(state))
    words = f"{len(state.rows)} upgrades, {len(state.checked)} picked"
    return pen.text((words, "bold"), (f" ({hidden} filtered out)" if hidden else "", "dim"))


def _line(state: State, index: int, width: int, pen: Pen) -> Text:
    row = state.rows[index]
    item, offer = row.assessment, row.offers[state.chosen[index]]
    mark = "[x]" if index in state.checked else "[ ]"
    more = f" {state.chosen[index] + 1}/{len(row.offers)}" if len(row.offers) > 1 else ""
    kinds = f" ({', '.join(offer.kinds)})" if offer.kinds else ""
    age = "age unknown" if offer.days is None else f"{offer.days:.0f} d"
    section = section_mark(item.update.dependencies)
    shown = pen.shown(one_line(item.update.name))[:width]
    here = "bold" if index == state.cursor else ""
    unweighed = state.chosen[index] != row.chosen
    return Text.assemble(
        (f"{'>' if here else ' '} {mark} {shown.ljust(width)}  ", here),
        pen.shown(f"{item.update.current or '?'} → "),
        (pen.shown(offer.version), MOVE_STYLES[offer.move]),
        (f"{more}{kinds}", "dim"),
        (f"  {offer.move}", MOVE_STYLES[offer.move]),
        ("  weighed when taken", "dim") if unweighed else (f"  {item.risk}", RISK_STYLES[item.risk]),
        (f"  {age}  {section}", "dim"),
    )


def _notes(row: Row, pen: Pen) -> list[Text]:
    """Links and the reasons of the risk, from the heaviest down."""
    lines = [pen.text((f"    {reason.risk}: ", "dim"), reason.text) for reason in row.assessment.reasons]
    found = [pen.text(("    see ", "dim"), link) for link in row.links]
    return [*found, *lines][:NOTES]
