"""Where every key and scalar of a YAML file stands; read event by event, so that no nesting can break the reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upgrader.errors import ManifestError

if TYPE_CHECKING:
    import yaml

LARGEST = 64 * 2**20
"""Bytes of a YAML file that are read at most."""
DEEPEST = 60
"""Mappings and lists inside each other; a lockfile nests half a dozen. PyYAML's own composer overflows the stack."""

Keys = tuple[str | int, ...]


class YamlItem:
    """A scalar, a mapping or a list, and where it stands. Not frozen: it is filled while it is read."""

    __slots__ = ("aliased", "end", "items", "key_line", "line", "members", "plain", "start", "text")

    def __init__(self, event: yaml.Event, key_line: int) -> None:
        self.start = event.start_mark.index if event.start_mark else 0
        """In characters, without a byte order mark; an anchor before the value is counted in."""
        self.end = event.end_mark.index if event.end_mark else 0
        """Only a scalar's; a mapping's is that of its beginning."""
        self.line = _line(event)
        self.key_line = key_line or self.line
        """1-based line of the key, an element's of its beginning."""
        self.text = ""
        """A scalar's, as written without quotes; `null`, `~` and nothing are ""."""
        self.plain = False
        """A scalar without quotes."""
        self.aliased = False
        """`*name`: the text stands elsewhere."""
        self.members: dict[str, YamlItem] | None = None
        self.items: list[YamlItem] | None = None

    def get(self, *keys: str) -> YamlItem | None:
        """What stands at a path of keys, None when there is nothing."""
        item: YamlItem | None = self
        for key in keys:
            item = item.members.get(key) if item is not None and item.members is not None else None
        return item

    def at(self, *keys: str) -> str:
        """The scalar at a path of keys, "" when there is none."""
        item = self.get(*keys)
        return item.text if item is not None else ""

    def mapping(self, *keys: str) -> dict[str, YamlItem]:
        """The members of the mapping at a path of keys, in the order of the file; empty when there is none."""
        item = self.get(*keys)
        return item.members if item is not None and item.members is not None else {}

    @property
    def is_scalar(self) -> bool:
        """Whether it is neither a mapping nor a list."""
        return self.members is None and self.items is None


def read_yaml(text: bytes, path: str) -> list[YamlItem]:
    """The documents of the file, empty ones left out.

    `path` is for messages. Raises ManifestError `path:line: ...` for what is not YAML or not UTF-8, has one key twice
    in a mapping, an alias of a mapping or list, nests deeper than DEEPEST or is larger than LARGEST.
    """
    if len(text) > LARGEST:
        raise ManifestError(f"{path}:1: larger than {LARGEST // 2**20} MiB.", "It is not read.")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = text.count(b"\n", 0, fault.start) + 1
        raise ManifestError(f"{path}:{line}: byte {fault.start} is not UTF-8.", "Save it as UTF-8.") from None
    import yaml  # lazy: few trees have such a file, and every start would pay for it

    try:
        return list(_Build(path).documents(yaml.parse(text, Loader=yaml.CSafeLoader)))
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        what = getattr(fault, "problem", None) or str(fault).partition("\n")[0]
        line = mark.line + 1 if mark is not None else 1
        raise ManifestError(f"{path}:{line}: not YAML: {str(what)[:200]}.", "Mend the YAML.") from fault


def span_of(text: bytes, item: YamlItem) -> tuple[int, int]:
    """The bytes that a scalar stands in, quotes included."""
    mark = 3 if text.startswith(b"\xef\xbb\xbf") else 0
    if text.isascii():
        return item.start, item.end
    plain = text[mark:].decode()
    start = mark + len(plain[: item.start].encode())
    return start, start + len(plain[item.start : item.end].encode())


def _line(event: yaml.Event) -> int:
    """1-based; PyYAML's stubs say that a mark may be missing."""
    return event.start_mark.line + 1 if event.start_mark else 1


class _Build:
    """Makes items of events; `open` are the mappings and lists that are not closed yet."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.open: list[YamlItem] = []
        self.keys: list[tuple[str, int] | None] = []
        """For each open one, the key that waits for its value and its line."""
        self.anchors: dict[str, YamlItem] = {}
        self.root: YamlItem | None = None

    def documents(self, events: Iterator[yaml.Event]) -> Iterator[YamlItem]:
        import yaml

        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self.scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self.begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
                self.keys.pop()
            elif isinstance(event, yaml.AliasEvent):
                self.alias(event)
            elif isinstance(event, yaml.DocumentEndEvent):
                if self.root is not None and not (self.root.is_scalar and not self.root.text):
                    yield self.root
                self.root, self.anchors = None, {}

    def fault(self, event: yaml.Event, what: str) -> ManifestError:
        return ManifestError(f"{self.path}:{_line(event)}: {what}.", "Write it out plainly.")

    def scalar(self, event: yaml.ScalarEvent) -> None:
        waiting = self.waits_for_key()
        value: str = event.value
        if waiting:
            self.key(event, value)
            return
        item = YamlItem(event, self.key_line())
        item.plain = not event.style
        item.text = "" if item.plain and value in ("~", "null", "Null", "NULL") else value
        self.place(item, event)

    def begin(self, event: yaml.CollectionStartEvent) -> None:
        import yaml

        if self.waits_for_key():
            raise self.fault(event, "a mapping or list as a key is not read")
        if len(self.open) >= DEEPEST:
            raise self.fault(event, f"nested deeper than {DEEPEST}")
        item = YamlItem(event, self.key_line())
        if isinstance(event, yaml.MappingStartEvent):
            item.members = {}
        else:
            item.items = []
        self.place(item, event)
        self.open.append(item)
        self.keys.append(None)

    def alias(self, event: yaml.AliasEvent) -> None:
        found = self.anchors.get(event.anchor or "")
        if found is None or not found.is_scalar or self.waits_for_key():
            raise self.fault(
                event, f"the alias *{str(event.anchor)[:40]} does not stand for a plain value before it"
            )
        item = YamlItem(event, self.key_line())
        item.text, item.aliased = found.text, True
        self.place(item, event)

    def waits_for_key(self) -> bool:
        return bool(self.open) and self.open[-1].members is not None and self.keys[-1] is None

    def key(self, event: yaml.ScalarEvent, value: str) -> None:
        members = self.open[-1].members
        if members is not None and value in members:
            raise self.fault(event, f"the key {value[:80]!r} stands twice in one mapping")
        self.keys[-1] = (value, _line(event))

    def key_line(self) -> int:
        waiting = self.keys[-1] if self.keys else None
        return waiting[1] if waiting else 0

    def place(self, item: YamlItem, event: yaml.NodeEvent) -> None:
        """Put a value where it belongs, and remember its anchor."""
        if event.anchor and not item.aliased:
            self.anchors[event.anchor] = item
        if not self.open:
            self.root = item
            return
        holder, waiting = self.open[-1], self.keys[-1]
        if holder.members is not None and waiting is not None:
            holder.members[waiting[0]] = item
            self.keys[-1] = None
        elif holder.items is not None:
            holder.items.append(item)
