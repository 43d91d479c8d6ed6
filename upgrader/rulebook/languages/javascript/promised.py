"""The types of a parameter's properties, wherever the file writes them."""

from __future__ import annotations

from collections.abc import Iterator

from ast_grep_py import Rule, SgNode

from upgrader.rulebook.forms import Awaited
from upgrader.rulebook.languages.javascript.draft import Draft

_THROUGH = frozenset(
    {"generic_type", "intersection_type", "parenthesized_type", "type_annotation", "type_arguments"}
)


def promised_types(draft: Draft, form: Awaited, parameter: SgNode) -> Iterator[SgNode]:
    """The types that become promises: in the annotation, or in the interface or alias of this file that it names."""
    annotation = parameter.field("type") or _of_variable(parameter)
    if annotation is None:
        return
    bodies = list(_bodies(annotation))
    names = {one.text() for one in annotation.find_all(kind="type_identifier")}
    kinds: list[Rule] = [{"kind": "interface_declaration"}, {"kind": "type_alias_declaration"}]
    for one in draft.source.root.find_all(any=kinds):
        name, body = one.field("name"), one.field("body") or one.field("value")
        if name is not None and body is not None and name.text() in names:
            bodies += [body] if body.kind() in ("interface_body", "object_type") else _bodies(body)
    for body in bodies:
        yield from _promised(form, body)


def _of_variable(parameter: SgNode) -> SgNode | None:
    """The type of `const Page: NextPage<Props> = (props) => ...`."""
    function = next((one for one in parameter.ancestors() if one.kind() == "arrow_function"), None)
    above = function.parent() if function is not None else None
    return above.field("type") if above is not None and above.kind() == "variable_declarator" else None


def _bodies(node: SgNode) -> Iterator[SgNode]:
    for one in node.named_children():
        if one.kind() == "object_type":
            yield one
        elif one.kind() in _THROUGH:
            yield from _bodies(one)


def _promised(form: Awaited, body: SgNode) -> Iterator[SgNode]:
    for signature in body.named_children():
        if signature.kind() != "property_signature":
            continue
        name, held = signature.field("name"), signature.field("type")
        if name is not None and held is not None and name.text() in form.properties:
            yield from [one for one in held.named_children() if not one.text().startswith("Promise<")][:1]
