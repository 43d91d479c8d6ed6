"""Every git call of the program: hooks, filters, pagers, helpers and transports of the repository stay switched off."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import stat
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from upgrader.errors import GitError
from upgrader.outside import shell
from upgrader.outside.gitcall import IDENTITY, call, checked

_REVISION = re.compile(r"[^\s\x00-\x20\x7f-][^\x00-\x20\x7f]{0,255}")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ZERO = "0" * 40
_PURE = frozenset(
    (
        *(
            "rev-parse",
            "cat-file",
            "ls-tree",
            "ls-files",
            "symbolic-ref",
            "show-ref",
            "check-ref-format",
            "config",
        ),
        *("update-ref", "log", "diff-tree", "commit-tree"),
    )
)
"""Commands that never compare files with the index; all others (even write-tree) may run a clean filter."""
_WORKTREES = threading.Lock()
"""`worktree add` and `remove` by two threads see each other's half-made folders."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a tree object."""

    mode: str
    """`100644`, `100755`, `120000` (symlink), `160000` (submodule)."""
    sha: str
    path: str


class Git:
    """One repository, addressed by its git directory, never by what a `.git` file says later."""

    def __init__(self, repo: Path, git_dir: Path | None = None) -> None:
        self.top = repo
        self.git_dir = repo / ".git" if git_dir is None else git_dir

    @classmethod
    def find(cls, path: Path) -> Git:
        """Return the repository that holds `path`. Raises GitError: there is none, or it has no working tree."""
        questions = ("--is-bare-repository", "--is-inside-git-dir", "--absolute-git-dir", "--show-toplevel")
        finished = call(["rev-parse", *questions], path)
        answers = os.fsdecode(finished.stdout).split("\n")
        if "true" in answers[:2]:
            raise GitError(f"{path}: is a bare repository or a git directory.", "Run in a checkout of it.")
        checked(finished, f"{path}: is not in a usable git repository")
        if len(answers) != len(questions) + 1:
            raise GitError(f"{path}: the path of its repository has a line break, which is not supported.")
        git_dir, top = Path(answers[2]), Path(answers[3])
        if not path.resolve().is_relative_to(top.resolve()):
            raise GitError(f"{path}: core.worktree of its repository points elsewhere, to {top}.")
        return cls(top, git_dir)

    @classmethod
    def open(cls, path: Path) -> Git:
        """Return the repository that holds `path`. Raises GitError: none, no working tree, or no commit yet."""
        repo = cls.find(path)
        if not repo._succeeds("rev-parse", "--verify", "--quiet", "HEAD^{commit}"):
            raise GitError(f"{repo.top}: the repository has no commit yet.", "Commit once, then run again.")
        return repo

    @functools.cached_property
    def common_dir(self) -> Path:
        """The git directory that all worktrees share, absolute."""
        return (self.git_dir / self._text("rev-parse", "--git-common-dir")).resolve()

    # --- asking ------------------------------------------------------------------------------------------

    def head(self) -> str:
        """Return the commit that HEAD names."""
        return self.rev_parse("HEAD")

    def branch(self) -> str | None:
        """Return the checked-out branch without `refs/heads/`, None when HEAD is detached."""
        finished = self.call("symbolic-ref", "--quiet", "--short", "HEAD")
        return os.fsdecode(finished.stdout.rstrip(b"\n")) if finished.exit_code == 0 else None

    def rev_parse(self, rev: str) -> str:
        """Return the commit that a revision names. Raises GitError for an unknown or malformed one."""
        if not _REVISION.fullmatch(rev):
            raise GitError(f"{rev!r}: is not a revision that git knows.")
        finished = self.call("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
        sha = finished.stdout.decode("ascii", "replace").strip()
        if finished.exit_code != 0 or not _SHA.fullmatch(sha):
            raise GitError(f"{rev}: no such commit in {self.top}.")
        return sha

    def tree(self, rev: str) -> str:
        """Return the id of a commit's tree: equal ids mean equal files."""
        return self._text("rev-parse", "--verify", "--quiet", f"{self.rev_parse(rev)}^{{tree}}")

    def is_dirty(self) -> bool:
        """Tell whether tracked files differ from HEAD or unknown files lie about; the index is not touched."""
        return bool(self._out("status", "--porcelain=v1", "-z", "--ignore-submodules=dirty"))

    def files(self, folder: Path) -> list[str]:
        """Return what is tracked, or would be, below a folder: posix paths relative to it, unsorted.

        Names that are not UTF-8 are left out; deleted files and symlinks may still be listed.
        """
        out = self._out("ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=folder)
        return list(dict.fromkeys(split_names(out)))

    def show(self, rev: str, path: str) -> bytes:
        """Return a file as a commit holds it, unfiltered. Raises GitError when it is not there."""
        commit = rev if _SHA.fullmatch(rev) else self.rev_parse(rev)
        return self._out("cat-file", "blob", f"{commit}:{path}")

    def ls_tree(self, rev: str) -> list[Entry]:
        """Return all files of a commit, in git's order."""
        entries = []
        for line in self._out("ls-tree", "-r", "-z", "--full-tree", self.rev_parse(rev)).split(b"\0"):
            facts, tab, path = line.partition(b"\t")
            if tab:
                mode, _, sha = facts.decode().split()
                entries.append(Entry(mode=mode, sha=sha, path=os.fsdecode(path)))
        return entries

    def grep(self, rev: str, needle: bytes, patterns: Sequence[str]) -> list[str]:
        """The paths of a commit that fit a pattern and hold these bytes, in git's order. Raises GitError."""
        revision = self.rev_parse(rev)
        fixed = ("grep", "-l", "-z", "-F", "--no-color", "--full-name", "--no-textconv", "-e")
        env = {"GIT_LITERAL_PATHSPECS": "0"}
        ran = self.call(*fixed, os.fsdecode(needle), revision, "--", *patterns, cwd=self.top, env=env)
        if ran.exit_code != 1:  # 1: nothing was found
            checked(ran, f"{self.top}: git grep failed")
        return [name.removeprefix(f"{revision}:") for name in split_names(ran.stdout)]

    def is_ancestor(self, commit: str, of: str) -> bool:
        """Tell whether `of` holds `commit` in its history, or is it. Raises GitError for an unknown revision."""
        return self._succeeds("merge-base", "--is-ancestor", self.rev_parse(commit), self.rev_parse(of))

    def diff_names(self, a: str, b: str) -> list[str]:
        """Return the paths in which two commits differ; a rename shows as both its paths."""
        fixed = ("-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv")
        return split_names(self._out("diff-tree", *fixed, self.rev_parse(a), self.rev_parse(b)))

    def diff(self, a: str, b: str, paths: Sequence[str] = ()) -> str:
        """Return the unified diff between two commits, of all or of some paths."""
        fixed = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames")
        out = self._out("diff", *fixed, self.rev_parse(a), self.rev_parse(b), "--", *paths)
        return out.decode("utf-8", "replace")

    def log_trailers(
        self, key: str, *revs: str, branches: str = "", limit: int = 10_000
    ) -> list[tuple[str, str]]:
        """Return (commit, value) of each trailer `key`, newest first, of what `revs` (HEAD) or branches reach.

        `branches` is a glob below refs/heads, such as `upgrade/*`.
        """
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", key):
            raise GitError(f"{key!r}: is not the name of a trailer.")
        starts = [self.rev_parse(rev) for rev in revs or (() if branches else ("HEAD",))]
        starts += [f"--branches={branches}"] if branches else []
        form = f"--format=%H%x01%(trailers:key={key},valueonly,unfold,separator=%x01)"
        out = self._out("log", "-z", "--no-show-signature", f"--max-count={limit}", form, *starts)
        rows = [record.split("\x01") for record in out.decode("utf-8", "replace").split("\0")]
        return [(row[0].strip(), value.strip()) for row in rows for value in row[1:] if value.strip()]

    def changed_files(self) -> list[str]:
        """Return the paths that differ from HEAD in the working tree, unknown ones too, ignored ones not."""
        fixed = ("--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=dirty")
        out = self._out("status", *fixed)
        return sorted({name[3:] for name in split_names(out)})

    # --- refs --------------------------------------------------------------------------------------------

    def ref(self, name: str) -> str | None:
        """Return the commit a full ref name (`refs/heads/x`) stands at, None when there is none."""
        finished = self.call(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{_ref(name)}^{{commit}}"
        )
        return finished.stdout.decode("ascii", "replace").strip() if finished.exit_code == 0 else None

    def check_ref_format(self, branch: str) -> bool:
        """Tell whether git accepts the name for a branch."""
        good = not branch.startswith("-") and "\0" not in branch
        return good and self._succeeds("check-ref-format", f"refs/heads/{branch}")

    def branch_exists(self, name: str) -> bool:
        """Tell whether a local branch is there."""
        return self._succeeds("show-ref", "--verify", "--quiet", f"refs/heads/{name}")

    def create_branch(self, name: str, sha: str) -> None:
        """Create a branch at a commit. Raises GitError when it exists or git refuses the name."""
        if not self.check_ref_format(name):
            raise GitError(f"{name!r}: is not a name for a branch.")
        self.update_ref(f"refs/heads/{name}", self.rev_parse(sha), "")

    def update_ref(self, ref: str, new: str, old: str) -> None:
        """Move a ref only if it still is at `old` ("" for: must not exist). Raises GitError when it is not."""
        self._out("update-ref", "--end-of-options", _ref(ref), _sha(new), _sha(old) if old else _ZERO)

    def delete_ref(self, ref: str, old: str) -> None:
        """Delete a ref only if it still is at `old`. Raises GitError when it is not."""
        self._out("update-ref", "-d", "--end-of-options", _ref(ref), _sha(old))

    # --- worktrees and commits ---------------------------------------------------------------------------

    def add_worktree(self, path: Path, rev: str, lock_reason: str, *, branch: str | None = None) -> Worktree:
        """Check a commit out in a new folder, detached or on a new branch, locked against `git worktree prune`.

        Raises GitError when the folder is not empty or the branch exists.
        """
        if branch is not None and not self.check_ref_format(branch):
            raise GitError(f"{branch!r}: is not a name for a branch.")
        kind = ("--detach",) if branch is None else ("-b", branch)
        lock = ("--lock", "--reason", lock_reason or "upgrader")
        with _WORKTREES:
            self._out("worktree", "add", "--quiet", *lock, *kind, "--", str(path), self.rev_parse(rev))
        pointer = (path / ".git").read_bytes()
        git_dir = Path(os.fsdecode(pointer.removeprefix(b"gitdir:").strip()))
        return Worktree(path.resolve(), git_dir, pointer)

    def remove_worktree(self, path: Path) -> None:
        """Remove a worktree, locked or changed or half gone, and git's record of it; none there is fine."""
        with _WORKTREES:
            record = self._record_of(path)
            if record is not None:
                (record / "locked").unlink(missing_ok=True)
            _remove_folder(path)
            if record is not None:
                _remove_folder(record)

    def worktrees(self) -> list[Path]:
        """Return the folders of all worktrees that git has a record of, those that are gone included."""
        out = self._out("worktree", "list", "--porcelain", "-z")
        lines = os.fsdecode(out).split("\0")
        return [Path(line.removeprefix("worktree ")) for line in lines if line.startswith("worktree ")]

    def _record_of(self, path: Path) -> Path | None:
        """Find `<common>/worktrees/<id>` by its own back pointer; the pointer inside the worktree may be forged."""
        wanted = os.fsencode(path.resolve() / ".git")
        for record in sorted((self.common_dir / "worktrees").glob("*")):
            with contextlib.suppress(OSError):
                if (record / "gitdir").read_bytes().strip() == wanted:
                    return record
        return None

    def commit(self, worktree: Worktree, paths: Sequence[str], message: str, *, author: str = "") -> str:
        """Commit exactly these paths in the worktree and return the new commit's id.

        `author` is `Name <mail>`; by default the user, or upgrader when git knows no user. No hook, filter or
        signature runs. Raises GitError when the worktree's `.git` was changed, something else is staged, or
        nothing differs.
        """
        if not worktree.pointer_intact():
            raise GitError(
                f"{worktree.top}: its .git file was changed by something that ran there; nothing is kept."
            )
        base = worktree.head()
        if paths:
            worktree._out("add", "--", *paths)
        staged = set(
            split_names(worktree._out("diff-index", "--cached", "-z", "--name-only", "--no-renames", base))
        )
        if not staged:
            raise GitError(f"{worktree.top}: nothing to commit in {', '.join(paths)}.")
        if stray := sorted(staged - set(paths)):
            raise GitError(f"{worktree.top}: {', '.join(stray)} is staged but was not to be committed.")
        tree = worktree._text("write-tree")
        identity = worktree._identity(author)
        sha = worktree._text("commit-tree", "-p", base, "-F", "-", tree, stdin=message.encode(), env=identity)
        worktree._out("update-ref", "-m", "commit: upgrader", "HEAD", sha, base)
        return sha

    def _identity(self, author: str) -> dict[str, str]:
        identity: dict[str, str] = {}
        if not self._succeeds("config", "user.email"):  # git would make one up from the machine's name
            for role in ("AUTHOR", "COMMITTER"):
                identity |= {f"GIT_{role}_NAME": "upgrader", f"GIT_{role}_EMAIL": "upgrader@localhost"}
        identity |= {name: os.environ[name] for name in IDENTITY if os.environ.get(name)}
        if author:
            named = re.fullmatch(r"([^<>\n\0]+) <([^<>\s\0]*)>", author)
            if not named:
                raise GitError(f"{author!r}: is not an author.", "Write it as `Name <mail@example.org>`.")
            identity |= {"GIT_AUTHOR_NAME": named[1], "GIT_AUTHOR_EMAIL": named[2]}
        return identity

    # --- the one way to git ------------------------------------------------------------------------------

    def _filters(self) -> dict[str, str]:
        """Override every filter that any configuration names, so that checking files in or out runs none of them."""
        found = self.call("config", "--null", "--name-only", "--get-regexp", r"^filter\.").stdout
        drivers = {name.rpartition(".")[0] for name in os.fsdecode(found).split("\0") if name}
        pairs = [
            (f"{driver}.{key}", "false" if key == "required" else "")
            for driver in sorted(drivers)
            for key in ("smudge", "clean", "process", "required")
        ]
        settings = {"GIT_CONFIG_COUNT": str(len(pairs))}
        for number, (key, value) in enumerate(pairs):
            settings |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return settings

    def call(
        self,
        *arguments: str,
        cwd: Path | None = None,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> shell.Finished:
        """Run git here and return how it ended; for the modules of this wing."""
        place = (f"--git-dir={self.git_dir}", f"--work-tree={self.top}")
        extra = {**({} if arguments[0] in _PURE else self._filters()), **(env or {})}
        return call([*place, *arguments], cwd or self.top, stdin=stdin, env=extra)

    def _succeeds(self, *arguments: str) -> bool:
        return self.call(*arguments).exit_code == 0

    def _out(
        self,
        *arguments: str,
        cwd: Path | None = None,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> bytes:
        finished = self.call(*arguments, cwd=cwd, stdin=stdin, env=env)
        return checked(finished, f"{self.top}: git {arguments[0]} failed")

    def _text(self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        return os.fsdecode(self._out(*arguments, stdin=stdin, env=env).rstrip(b"\n"))


class Worktree(Git):
    """A checkout of our own; its git directory was learned when it was made."""

    def __init__(self, top: Path, git_dir: Path, pointer: bytes) -> None:
        super().__init__(top, git_dir)
        self.pointer = pointer

    def pointer_intact(self) -> bool:
        """Tell whether the `.git` file still is the plain file that git wrote: code that ran here may forge it."""
        try:
            plain = stat.S_ISREG(os.lstat(self.top / ".git").st_mode)
            return plain and (self.top / ".git").read_bytes() == self.pointer
        except OSError:
            return False


def split_names(out: bytes) -> list[str]:
    """Split a NUL-separated list; names that are no UTF-8 cannot be shown or saved and are left out."""
    names = []
    for raw in out.split(b"\0"):
        with contextlib.suppress(UnicodeDecodeError):
            names.append(raw.decode())
    return [name for name in names if name]


def _ref(ref: str) -> str:
    if not ref.startswith("refs/") or not _REVISION.fullmatch(ref):
        raise GitError(f"{ref!r}: is not the full name of a ref.")
    return ref


def _sha(sha: str) -> str:
    if not _SHA.fullmatch(sha):
        raise GitError(f"{sha!r}: is not the id of a commit.")
    return sha


def _remove_folder(path: Path) -> None:
    """Remove a tree; folders without write permission (Go's module cache makes them) get it first."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for folder, _, _ in os.walk(path):
        with contextlib.suppress(OSError):
            Path(folder).chmod(0o700)
    shutil.rmtree(path, ignore_errors=False)
