"""A rule pack as it is written in YAML, one package and one step; the published JSON schema is made of this."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from upgrader.model import EcosystemName
from upgrader.rulebook.forms import Attribute, Awaited, Decorator, Form, Options, Symbol, Table

Safety = Literal["safe", "unsafe"]
"""safe: applied by default. unsafe: only when asked for (`--unsafe`). What must never edit is a flag."""


class Snippet(Form, frozen=True, kw_only=True):
    """A test beside its rule. It is run twice; a snippet without `after` must come out as it went in."""

    name: str
    before: str
    after: str | None = None
    notes: list[str] = field(default_factory=list)
    """Ids of the flags that must speak up, one per place; checked where it is given, and always for flags."""
    file: str = ""
    """Name of the file, where it matters; "" for `example` with the language's usual suffix."""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Other files of the little project: path to text."""


class Keyword(Form, frozen=True, kw_only=True):
    """Keyword arguments of a call.

    In JavaScript the properties of an options object or a JSX element, in Go and Rust the fields of a struct literal.
    """

    of: list[Symbol]
    """The callee, component or struct."""
    rename: Table = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    invert: Table = field(default_factory=dict)
    """Renamed, and the value negated: `allow_mutation=False` to `frozen=True`."""
    values: dict[str, Table] = field(default_factory=dict)
    """Per keyword (its name after renaming): value as written, without quotes for strings, to the new one."""
    wrap: Table = field(default_factory=dict)
    """Per keyword (new name): a template around its value, `{}` for the value: `jwt.NewNumericDate({})`.

    `{use:SYMBOL}` is the local spelling of a symbol, imported where it is not yet. In JavaScript a symbol that no
    import gives (`express#**@0`, `redis#Redis()`) is the local name that stands for it; without one nothing is edited.
    """
    patterns: dict[str, Table] = field(default_factory=dict)
    """Go and Rust; per field (new name): a regular expression that the whole value matches, to what takes its place.

    As `re.sub` writes it, `{use:SYMBOL}` as elsewhere; the first that matches counts. A value that what is written
    would match again must be kept out by the expression: `(?!jwt\\.)`.
    """
    when: Table = field(default_factory=dict)
    """Keyword (old name) to a regular expression that the source of its value must match whole."""
    add: Table = field(default_factory=dict)
    """Keyword to the source of its value, where the call has it not."""
    join: Table = field(default_factory=dict)
    """JavaScript: keyword to a template of several old ones, which it takes the place of where all of them are there.

    `{name=}` is an old one's value: `{error: "(issue) => issue.input ? {invalid=} : {required=}"}`.
    """
    argument: int | None = None
    """JavaScript: which argument is the options object, from 0, negative from the end; None for any."""
    unless: list[str] = field(default_factory=list)
    """Leave the call alone when it has one of these keywords."""


class Argument(Form, frozen=True, kw_only=True):
    """Positional arguments of a call."""

    of: list[Symbol]
    count: list[int] = field(default_factory=list)
    """Only calls with one of these numbers of positional arguments; [] for any."""
    name: dict[int, str] = field(default_factory=dict)
    """Position (from 0) to the keyword it becomes (Python)."""
    order: list[int] = field(default_factory=list)
    """New order of the positions, all of them: `[1, 0]` swaps two."""
    drop: list[int] = field(default_factory=list)
    insert: dict[int, str] = field(default_factory=dict)
    """Position to the source of an argument put in there."""
    wrap: dict[int, str] = field(default_factory=dict)
    """Position to a template around the argument, `{}` for it, `{use:SYMBOL}` as elsewhere."""
    when: dict[int, str] = field(default_factory=dict)
    """Position to a regular expression that the argument's source must match whole."""


