"""The text of a new pack: short, commented, and without fault from the first minute."""

from __future__ import annotations

from string import Template

from upgrader.model import EcosystemName

_TEMPLATE = Template("""\
# yaml-language-server: $$schema=$schema
# One package, one step. `upgrade rules lint` and `upgrade rules test` check it; CONTRIBUTING says what the parts mean.
schema: 1
id: $id
title: "$name $old to $new"
package:
  ecosystem: $ecosystem
  name: "$name"
  # As the code writes it; a file is looked at when it holds one of these.
  imports: ["$root"]
from: "$from_"
to: "$to"
references:
- https://example.org/migration-guide
edits:
# Rename a symbol wherever it is imported from, under whatever alias.
- id: old-name
  url: https://example.org/migration-guide#old-name
  rename: {"$before": "$after"}
  tests:
  - name: an import and its use
    before: |
$changing
    after: |
$changed
  - name: a name of our own
    before: |
$unchanged
flags:
# What a person has to look at, told as file:line.
- id: other-name
  url: https://example.org/migration-guide#other-name
  message: other_name() now returns a list; check what is done with it.
  symbols: ["$flagged"]
  tests:
  - name: a call
    notes: [other-name]
    before: |
$speaking
  - name: a name of our own
    before: |
$silent
""")
_CODE = {
    "cargo": (
        "use {root}::old_name;\nfn f() {{ old_name(); }}",
        "fn old_name() {{}}\nfn f() {{ old_name(); }}",
    ),
    "go": (
        'package p\n\nimport "{root}"\n\nfunc f() {{ {last}.OldName() }}',
        "package p\n\nfunc OldName() {{}}\n\nfunc f() {{ OldName() }}",
    ),
    "npm": (
        'import {{ oldName }} from "{root}";\noldName();',
        "function oldName() {{}}\noldName();",
    ),
    "pip": ("from {root} import old_name\nold_name()", "def old_name(): ...\nold_name()"),
}
_NAMES = {
    "cargo": ("{root}::old_name", "{root}::new_name", "{root}::other_name"),
    "go": ("{root}#OldName", "{root}#NewName", "{root}#OtherName"),
    "npm": ("{root}#oldName", "{root}#newName", "{root}#otherName"),
    "pip": ("{root}.old_name", "{root}.new_name", "{root}.other_name"),
}
_RANGES = {
    "cargo": ("^{old}", "^{new}"),
    "go": ("v{old}.0.0", "v{new}.0.0"),
    "npm": ("^{old}", "^{new}"),
    "pip": (">={old},<{new}", ">={new}"),
}


def pack_path(ecosystem: EcosystemName, name: str, old: str, new: str) -> str:
    """Where a pack belongs below `rules/`."""
    return f"{ecosystem}/{name}/{old}-to-{new}.yml"


def new_pack(ecosystem: EcosystemName, name: str, old: str, new: str) -> str:
    """A pack that passes lint and its own tests. `old` and `new` are majors as people say them: `1`, `0.8`."""
    root = {"pip": name.replace("-", "_"), "cargo": name.replace("-", "_")}.get(ecosystem, name)
    last = root.rsplit("/", 1)[-1].replace("-", "_")
    using, own = (text.format(root=root, last=last) for text in _CODE[ecosystem])
    before, after, flagged = (text.format(root=root) for text in _NAMES[ecosystem])
    from_, to = (text.format(old=old, new=new) for text in _RANGES[ecosystem])
    return _TEMPLATE.substitute(
        schema="../" * (name.count("/") + 2) + "schema.json",
        id=f"{ecosystem}/{name}/{old}-to-{new}",
        name=name,
        old=old,
        new=new,
        ecosystem=ecosystem,
        root=root,
        from_=from_,
        to=to,
        before=before,
        after=after,
        flagged=flagged,
        changing=_block(using),
        changed=_block(_renamed(using, "new")),
        unchanged=_block(own),
        speaking=_block(_renamed(using, "other")),
        silent=_block(_renamed(own, "other")),
    )


def _renamed(code: str, word: str) -> str:
    for old in ("old_name", "oldName", "OldName"):
        code = code.replace(old, old.replace("old", word).replace("Old", word.capitalize()))
    return code


def _block(code: str) -> str:
    return "\n".join(f"      {line}" if line else "" for line in code.split("\n"))
