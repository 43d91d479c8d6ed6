"""How git is called: an environment and settings under which nothing that the repository configures can run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from upgrader.errors import CommandFailed, GitError
from upgrader.outside import shell
from upgrader.outside.environment import clean_env
from upgrader.outside.redact import redact, strip_controls

_TIMEOUT_S = 600
_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "commit.gpgSign=false", "tag.gpgSign=false"),
    *(
        "log.showSignature=false",
        "submodule.recurse=0",
        "gc.auto=0",
        "maintenance.auto=false",
        "core.pager=cat",
    ),
    *(
        "protocol.allow=never",
        "protocol.ext.allow=never",
        "safe.bareRepository=explicit",
        "core.quotePath=false",
    ),
    *("core.fsync=committed,reference", "core.sshCommand=false", "core.askPass=true", "credential.helper="),
    *("diff.external=", "core.alternateRefsCommand=", "trace2.eventTarget=", "advice.detachedHead=false"),
    *(
        "core.protectHFS=true",
        "core.protectNTFS=true",
        "core.splitIndex=false",
        "status.submoduleSummary=false",
    ),
)
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",  # no call here needs a remote; a promisor remote would otherwise run its helper
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_EDITOR": "true",
    "GIT_OPTIONAL_LOCKS": "0",  # `status` must not refresh, and so rewrite, the user's index
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
IDENTITY = (
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "GIT_CONFIG_GLOBAL",
)
"""The GIT_ variables that are the user's own statement about themselves; all others are dropped."""


def call(
    arguments: Sequence[str], cwd: Path, *, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> shell.Finished:
    """Run git in a folder and return how it ended. Raises GitError only when git itself is missing."""
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    environment = clean_env({**_ENVIRONMENT, **(env or {})}, passthrough=IDENTITY)
    argv = ["git", "--no-pager", *settings, *arguments]
    try:
        return shell.run(argv, cwd=cwd, env=environment, timeout_s=_TIMEOUT_S, idle_s=_TIMEOUT_S, stdin=stdin)
    except CommandFailed as error:
        raise GitError(error.message, error.advice) from error


def checked(finished: shell.Finished, what: str) -> bytes:
    """Return what git printed, or raise GitError: `what` went wrong, and the reason git gives."""
    if finished.exit_code == 0 and not finished.truncated:
        return finished.stdout
    if finished.exit_code == 0:
        raise GitError(f"{what}: its answer is too large.")
    said = strip_controls(redact(finished.stderr[-4000:].decode("utf-8", "replace"))).strip()
    reason = said or (
        "it was ended: " + finished.ended if finished.exit_code is None else "it gave no reason"
    )
    dubious = "dubious ownership" in said
    advice = (
        "Tell git that you trust the folder: git config --global --add safe.directory FOLDER"
        if dubious
        else ""
    )
    raise GitError(f"{what}: {reason.splitlines()[0] if dubious else reason}", advice)
