"""Properties of a parameter that became promises: exported functions that await them, and the types that say so."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from upgrader.rulebook.forms import Awaited
from upgrader.rulebook.languages.javascript.callsites import call_of, means
from upgrader.rulebook.languages.javascript.draft import Draft, say
from upgrader.rulebook.languages.javascript.exported import exported_functions
from upgrader.rulebook.languages.javascript.promised import promised_types
from upgrader.rulebook.pack import RuleForm
from upgrader.source.javascript.shapes import FUNCTIONS
from upgrader.source.syntax import Span, span_of

_DIRECTIVE = re.compile(r"\A(?:\s|//[^\n]*\n|/\*.*?\*/)*(['\"])use client\1", re.DOTALL)
_HOOK = re.compile(r"(?<![\w$])(?:React\.)?use[A-Z]\w*\(")
_PLAIN = frozenset({"pair_pattern", "shorthand_property_identifier_pattern"})
_TIGHT = frozenset({"member_expression", "subscript_expression", "non_null_expression"})
_READ = frozenset({"then", "catch", "finally"})


class _Job:
    """One function whose parameter's properties are awaited."""

    def __init__(self, draft: Draft, rule: RuleForm, form: Awaited, function: SgNode) -> None:
        self.draft = draft
        self.form = form
        self.function = function
        self.rule = rule
        self.atom = draft.atom(rule)
        self.is_async = any(one.kind() == "async" for one in function.children())
        self.body = function.field("body") or function
        client = bool(_DIRECTIVE.match(draft.source.text)) or bool(_HOOK.search(self.body.text()))
        self.by = form.by if client and not self.is_async else ""
        self.lines: list[str] = []

    def read(self, promise: str) -> str | None:
        """An expression that gives what the promise gives."""
        if not self.by:
            return f"await {promise}"
        name = self.draft.spell(self.atom, self.by, span_of(self.function))
        return f"{name}({promise})" if name is not None else None

    def put(self, node: SgNode, before: str, after: str) -> None:
        """Write something before and after a node, which stays as it is."""
        start, end = span_of(node)
        self.atom.replace(Span(start, start), before)
        self.atom.replace(Span(end, end), after)

    def put_value(self, node: SgNode, value: str) -> None:
        """Write what reads a promise in the place of the promise."""
        above = node.parent()
        tight = above is not None and above.kind() in _TIGHT and above.named_children()[0] == node
        self.atom.replace(node, f"({value})" if tight and not self.by else value)


def await_properties(draft: Draft, rule: RuleForm, form: Awaited) -> None:
    """Apply a rule's `awaited` to the file."""
    for function in exported_functions(draft.source.root, form.exports):
        if function.kind().startswith("generator") or function.field("body") is None:
            continue
        held = function.field("parameters")
        given = [one for one in held.named_children() if one.kind() != "comment"] if held is not None else []
        parameter = given[form.parameter] if form.parameter < len(given) else None
        _edit(_Job(draft, rule, form, function), parameter)


def _edit(job: _Job, parameter: SgNode | None) -> None:
    done = _edit_parameter(job, parameter) if parameter is not None else False
    called = _await_calls(job)
    if done is None or called is None:
        job.draft.note(parameter or job.function, job.rule.id, say(job.rule))
        return
    for one in promised_types(job.draft, job.form, parameter) if parameter is not None else ():
        job.put(one, "Promise<", ">")
    if done or called:
        _write_lines(job)
        if not job.by:
            _make_async(job)
    job.draft.commit(job.atom)


def _edit_parameter(job: _Job, parameter: SgNode) -> bool | None:
    """Whether anything was to do; None where it can't be done."""
    pattern = parameter.field("pattern") or parameter
    if pattern.kind() == "object_pattern":
        return _take_apart(job, pattern)
    return _read_members(job, pattern.text()) if pattern.kind() == "identifier" else None