class Call(Form, frozen=True, kw_only=True):
    """A call, or a whole expression, written anew from a template. Use it where no smaller edit does."""

    of: list[Symbol]
    count: list[int] = field(default_factory=list)
    when: Table = field(default_factory=dict)
    """Argument (`0`, `name`) to a regular expression that its source must match whole."""
    to: str
    """A template. `{callee}`, `{receiver}` (what stands before the last dot), `{name}` (the last name), `{0}` an
    argument, `{key=}` a keyword's value, `{...}` all arguments as written, `{1...}` those from position 1 on, `{,...}`
    (Python) a comma and all arguments, nothing where there are none; `{{` is a brace. `{use:SYMBOL}` is the local
    spelling of a symbol, imported where it is not yet. `{await}` (JavaScript) is `await` where that can stand;
    elsewhere the place is told, and what is awaited already is left alone."""
    unused: bool = False
    """JavaScript: only calls whose value nobody takes; the others are told."""
    single: int | None = None
    """JavaScript: an argument that no other call of these, or of `among`, has in the file; told where one has."""
    among: list[Symbol] = field(default_factory=list)


class Text(Form, frozen=True, kw_only=True):
    """The inside of string literals that stand as an argument, matched by a regular expression."""

    of: list[Symbol]
    argument: list[int | str] = field(default_factory=list)
    """Positions and keywords to look at; [] for all."""
    find: str
    replace: str
    """As `re.sub` writes it: `\\1`, `\\g<name>`."""


class Imported(Form, frozen=True, kw_only=True):
    """Import lines. What the other edits need is added and freed without this."""

    add: list[Symbol] = field(default_factory=list)
    remove: list[Symbol] = field(default_factory=list)
    """Removed where nothing in the file uses them any more."""
    when: list[Symbol] = field(default_factory=list)
    """Only in files that use one of these; [] for any file the pack looks at.

    In Rust, where `remove` names an imported trait: in each scope that imports it and uses one of these, `add` is
    imported beside it, and in place of it where nothing names the trait and nothing of `unless` is used.
    """
    unless: list[Symbol] = field(default_factory=list)
    """Rust: what keeps the old import beside the new one."""


class Pattern(Form, frozen=True, kw_only=True):
    """An ast-grep rule, verbatim: it works in ast-grep's playground and test runner as it stands."""

    language: Literal["python", "javascript", "typescript", "tsx", "go", "rust"] | None = None
    """None for the ecosystem's languages, tsx and javascript included."""
    rule: dict[str, object]
    constraints: dict[str, object] = field(default_factory=dict)
    utils: dict[str, object] = field(default_factory=dict)
    transform: dict[str, object] = field(default_factory=dict)
    fix: str | None = None
    imports: dict[str, str | list[Symbol]] = field(default_factory=dict)
    """Metavariable to the symbol (or one of several) its text must resolve to in this file: `{NP: numpy}`."""
    uses: list[Symbol] = field(default_factory=list)
    """Only in files that use one of these."""
    add_import: list[Symbol] = field(default_factory=list)
    remove_import: list[Symbol] = field(default_factory=list)


class Replace(Form, frozen=True, kw_only=True):
    """Text in files that hold no code of the four languages (styles, templates, workflows): a regular expression."""

    files: list[str]
    """Globs, posix, from the project's root."""
    find: str
    replace: str


class Delegate(Form, frozen=True, kw_only=True):
    """An official codemod or a native fixer; off unless the user allows it."""

    argv: list[str]
    """No shell. The version is pinned in it; `{files}` stands for the files that use the package."""
    tool: str
    """Executable that must be there; otherwise the edit is held with the reason."""
    network: bool = False


class RuleForm(Form, frozen=True, kw_only=True):
    """One entry of `edits`: exactly one kind of edit, with what is said and tested about it."""

    id: str
    url: str
    """The release note or migration guide that says so."""
    rename: Table | None = None
    """Symbol to symbol, alias-aware: member use, from-imports, re-exports. `*` on both sides keeps the name."""
    module: Table | None = None
    """Import path to import path, prefixes count: a Go major, a JavaScript specifier, a crate, a Python module."""
    method: Table | None = None
    """Method to method on receivers of `on`; without `on`, on any receiver in a file that imports the package."""
    on: list[Symbol] = field(default_factory=list)
    keyword: Keyword | None = None
    argument: Argument | None = None
    call: Call | None = None
    text: Text | None = None
    imported: Imported | None = None
    options: Options | None = None
    attribute: Attribute | None = None
    decorator: Decorator | None = None
    awaited: Awaited | None = None
    ast_grep: Pattern | None = None
    replace: Replace | None = None
    delegate: Delegate | None = None
    safety: Safety = "safe"
    message: str = ""
    """One line for people; made of the edit where it is empty."""
    since: str = ""
    """The release that deprecated the old form, where it still works."""
    files: list[str] = field(default_factory=list)
    """Globs a file's path must match one of; [] for all."""
    ignores: list[str] = field(default_factory=list)
    not_with: list[str] = field(default_factory=list)
    """Import roots: a file that imports one of them is left alone (`pandas`, where method names are all there is)."""
    tests: list[Snippet] = field(default_factory=list)


