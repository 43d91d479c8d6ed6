"""The kind `call`, and templates of new source: `{0}`, `{key=}`, `{...}`, `{receiver}`, `{use:SYMBOL}` filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from ast_grep_py import SgNode, SgRoot

from upgrader.rulebook.languages.python.calls import Arg, Call, call_of
from upgrader.rulebook.languages.python.sheet import Sheet, is_certain
from upgrader.rulebook.languages.python.spelling import spelled
from upgrader.rulebook.pack import Call as CallForm
from upgrader.rulebook.pack import RuleForm
from upgrader.rulebook.template import shortened
from upgrader.source.syntax import Span, span_of
from upgrader.source.uses import Use

_USE = re.compile(r"\{use:([^}]+)\}")
_HOLE = re.compile(r"\{\{|\}\}|\{(callee|receiver|name|\d+\.\.\.|,?\.\.\.|\d+|[A-Za-z_]\w*=)\}")
_OPERATORS = frozenset(
    ("binary_operator", "comparison_operator", "boolean_operator", "not_operator", "unary_operator", "await")
)
_LOOSE = _OPERATORS | {"conditional_expression", "lambda", "named_expression"}
_TIGHT = _OPERATORS | {"attribute", "call", "subscript"}


class Filled(NamedTuple):
    """A template with the symbols it uses spelled out."""

    text: str
    wants: tuple[tuple[str, str], ...]
    """Symbol and local name of what has to be imported."""


class Piece(NamedTuple):
    """Words of a template, or a part of the source that is carried over."""

    text: str
    span: Span | None = None


def filled_symbols(sheet: Sheet, template: str, offset: int, use: Use | None = None) -> Filled | None:
    """Spell every `{use:SYMBOL}` as it can be written at the offset; None when one can't."""
    wants: list[tuple[str, str]] = []
    text = template
    for found in _USE.finditer(template):
        spelling = spelled(sheet, found[1], offset, use)
        if spelling is None:
            return None
        text = text.replace(found[0], spelling.text)
        if spelling.symbol:
            wants.append((spelling.symbol, spelling.local))
    return Filled(text, tuple(wants))


def change_calls(sheet: Sheet, rule: RuleForm, form: CallForm) -> None:
    """Write the calls, or the expressions, of a symbol anew."""
    only_calls = bool(form.count or form.when) or _needs_call(form.to)
    for use, pattern in sheet.of(form.of):
        if use.kind not in ("name", "member") or use.node.kind() in ("string_content", "comment"):
            continue
        call = call_of(use)
        if call is not None and (call.partial or call.node.kind() != "call"):
            call = None
        if use.store or (only_calls if call is None else not _fits(call, form)):
            continue
        if is_certain(use, pattern) and not _forgets(call, form) and not _repeats(use, form):
            _write(sheet, rule, form, use, call)
        else:
            sheet.note(rule.id, use.span, rule.message or f"This may be `{use.symbol}`, which has changed.")


def _needs_call(template: str) -> bool:
    return any(
        found[1] and found[1] not in ("callee", "receiver", "name") for found in _HOLE.finditer(template)
    )


def _forgets(call: Call | None, form: CallForm) -> bool:
    """Whether the call has an argument that the template would lose: neither written in it nor asked for by `when`."""
    holes = {found[1] for found in _HOLE.finditer(form.to) if found[1]}
    if call is None or holes & {"...", ",...", "0..."}:
        return False
    rest = min((int(hole[:-3]) for hole in holes if hole.endswith("...")), default=len(call.args))
    known = {hole.removesuffix("=") for hole in holes} | form.when.keys()
    named = [arg.name for arg in call.args if arg.kind == "keyword"]
    plain = [str(at) for at in range(len(call.positional()))] if not form.count else []
    unpacked = call.has("star") or call.has("stars")
    return rest >= len(call.args) and (unpacked or any(name not in known for name in (*named, *plain)))


def _repeats(use: Use, form: CallForm) -> bool:
    """Whether the template writes the receiver twice and it is more than a name: it would be worked out twice."""
    left = use.node.field("object") if use.node.kind() == "attribute" else None
    return (
        form.to.count("{receiver}") > 1 and left is not None and re.search(r"[(\[]", left.text()) is not None
    )


def _fits(call: Call, form: CallForm) -> bool:
    positional = call.positional()
    if form.count and (len(positional) not in form.count or call.has("star")):
        return False
    for name, pattern in form.when.items():
        arg = argument(call, name)
        if arg is None or re.fullmatch(pattern, arg.value.text(), re.DOTALL) is None:
            return False
    return True


