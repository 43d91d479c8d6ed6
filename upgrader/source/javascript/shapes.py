"""The shapes of the JavaScript and TypeScript grammars: kinds of nodes, and small questions about one node."""

from __future__ import annotations

import re
from collections.abc import Collection

from ast_grep_py import Rule, SgNode

from upgrader.source.syntax import Span, span_of

FUNCTIONS = frozenset(
    {
        "abstract_method_signature",
        "arrow_function",
        "call_signature",
        "class_static_block",
        "construct_signature",
        "constructor_type",
        "function_declaration",
        "function_expression",
        "function_signature",
        "function_type",
        "generator_function",
        "generator_function_declaration",
        "method_definition",
        "method_signature",
    }
)
LITERALS = frozenset({"arrow_function", "function_expression", "generator_function"})
"""Function literals: what can be passed as a callback."""
CLASSES = frozenset({"abstract_class_declaration", "class", "class_declaration"})
MODULES = frozenset({"internal_module", "module", "program"})
BLOCKS = (
    FUNCTIONS
    | MODULES
    | {
        "catch_clause",
        "for_in_statement",
        "for_statement",
        "statement_block",
        "switch_body",
        "index_signature",
    }
)
_NAMES = ("identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern")
PATTERNS = frozenset(
    {
        "array_pattern",
        "assignment_pattern",
        "object_assignment_pattern",
        "object_pattern",
        "pair_pattern",
        "rest_pattern",
    }
)
WRAPPERS = frozenset(
    {
        "as_expression",
        "await_expression",
        "generic_type",
        "instantiation_expression",
        "non_null_expression",
        "parenthesized_expression",
        "parenthesized_type",
        "readonly_type",
        "satisfies_expression",
        "sequence_expression",
        "type_assertion",
    }
)
"""What an expression or a type keeps its meaning in."""
FIELDS = frozenset({"field_definition", "public_field_definition"})
TAGS = frozenset({"jsx_closing_element", "jsx_opening_element", "jsx_self_closing_element"})
_INTEROP = re.compile(
    r"(?:[\w$]+\.)?(?:_?_interop\w+|_interopRequire\w+|__importStar|__importDefault|__toESM|_interopNamespace\w*)"
)


def find_names(root: SgNode, names: Collection[str] = ()) -> list[SgNode]:
    """Every occurrence of the names (of any name, for none) that is no property, key or label."""
    try:
        typed = root.matches(kind="type_identifier") is not None
    except RuntimeError:  # the grammar of JavaScript knows no types
        typed = False
    kinds: list[Rule] = [{"kind": kind} for kind in (*_NAMES, "type_identifier")[: None if typed else -1]]
    if not names:
        return root.find_all(any=kinds)
    pattern = "^(?:" + "|".join(re.escape(name) for name in sorted(names)) + ")$"
    return root.find_all(any=kinds, regex=pattern)


def plain_string(node: SgNode | None) -> str | None:
    """What a string literal says; None for anything else, for a template with `${}` and for escapes."""
    if node is None or node.kind() not in ("string", "template_string"):
        return None
    text = node.text()[1:-1]
    return None if "\\" in text or (node.kind() == "template_string" and "${" in text) else text


def inner_span(node: SgNode) -> Span:
    """The characters between a string literal's quotes."""
    start, end = span_of(node)
    return Span(start + 1, end - 1)


def wrapped(parent: SgNode, node: SgNode) -> bool:
    """Whether `parent` gives what `node`, its child, stands for: parentheses, `as`, `!`, `await`, `(0, x)`."""
    kind = parent.kind()
    if kind == "union_type":
        return all(one == node or one.text() in ("null", "undefined") for one in parent.named_children())
    if kind not in WRAPPERS:
        return False
    parts = parent.named_children()
    last = kind in ("sequence_expression", "type_assertion")
    return bool(parts) and parts[-1 if last else 0] == node


def unwrap(node: SgNode) -> SgNode:
    """The expression inside parentheses, `await`, `as` and the like."""
    while node.kind() in WRAPPERS and (parts := node.named_children()):
        last = node.kind() in ("sequence_expression", "type_assertion")
        node = parts[-1 if last else 0]
    return node


def is_interop(call: SgNode) -> bool:
    """Whether a call is one of the helpers that compilers put around `require()`."""
    callee = call.field("function")
    return callee is not None and _INTEROP.fullmatch(callee.text()) is not None


def arguments_of(call: SgNode) -> list[SgNode]:
    """The arguments of a call or `new`, without comments; [] for a tagged template."""
    held = call.field("arguments")
    if held is None or held.kind() != "arguments":
        return []
    return [one for one in held.named_children() if one.kind() != "comment"]


def has_token(node: SgNode, *words: str) -> bool:
    """Whether one of the keywords stands directly in the node (`import type`, `for (const ...`)."""
    return any(child.kind() in words for child in node.children() if not child.is_named())


def enclosing(node: SgNode, kinds: frozenset[str]) -> SgNode:
    """The nearest ancestor of one of the kinds, else the root."""
    top = node
    for above in node.ancestors():
        if above.kind() in kinds:
            return above
        top = above
    return top


def statement_of(node: SgNode) -> SgNode:
    """The statement that an import or a declaration stands in, or its declarator where there are several."""
    for above in [node, *node.ancestors()]:
        kind = above.kind()
        if kind == "variable_declarator":
            whole = above.parent()
            if whole is None or len(whole.named_children()) > 1:
                return above
        elif kind.endswith(("_statement", "_declaration")) or kind in MODULES:
            return above
    return node


def region_of(test: SgNode) -> Span | None:
    """Where a condition is known to hold: the branch it guards, or what follows a guard that leaves."""
    node, turned = test, False
    for above in test.ancestors():
        kind = above.kind()
        if kind == "unary_expression" and above.text().startswith("!"):
            turned = not turned
        elif kind == "binary_expression" and has_token(above, "||"):
            return None
        elif kind == "binary_expression" and above.field("left") == node and not turned:
            right = above.field("right")
            if right is not None and not _is_guard(above):
                return span_of(right)
        elif kind in ("if_statement", "ternary_expression"):
            return _branch(above, node, turned)
        elif kind not in ("parenthesized_expression", "binary_expression"):
            return None
        node = above
    return None


def _is_guard(node: SgNode) -> bool:
    """Whether a condition stands in an `if` or before `?`, whose branch it guards too."""
    return any(above.kind() in ("if_statement", "ternary_expression") for above in node.ancestors()[:3])


def _branch(choice: SgNode, condition: SgNode, turned: bool) -> Span | None:
    if choice.field("condition") != condition:
        return None
    if not turned:
        # From the condition on: what stands behind `&&` in it knows the test has held, too.
        branch = choice.field("consequence")
        return Span(span_of(condition).start, span_of(branch).end) if branch is not None else None
    branch = choice.field("alternative")
    if branch is not None:
        return span_of(branch)
    block, left = choice.parent(), choice.field("consequence")
    leaves = left is not None and re.search(r"\b(?:return|throw|continue|break)\b[^{}]*\}?\s*$", left.text())
    return Span(span_of(choice).end, span_of(block).end) if block is not None and leaves else None