class FlagForm(Form, frozen=True, kw_only=True):
    """One entry of `flags`: what a person has to look at, told as file:line; never an edit."""

    id: str
    url: str
    message: str
    """What changes and what to do, in one or two sentences."""
    symbols: list[Symbol] = field(default_factory=list)
    keyword: dict[str, list[str]] = field(default_factory=dict)
    """Callee to keywords (properties, fields) whose presence is flagged; `[]` flags every call."""
    methods: list[str] = field(default_factory=list)
    """Method names on any receiver in files that import the package."""
    count: dict[str, list[int]] = field(default_factory=dict)
    """Callee to numbers of positional arguments that are flagged."""
    ast_grep: Pattern | None = None
    find: str = ""
    """A regular expression over `files` (configuration, workflows)."""
    files: list[str] = field(default_factory=list)
    ignores: list[str] = field(default_factory=list)
    tests: list[Snippet] = field(default_factory=list)


class ManifestForm(Form, frozen=True, kw_only=True):
    """One entry of `manifest`: what else changes in the project's manifests, by the ecosystem's own writers."""

    add: Table = field(default_factory=dict)
    """Package to requirement, where the package's code is used and it is not there yet."""
    remove: list[str] = field(default_factory=list)
    rename: Table = field(default_factory=dict)
    set: Table = field(default_factory=dict)
    """Package to requirement, where it is asked for: companions that must move along."""
    extras: Table = field(default_factory=dict)
    """Extra or feature of the pack's package to its new name; "" removes it."""
    when: list[Symbol] = field(default_factory=list)
    """Only in a project whose code uses one of these symbols (before the edits)."""
    url: str = ""


class ConfigForm(Form, frozen=True, kw_only=True):
    """One entry of `config`: keys of data files (TOML, JSON, JSONC, YAML, INI), format kept."""

    id: str
    url: str
    files: list[str]
    """Globs, posix, from the project's root."""
    set: dict[str, object] = field(default_factory=dict)
    """Path of keys (`jest.testEnvironment`, `tool.pytest.ini_options.addopts`) to a value.

    `"a.b"` quotes a key with a dot, `list[*]` is any element, `list[=x]` the element x, `*` any key. A key is set where
    its mapping is there.
    """
    rename: Table = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    values: dict[str, Table] = field(default_factory=dict)
    """Path to old value, to new value."""
    find: Table = field(default_factory=dict)
    """Path (`scripts.*`) to a regular expression in the value."""
    replace: Table = field(default_factory=dict)
    """The same path to what takes its place."""
    safety: Safety = "safe"
    tests: list[Snippet] = field(default_factory=list)


class ForbidForm(Form, frozen=True, kw_only=True):
    """One entry of `forbid`: what must not remain after the rewrite (FEATURES A28)."""

    id: str
    message: str
    symbols: list[Symbol] = field(default_factory=list)
    find: str = ""
    files: list[str] = field(default_factory=list)


class CommandForm(Form, frozen=True, kw_only=True):
    """One entry of `post`: a command after the rewrite; argv only, off unless the user allows it."""

    argv: list[str]
    why: str
    network: bool = False


