"""Runs the tests that stand in a pack: every one twice, and each rule on what the others must leave alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from upgrader.rulebook.diffs import unified
from upgrader.rulebook.load import Pack
from upgrader.rulebook.pack import ConfigForm, FlagForm, PackForm, RuleForm, Snippet
from upgrader.rulebook.ready import Ready, make_ready
from upgrader.rulebook.run import rewrite_store
from upgrader.rulebook.store import MemoryStore
from upgrader.rulebook.words import meets, read_words
from upgrader.source.syntax import language_of

_SUFFIX: Mapping[str, str] = {
    "cargo": ".rs",
    "go": ".go",
    "npm": ".ts",
    "pip": ".py",
    "javascript": ".js",
    "python": ".py",
    "rust": ".rs",
    "tsx": ".tsx",
    "typescript": ".ts",
}


class Failure(Struct, frozen=True, kw_only=True):
    """A test that did not come out as it should."""

    pack: str
    """`Pack.path`."""
    line: int
    rule: str
    """Id of the rule or flag, "" for a test of the whole pack."""
    test: str
    """Its name."""
    what: str
    diff: str = ""
    """What was expected against what came out."""

    def __str__(self) -> str:
        named = f"{self.rule}: {self.test}" if self.rule else self.test
        return f"{self.pack}:{self.line}: {named}: {self.what}\n{self.diff}".rstrip()


class Results(Struct, frozen=True, kw_only=True):
    """What the tests of one pack said."""

    pack: str
    ran: int
    """Tests, each counted once however often it was run."""
    failures: tuple[Failure, ...]


class _Case(Struct, frozen=True, kw_only=True, eq=False):
    """One snippet and where it stands."""

    snippet: Snippet
    owner: RuleForm | FlagForm | ConfigForm | None
    line: int
    file: str

    @property
    def rule(self) -> str:
        return self.owner.id if self.owner is not None else ""


class _Came(Struct, frozen=True, kw_only=True):
    """What came out of a run."""

    text: str
    notes: tuple[str, ...]
    """Ids of the flags and rules that spoke, sorted, one per place."""


def run_tests(pack: Pack) -> Results:
    """Run every test of a pack. Pure: the snippets stand in memory."""
    cases = list(_cases(pack))
    alone = {rule.id: make_ready(replace(pack, form=_only(pack.form, rule))) for rule in _owners(pack.form)}
    whole = make_ready(pack)
    failures: list[Failure] = []
    for case in cases:
        failures += _fails(pack, case, alone.get(case.rule, whole))
    failures += _speaks_elsewhere(pack, cases, alone)
    return Results(pack=pack.path, ran=len(cases), failures=tuple(failures))


def _owners(form: PackForm) -> list[RuleForm | FlagForm | ConfigForm]:
    return [*form.edits, *form.flags, *form.config]


def _only(form: PackForm, owner: RuleForm | FlagForm | ConfigForm) -> PackForm:
    """The pack with one rule alone."""
    return replace(
        form,
        edits=[owner] if isinstance(owner, RuleForm) else [],
        flags=[owner] if isinstance(owner, FlagForm) else [],
        config=[owner] if isinstance(owner, ConfigForm) else [],
        forbid=[],
    )


def _cases(pack: Pack) -> Iterator[_Case]:
    parts: tuple[tuple[str, Sequence[RuleForm | FlagForm | ConfigForm]], ...] = (
        ("edits", pack.form.edits),
        ("flags", pack.form.flags),
        ("config", pack.form.config),
    )
    for part, owners in parts:
        for index, owner in enumerate(owners):
            for number, snippet in enumerate(owner.tests):
                line = pack.line(part, index, "tests", number)
                yield _Case(snippet=snippet, owner=owner, line=line, file=_file(pack.form, owner, snippet))
    for number, snippet in enumerate(pack.form.tests):
        line = pack.line("tests", number)
        yield _Case(snippet=snippet, owner=None, line=line, file=_file(pack.form, None, snippet))


def _file(form: PackForm, owner: RuleForm | FlagForm | ConfigForm | None, snippet: Snippet) -> str:
    """The name the snippet is run under; of a rule with globs the first that names one file."""
    if snippet.file:
        return snippet.file
    globs: Sequence[str] = owner.files if owner is not None else ()
    if isinstance(owner, RuleForm) and owner.replace is not None:
        globs = owner.replace.files
    named = [glob.removeprefix("**/") for glob in globs]
    plain = [glob for glob in named if not set(glob) & set("*?[{")]
    if plain:
        return plain[0]
    language = form.package.ecosystem
    pattern = owner.ast_grep if isinstance(owner, RuleForm | FlagForm) else None
    suffix = _SUFFIX[pattern.language if pattern and pattern.language else language]
    is_markup = language == "npm" and suffix == ".ts" and ("/>" in snippet.before or "</" in snippet.before)
    stem = named[0].partition("*")[0] if named and "/" in named[0] else ""
    return f"{stem}example{'.tsx' if is_markup else suffix}"


def _run(ready: Ready, case: _Case, text: str) -> _Came:
    files = {path: body.encode() for path, body in case.snippet.elsewhere.items()}
    files[case.file] = text.encode()
    done = rewrite_store(MemoryStore(files), [ready], unsafe=True, diffs=False)
    after = done.after.get(case.file, files[case.file])
    spoke = [
        note.rule or note.kind
        for note in done.report.notes
        if note.path == case.file and note.kind in ("flag", "not exact", "dropped")
    ]
    return _Came(text=after.decode(), notes=tuple(sorted(spoke)))


def _fails(pack: Pack, case: _Case, ready: Ready) -> Iterator[Failure]:
    """Everything that is wrong with one test."""
    snippet = case.snippet
    expected = snippet.before if snippet.after is None else snippet.after
    came = _run(ready, case, snippet.before)
    if came.text != expected:
        what = "came out otherwise" if snippet.after is not None else "was changed and must not be"
        yield _failure(pack, case, what, unified(case.file, expected, came.text))
    elif snippet.after is not None and snippet.after == snippet.before:
        yield _failure(pack, case, "`after` equals `before`; leave it out")
    else:
        again = _run(ready, case, came.text)
        if again.text != came.text:
            yield _failure(
                pack, case, "a second run changed it again", unified(case.file, came.text, again.text)
            )
    if (snippet.notes or isinstance(case.owner, FlagForm)) and Counter(came.notes) != Counter(snippet.notes):
        told, wanted = ", ".join(came.notes) or "nothing", ", ".join(snippet.notes) or "nothing"
        yield _failure(pack, case, f"spoke up: {told}; expected: {wanted}")


def _speaks_elsewhere(pack: Pack, cases: Sequence[_Case], alone: Mapping[str, Ready]) -> Iterator[Failure]:
    """Rules that change what another rule's test says must not change."""
    for case in cases:
        if case.snippet.after is not None or not isinstance(case.owner, RuleForm):
            continue
        text = case.snippet.before
        language = language_of(case.file)
        words = read_words(text, language, pack.form.package.imports) if language else None
        for rule in pack.form.edits:
            ready = alone[rule.id]
            if rule.id == case.rule or (words is not None and not meets(ready.needs, words)):
                continue
            came = _run(ready, case, text)
            if came.text != text:
                yield Failure(
                    pack=pack.path,
                    line=case.line,
                    rule=rule.id,
                    test=case.snippet.name,
                    what=f"changed the unchanging test {case.rule}: {case.snippet.name}",
                    diff=unified(case.file, text, came.text),
                )


def _failure(pack: Pack, case: _Case, what: str, diff: str = "") -> Failure:
    return Failure(
        pack=pack.path, line=case.line, rule=case.rule, test=case.snippet.name, what=what, diff=diff
    )
