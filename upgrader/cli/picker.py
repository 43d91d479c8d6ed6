"""The picker's state and what each key does to it; nothing here draws or reads a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from upgrader.stages.audit import Spot
from upgrader.stages.offers import Row


class State(Struct, frozen=True, kw_only=True):
    """What is on the screen."""

    rows: tuple[Row, ...]
    checked: frozenset[int]
    """Indexes of rows."""
    chosen: tuple[int, ...]
    """For each row the index of its offer."""
    cursor: int = 0
    """The row it stands on; it is among the visible ones, if there are any."""
    query: str = ""
    """Only rows whose names hold it are visible."""
    is_typing: bool = False
    """Whether keys go into the query."""
    shows_notes: bool = False
    end: Literal["", "taken", "left"] = ""


def start(rows: Sequence[Row]) -> State:
    """Safe ones are checked: patches and minor releases of low risk, old enough to tell."""
    return State(
        rows=tuple(rows),
        checked=frozenset(index for index, row in enumerate(rows) if is_safe(row)),
        chosen=tuple(row.chosen for row in rows),
    )


def is_safe(row: Row) -> bool:
    """Whether the audit's own choice may be taken without looking."""
    offer = row.offers[row.chosen]
    return offer.move in ("patch", "minor") and row.assessment.risk == "LOW" and offer.days is not None


def visible(state: State) -> list[int]:
    """The rows that the query lets through."""
    wanted = state.query.casefold()
    return [index for index, row in enumerate(state.rows) if wanted in row.assessment.update.name.casefold()]


def picked(state: State) -> dict[Spot, str]:
    """The checked packages with the version of each, whether visible or not."""
    return {
        state.rows[index].spot: state.rows[index].offers[state.chosen[index]].version
        for index in sorted(state.checked)
    }


def press(state: State, key: str) -> State:
    """What a key does; keys it does not know do nothing. Names: up, down, left, right, enter, esc, backspace, space."""
    if state.is_typing:
        return _typed(state, key)
    match key:
        case "up" | "k":
            return _moved(state, -1)
        case "down" | "j":
            return _moved(state, 1)
        case "right" | "l":
            return _other_version(state, 1)
        case "left" | "h":
            return _other_version(state, -1)
        case _:
            return _ordered(state, key)


def _ordered(state: State, key: str) -> State:
    match key:
        case "space":
            return replace(state, checked=state.checked ^ frozenset(_here(state)))
        case "a":
            return _all(state)
        case "c":
            return replace(state, shows_notes=not state.shows_notes)
        case "/":
            return replace(state, is_typing=True)
        case "enter":
            return replace(state, end="taken")
        case "esc" if state.query:
            return _filtered(state, "")
        case "esc" | "q":
            return replace(state, end="left")
        case _:
            return state


def _typed(state: State, key: str) -> State:
    match key:
        case "enter":
            return replace(state, is_typing=False)
        case "esc":
            return _filtered(replace(state, is_typing=False), "")
        case "backspace":
            return _filtered(state, state.query[:-1])
        case "up" | "down":
            return _moved(state, -1 if key == "up" else 1)
        case _ if len(key) == 1 and key.isprintable():
            return _filtered(state, (state.query + key)[:100])
        case _:
            return state


def _filtered(state: State, query: str) -> State:
    """The cursor stays on its row, else goes to the first that is left."""
    state = replace(state, query=query)
    left = visible(state)
    return state if state.cursor in left or not left else replace(state, cursor=left[0])


def _here(state: State) -> list[int]:
    return [state.cursor] if state.cursor in visible(state) else []


def _moved(state: State, step: int) -> State:
    """One row up or down; it goes round at the ends."""
    left = visible(state)
    if not left:
        return state
    place = left.index(state.cursor) if state.cursor in left else 0
    return replace(state, cursor=left[(place + step) % len(left)])


def _other_version(state: State, step: int) -> State:
    """The package's next or last offer, without going round; it is checked, since it was chosen."""
    if not (here := _here(state)):
        return state
    index = here[0]
    offers = len(state.rows[index].offers)
    chosen = min(max(state.chosen[index] + step, 0), offers - 1)
    if chosen == state.chosen[index]:
        return state
    all_chosen = (*state.chosen[:index], chosen, *state.chosen[index + 1 :])
    return replace(state, chosen=all_chosen, checked=state.checked | {index})


def _all(state: State) -> State:
    """Check all that is visible; where all of it is checked, uncheck it."""
    left = frozenset(visible(state))
    return replace(state, checked=state.checked - left if left <= state.checked else state.checked | left)