class StepForm(Form, frozen=True, kw_only=True):
    """One entry of `steps`: a schema, data, configuration or infrastructure move, through the project's own tools."""

    id: str
    kind: Literal["schema", "data", "config", "infrastructure", "flag", "manual"]
    description: str
    reversible: bool = True
    backup: list[str] = field(default_factory=list)
    up: list[str] = field(default_factory=list)
    verify: list[str] = field(default_factory=list)
    down: list[str] = field(default_factory=list)
    expect: dict[str, object] = field(default_factory=dict)
    """Of `verify`: `exit` code, `matches` regex, `json` path to value, `equal` two argv, `min` count (FEATURES A25)."""
    check: list[str] = field(default_factory=list)
    """Has to end well before anything is done (FEATURES A33)."""
    phase: Literal["", "expand", "contract"] = ""
    """A contract step removes the old form; it does not run in the attempt that expands (FEATURES A26)."""
    files: list[str] = field(default_factory=list)
    """Files that it uses (SQL), posix, below the project's folder; their checksums are recorded (FEATURES A27)."""
    network: bool = False


class CompanionForm(Form, frozen=True, kw_only=True):
    """A package that has to come along."""

    package: str
    version: str
    when: list[Symbol] = field(default_factory=list)
    """Only when one of these is used; [] for always, if the package is asked for at all."""
    reason: str = ""


class CompatibilityForm(Form, frozen=True, kw_only=True):
    """One row of the compatibility table, its seven fields (FEATURES A12, D18)."""

    from_: str = field(name="from")
    to: str
    compatible: bool
    migration_required: bool
    breaking_changes: list[str] = field(default_factory=list)
    new_features: list[str] = field(default_factory=list)
    deprecated_features: list[str] = field(default_factory=list)


class PackageForm(Form, frozen=True, kw_only=True):
    """Which package the pack is about."""

    ecosystem: EcosystemName
    name: str
    names: list[str] = field(default_factory=list)
    """Other packages that the same pack serves (`react-dom` beside `react`)."""
    imports: list[str]
    """Import roots as the code writes them."""
    globals: dict[str, Symbol] = field(default_factory=dict)
    """Names that the package puts there without an import, to the symbol: `{expect: "@jest/globals#expect"}`."""
    parameters: dict[str, Symbol] = field(default_factory=dict)
    """Parameters that are the package's where a function has all of them: `{req: express#Request(), res: ...}`."""
    marks: list[Annotated[str, Meta(min_length=4)]] = field(default_factory=list)
    """Texts by which a file is the package's business that neither imports nor names it: `context.getScope`."""


class RequiresForm(Form, frozen=True, kw_only=True):
    """What has to be there first."""

    runtime: str = ""
    """Lowest runtime of the new release, as the ecosystem writes it: `>=3.9`, `>=20.19`."""
    via: list[str] = field(default_factory=list)
    """Releases to stop at on the way, with the reason after ` # ` in `notes`."""


class NotesForm(Form, frozen=True, kw_only=True):
    """What the release notes say, sorted; shown in plan and report."""

    breaking: list[str] = field(default_factory=list)
    deprecated: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    behaviour: list[str] = field(default_factory=list)


class PackForm(Form, frozen=True, kw_only=True):
    """The whole file `rules/<ecosystem>/<package>/<from>-to-<to>.yml`."""

    schema: Literal[1]
    id: str
    title: str
    package: PackageForm
    from_: str = field(name="from")
    """Requirement (the ecosystem's own) that the old release fulfils."""
    to: str
    """Requirement that the new release fulfils."""
    references: list[str]
    requires: RequiresForm = field(default_factory=RequiresForm)
    replaces: str = ""
    """The package's name after the move, where it was renamed."""
    same: dict[str, list[str]] = field(default_factory=dict)
    """Symbol to other spellings of it: `{numpy: [numpy.core.numeric]}`, `{"zod#z": ["zod#*", "zod#default"]}`."""
    companions: list[CompanionForm] = field(default_factory=list)
    notes: NotesForm = field(default_factory=NotesForm)
    compatibility: list[CompatibilityForm] = field(default_factory=list)
    edits: list[RuleForm] = field(default_factory=list)
    flags: list[FlagForm] = field(default_factory=list)
    manifest: list[ManifestForm] = field(default_factory=list)
    config: list[ConfigForm] = field(default_factory=list)
    forbid: list[ForbidForm] = field(default_factory=list)
    post: list[CommandForm] = field(default_factory=list)
    steps: list[StepForm] = field(default_factory=list)
    tests: list[Snippet] = field(default_factory=list)
    """Snippets that the whole pack is run over, unsafe edits included."""