def _await_calls(job: _Job) -> bool | None:
    """The calls of a function that is not async yet; those of async functions are another rule's."""
    if job.is_async:
        return False
    done = False
    start, end = span_of(job.body)
    for use in job.draft.uses.uses:
        call = (
            call_of(use.node)
            if start <= use.span.start < end and means(job.draft, job.form.calls, use)
            else None
        )
        if call is None or _is_settled(call):
            continue
        if function_around(call) != job.function:
            continue
        value = job.read(call.text())
        if value is None:
            return None
        job.put_value(call, value)
        done = True
    return done


def _take_apart(job: _Job, pattern: SgNode) -> bool | None:
    """`({ params, children })` becomes `(props)`; whether anything was to do, None where it can't be done."""
    parts = [one for one in pattern.named_children() if one.kind() != "comment"]
    taken = [one for one in parts if _key(one) in job.form.properties]
    if not taken or _is_read(job, [_local(one) for one in taken]):
        return False
    plain = all(one.kind() in _PLAIN for one in taken)
    whole = taken == parts or not any(_key(one) == "" for one in parts if one.kind() != "rest_pattern")
    if not plain or not whole or not job.draft.is_free("props") or pattern.find(kind="comment") is not None:
        return None
    values = [job.read(f"props.{_key(one)}") for one in taken]
    if None in values:
        return None
    job.lines += [f"const {_local(one)} = {value};" for one, value in zip(taken, values, strict=True)]
    left = [one.text() for one in parts if one not in taken]
    if any(one.kind() == "rest_pattern" for one in parts):
        left = [*(f"{_key(one)}: _{_key(one)}" for one in taken), *left]
    if left:
        job.lines.append(f"const {{ {', '.join(left)} }} = props;")
    job.atom.replace(pattern, "props")
    return True


def _key(part: SgNode) -> str:
    """The property that a part of an object pattern takes; "" for the rest and computed ones."""
    found = re.match(r"[\w$]+", part.text())
    return found.group() if found else ""


def _local(part: SgNode) -> str:
    """What it is bound to: a name or a pattern."""
    return part.text().partition(":")[2].strip() or _key(part)


def _is_read(job: _Job, locals_: list[str]) -> bool:
    """Whether the body awaits one of them already, or hands it to something that reads promises."""
    words = "|".join(re.escape(one) for one in locals_)
    found = (
        rf"(?:\bawait\s+|\buse\(\s*)(?:{words})(?![\w$])|(?<![\w$.])(?:{words})\s*\.(?:then|catch|finally)\("
    )
    return re.search(found, job.body.text()) is not None


def _read_members(job: _Job, name: str) -> bool | None:
    """`props.params.id` becomes `(await props.params).id`; read at the top where a function inside uses it."""
    job.draft.names.collect({name})
    at = span_of(job.body)
    cell = job.draft.names.cell_at(name, at)
    places = job.draft.names.places.get(cell, ()) if cell is not None else ()
    parents = [
        above
        for one in places
        if (above := one.node.parent()) is not None and at.start <= span_of(one.node).start
    ]
    members = [
        one
        for one in parents
        if one.kind() == "member_expression"
        and _property(one) in job.form.properties
        and not _is_settled(one)
    ]
    inside = {_property(one) for one in members if function_around(one) != job.function}
    if not all(_is_unused(job, one) for one in inside):
        return None
    done = [_read_member(job, one, inside) for one in members]
    patterns = [one for one in parents if one.kind() == "variable_declarator"]
    done += [_read_pattern(job, one, name) for one in patterns]
    return None if None in done else any(done)


def _is_unused(job: _Job, name: str) -> bool:
    """Whether the file gives the name no meaning of its own."""
    job.draft.names.collect({name})
    return not job.draft.names.cells.get(name) and not job.draft.names.free.get(name)


def _property(member: SgNode) -> str:
    held = member.field("property")
    return held.text() if held is not None else ""


def function_around(node: SgNode) -> SgNode | None:
    """The nearest function that a node stands in."""
    return next((one for one in node.ancestors() if one.kind() in FUNCTIONS), None)


def _is_settled(node: SgNode) -> bool:
    """Whether the promise is awaited already, or handled as one."""
    above = node.parent()
    if above is None or above.kind() == "await_expression" or _is_handed_to_reader(above):
        return True
    return (
        above.kind() == "member_expression"
        and above.named_children()[0] == node
        and _property(above) in _READ
    )


