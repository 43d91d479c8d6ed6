"""The pack that every Go module's major step has without one being written: its import paths move."""

from __future__ import annotations

import re
from collections.abc import Collection

from upgrader.rulebook.pack import PackageForm, PackForm, RuleForm

_GUIDE = "https://go.dev/ref/mod#major-version-suffixes"
_SUFFIX = re.compile(r"(/v[0-9]+|\.v[0-9]+)\Z")


def major_pack(old: str, new: str, nested: Collection[str] = ()) -> PackForm | None:
    """A pack in memory that moves imports from one module path to another; None where nothing has to move.

    `old`, `new`: module paths as go.mod writes them (`github.com/x/y`, `github.com/x/y/v2`, `gopkg.in/yaml.v3`).
    `nested`: the module paths that the project requires; those that lie below `old` are modules of their own and stay.
    """
    if old == new:
        return None
    own = {path: path for path in sorted(nested) if path.startswith(f"{old}/")}
    rule = RuleForm(
        id=f"go-module-{_slug(old)}-to-{_slug(new)}",
        url=_GUIDE,
        module={**own, old: new},
        message=f"imports of {old} become imports of {new}",
    )
    return PackForm(
        schema=1,
        id=f"go/{old}-to-{new}",
        title=f"{old} to {new}: import paths",
        package=PackageForm(ecosystem="go", name=_SUFFIX.sub("", old), names=[old, new], imports=[old]),
        from_="*",
        to="*",
        references=[_GUIDE],
        replaces="" if _SUFFIX.sub("", old) == _SUFFIX.sub("", new) else new,
        edits=[rule],
    )


def _slug(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")
