"""Walls around commands that run foreign code: bubblewrap, else a network namespace, else none, and says which."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from upgrader.outside.environment import find_tool

Level = Literal["full", "netns", "none"]


class Sandbox(msgspec.Struct, frozen=True, kw_only=True):
    """What a command may touch.

    `full` enforces all of it; `netns` the network and, where the kernel has mount_setattr(2), `locked` and `hidden`;
    `none` nothing.
    """

    network: bool = False
    writable: tuple[Path, ...] = ()
    """Folders it may change, such as the worktree; `.git` inside each stays read-only."""
    readable: tuple[Path, ...] = ()
    """Folders outside /usr that it may read: tool roots, caches, the repository's common git directory."""
    locked: tuple[Path, ...] = ()
    """Folders that are read-only where the rest of the machine is not: the user's repository, its git directory."""
    hidden: tuple[Path, ...] = ()
    """Files and folders of the user's with credentials: empty for the command."""


_SYSTEM = (
    "/usr",
    "/etc/ssl",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/passwd",
    "/etc/group",
    "/etc/pki",
    "/etc/localtime",
)
_NETWORK_FILES = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf")
_LINKS = ("/bin", "/lib", "/lib64", "/lib32", "/sbin")
_PROBE_S = 10
_TMP = "/tmp"  # noqa: S108 - a tmpfs of the sandbox, not the machine's

_FIRST = Path(__file__).with_name("first_process.py")


@functools.cache
def level() -> Level:
    """What this machine can enforce, tried once: `full` (bwrap), `netns` (unshare), `none`."""
    true = find_tool("true")
    bwrap = find_tool("bwrap")
    if true and bwrap and _works([bwrap, "--unshare-all", "--cap-drop", "ALL", "--ro-bind", "/", "/", true]):
        return "full"
    if true and (unshare := find_tool("unshare")) and _works([*_unshare(unshare), true]):
        return "netns"
    return "none"


def wrap(argv: Sequence[str], cwd: Path, sandbox: Sandbox) -> list[str]:
    """Return the command with the walls that `level()` offers around it; argv[0] must be absolute.

    Behind walls a command that a signal ended has the exit code 128 + its number, as in a shell.
    """
    match level():
        case "full":
            return _bwrap(argv, cwd, sandbox)
        case "netns":
            inner = [sys.executable, "-I", "-S", str(_FIRST), *_mounts(sandbox), "--", *argv]
            return [*_unshare(find_tool("unshare") or "unshare", network=sandbox.network), *inner]
        case _:
            return list(argv)


def _works(argv: list[str]) -> bool:
    try:
        done = subprocess.run(
            argv, capture_output=True, timeout=_PROBE_S, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _mounts(sandbox: Sandbox) -> list[str]:
    """The orders for the first process, in the order in which it carries them out."""
    orders = [f"lock={path}" for path in sandbox.locked if path.is_dir()]
    orders += [f"open={path}" for path in sandbox.writable]
    orders += [f"lock={path / '.git'}" for path in sandbox.writable if (path / ".git").exists()]
    return [*orders, *(f"hide={path}" for path in sandbox.hidden if path.exists())]


def _unshare(program: str, *, network: bool = False) -> list[str]:
    """A user, network, mount and process namespace; the kernel kills all inside when its first process dies."""
    parent = find_tool("setpriv")
    guard = [parent, "--pdeathsig", "KILL", "--"] if parent else []
    return [
        *guard,
        program,
        "--map-root-user",
        *(() if network else ("--net",)),
        "--pid",
        "--fork",
        "--mount-proc",
        "--kill-child",
        "--",
    ]


def _bwrap(argv: Sequence[str], cwd: Path, sandbox: Sandbox) -> list[str]:
    """The argument list of SAFETY section 1, order matters: later binds lie over earlier ones."""
    command = [
        find_tool("bwrap") or "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
    ]
    if sandbox.network:
        command.append("--share-net")
    for path in (*_SYSTEM, *(_NETWORK_FILES if sandbox.network else ())):
        command += ["--ro-bind-try", path, path]
    command += _links()
    command += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", _TMP, "--dir", f"{_TMP}/home"]
    command += ["--setenv", "HOME", f"{_TMP}/home", "--setenv", "TMPDIR", _TMP]
    for folder in _readable(argv[0], sandbox):
        command += ["--ro-bind-try", str(folder), str(folder)]
    for folder in sandbox.writable:
        command += ["--bind", str(folder), str(folder)]
        if (git := folder / ".git").exists():
            command += ["--ro-bind", str(git), str(git)]
    for path in filter(Path.exists, sandbox.hidden):
        command += ["--tmpfs", str(path)] if path.is_dir() else ["--ro-bind", "/dev/null", str(path)]
    return [*command, "--chdir", str(cwd), "--", *argv]


def _links() -> list[str]:
    """`/bin` and its kin as the machine has them: symlinks into /usr, or folders."""
    words: list[str] = []
    for link in map(Path, _LINKS):
        words += ["--symlink", str(link.readlink())] if link.is_symlink() else ["--ro-bind-try", str(link)]
        words.append(str(link))
    return words


def _readable(program: str, sandbox: Sandbox) -> list[Path]:
    """Add the program itself (a whole folder only when it is a `bin`) and our Python, for checks written in it."""
    own = [
        path.parent if path.parent.name == "bin" else path
        for path in (Path(program), Path(program).resolve())
    ]
    own += [Path(sys.prefix), Path(sys.base_prefix)]
    return [*sandbox.readable, *dict.fromkeys(path for path in own if not path.is_relative_to("/usr"))]