def _read_member(job: _Job, member: SgNode, hoisted: set[str]) -> bool | None:
    value = job.read(member.text())
    if value is None:
        return None
    name = _property(member)
    if name not in hoisted:
        job.put_value(member, value)
        return True
    line = f"const {name} = {value};"
    if line not in job.lines:
        job.lines.append(line)
    job.atom.replace(member, name)
    return True


def _is_handed_to_reader(above: SgNode) -> bool:
    """Whether these are the arguments of React's `use`."""
    call = above.parent() if above.kind() == "arguments" else None
    callee = call.field("function") if call is not None else None
    return callee is not None and callee.text().rpartition(".")[2] == "use"


def _read_pattern(job: _Job, declarator: SgNode, name: str) -> bool | None:
    """`const { params } = props;` and the same with other names."""
    pattern, whole = declarator.field("name"), declarator.parent()
    if pattern is None or whole is None or pattern.kind() != "object_pattern":
        return False
    parts = [one for one in pattern.named_children() if one.kind() != "comment"]
    taken = [one for one in parts if _key(one) in job.form.properties and not _local(one).startswith("_")]
    if not taken or _is_read(job, [_local(one) for one in taken]):
        return False
    single = len([one for one in whole.named_children() if one.kind() == "variable_declarator"]) == 1
    values = [job.read(f"{name}.{_key(one)}") for one in taken]
    if (
        not single
        or any(one.kind() not in _PLAIN for one in taken)
        or function_around(whole) != job.function
        or None in values
    ):
        return None
    keyword = whole.text().split()[0]
    lines = [f"{keyword} {_local(one)} = {value};" for one, value in zip(taken, values, strict=True)]
    left = [one.text() for one in parts if one not in taken]
    if left:
        lines.append(f"{keyword} {{ {', '.join(left)} }} = {name};")
    job.atom.replace(whole, _styled(job, lines, _indent(job.draft.source.text, span_of(whole).start)))
    return True


def _ending(job: _Job) -> str:
    """How the file ends its statements."""
    text = job.draft.source.text
    return ";" if ";\n" in text or "\n" not in text else ""


def _styled(job: _Job, lines: list[str], indent: str) -> str:
    ended = [line.removesuffix(";") + _ending(job) if line.endswith(";") else line for line in lines]
    return f"{job.draft.source.newline()}{indent}".join(ended)


def _write_lines(job: _Job) -> None:
    """At the beginning of the body, after directives; of `=> value` a block is made."""
    if not job.lines:
        return
    text, newline = job.draft.source.text, job.draft.source.newline()
    outer = _indent(text, span_of(job.function).start)
    if job.body.kind() != "statement_block":
        inner = outer + "  "
        start, end = span_of(job.body)
        job.atom.replace(
            Span(start, start), f"{{{newline}{inner}{_styled(job, [*job.lines, 'return '], inner)}"
        )
        job.atom.replace(Span(end, end), f"{_ending(job)}{newline}{outer}}}")
        return
    statements = [one for one in job.body.named_children() if one.kind() != "comment"]
    own = statements and "\n" in text[span_of(job.body).start : span_of(statements[0]).start]
    inner = _indent(text, span_of(statements[0]).start) if own else outer + "  "
    directives = [one for one in statements if re.fullmatch(r"(['\"])use \w+\1;?", one.text())]
    at = span_of(directives[-1]).end if directives else span_of(job.body).start + 1
    job.atom.replace(Span(at, at), newline + inner + _styled(job, job.lines, inner))


def _make_async(job: _Job) -> None:
    if job.is_async:
        return
    start = span_of(job.function).start
    job.atom.replace(Span(start, start), "async ")
    result = job.function.field("return_type")
    for held in result.named_children() if result is not None else ():
        if not held.text().startswith("Promise<"):
            job.put(held, "Promise<", ">")


def _indent(text: str, at: int) -> str:
    line = text.rfind("\n", 0, at) + 1
    found = re.match(r"[ \t]*", text[line:at])
    return found.group() if found else ""