def argument(call: Call, name: str) -> Arg | None:
    """The argument at a position written as a number, or the keyword argument of a name."""
    if not name.isdecimal():
        return call.keyword(name)
    positional = call.positional()
    return positional[int(name)] if int(name) < len(positional) else None


def _write(sheet: Sheet, rule: RuleForm, form: CallForm, use: Use, call: Call | None) -> None:
    filled = filled_symbols(sheet, form.to, use.span.start, use)
    if filled is None:
        sheet.note(
            rule.id, use.span, f"`{use.symbol}` has changed; the names it needs now are taken in this file."
        )
        return
    node = call.node if call is not None else use.node
    try:
        pieces = list(_pieces(sheet, filled.text, use, call))
    except LookupError:
        return
    if _is_loose("".join(piece.text for piece in pieces)) and _binds_tight(node):
        pieces = [Piece("("), *pieces, Piece(")")]
    atom = sheet.atom()
    for span, text in _gaps(sheet.text, span_of(node), pieces):
        sheet.change(rule.id, atom, span, text)
    for symbol, local in filled.wants:
        sheet.want(rule.id, atom, symbol, local)


def _pieces(sheet: Sheet, template: str, use: Use, call: Call | None) -> Iterator[Piece]:
    at = 0
    for found in _HOLE.finditer(template):
        yield Piece(template[at : found.start()])
        at = found.end()
        if found[1] == ",..." and call is not None:
            inner = _argument_span(sheet.text, call, "...")
            words = sheet.text[inner.start : inner.end]
            comma = "," if words[:1].isspace() else ", "
            yield Piece(comma if call.args else "")
            yield Piece(words, inner)
        else:
            yield _hole(sheet, found, use, call)
    yield Piece(template[at:])


def _hole(sheet: Sheet, found: re.Match[str], use: Use, call: Call | None) -> Piece:
    """What stands for one placeholder. Raises LookupError for an argument that the call does not have."""
    text, what = sheet.text, found[1]
    if not what:
        return Piece(found[0][0])
    if what == "name":
        return Piece(text[use.name.start : use.name.end], use.name)
    if what == "receiver":
        left = use.node.field("object") if use.node.kind() == "attribute" else None
        if left is None:
            raise LookupError(what)
        return Piece(left.text(), span_of(left))
    if call is None and what != "callee":
        raise LookupError(what)
    span = use.span if call is None or what == "callee" else _argument_span(text, call, what)
    return Piece(text[span.start : span.end], span)


def _argument_span(text: str, call: Call, what: str) -> Span:
    if not what.endswith("..."):
        arg = argument(call, what.removesuffix("="))
        if arg is None:
            raise LookupError(what)
        return arg.value_span
    first = int(what.removesuffix("...") or 0)
    inner = span_of(call.listed)
    if first == 0 and call.listed.kind() == "argument_list":
        return Span(inner.start + 1, inner.end - 1)
    begin = call.args[first].span.start if first < len(call.args) else inner.end - 1
    return Span(begin, inner.end - 1)


def _gaps(text: str, whole: Span, pieces: list[Piece]) -> Iterator[tuple[Span, str]]:
    """The changes between the parts that are carried over, or one for all when these change their order."""
    carried = [piece.span for piece in pieces if piece.span is not None]
    ordered = all(one.end <= other.start for one, other in pairwise(carried))
    if not ordered or any(span.start < whole.start or span.end > whole.end for span in carried):
        pieces = [Piece("".join(piece.text for piece in pieces))]
    at, words = whole.start, ""
    for piece in [*pieces, Piece("", Span(whole.end, whole.end))]:
        if piece.span is None:
            words += piece.text
            continue
        change = shortened(text, Span(at, piece.span.start), words)
        if change is not None:
            yield change
        at, words = piece.span.end, ""


def _is_loose(text: str) -> bool:
    """Whether an expression falls apart beside an operator: `-a`, `a == b`."""
    statement = SgRoot(text, "python").root().child(0)
    inner = statement.child(0) if statement is not None else None
    return inner is not None and inner.kind() in _LOOSE


def _binds_tight(node: SgNode) -> bool:
    above = node.parent()
    if above is None or above.kind() not in _TIGHT:
        return False
    return above.kind() != "subscript" or span_of(above.field("value") or above) == span_of(node)
