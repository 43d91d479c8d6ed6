"""Process 1 of a namespace, run by path: loopback up, mounts, rights down, then the command; reaps its orphans.

`first_process.py [lock=PATH | open=PATH | hide=PATH]... -- COMMAND...`
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_REQUEST = "16sH14x"
_PR_CAPBSET_DROP, _CAPABILITIES = 24, 64
_MS_BIND, _MS_REC = 0x1000, 0x4000
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _RDONLY = 442, -100, 0x8000, 1


def loopback_up() -> None:
    """Switch `lo` on: a new network namespace has it off, and servers under test need it."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        answer = fcntl.ioctl(handle, _SIOCGIFFLAGS, struct.pack(_REQUEST, b"lo", 0))
        flags = struct.unpack(_REQUEST, answer)[1] | _IFF_UP
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack(_REQUEST, b"lo", flags))


def change_mounts(orders: list[str]) -> None:
    """Make folders read-only (`lock`), writable again inside those (`open`), and files and folders empty (`hide`).

    mount(2), mount_setattr(2) since Linux 5.12; where the kernel refuses, the command runs without.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for order in orders:
        kind, _, path = order.partition("=")
        name = os.fsencode(path)
        if kind == "hide":
            if os.path.isdir(path):  # noqa: PTH112 - this file imports as little as it can
                libc.mount(b"none", name, b"tmpfs", 0, b"size=64k")
            else:
                libc.mount(b"/dev/null", name, None, _MS_BIND, None)
            continue
        if libc.mount(name, name, None, _MS_BIND | _MS_REC, None) == 0:
            change = (_RDONLY, 0) if kind == "lock" else (0, _RDONLY)
            attributes = struct.pack("=QQQQ", *change, 0, 0)
            libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, name, _AT_RECURSIVE, attributes, len(attributes))


def drop_capabilities() -> None:
    """Let nothing that is started from here be more than an ordinary user, although it is called root here."""
    prctl = ctypes.CDLL(None).prctl
    for capability in range(_CAPABILITIES):
        prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def main(argv: list[str]) -> int:
    """Run the command and return its exit code; the kernel kills the rest of the namespace when we return."""
    at = argv.index("--")
    orders, argv = argv[:at], argv[at + 1 :]
    loopback_up()
    change_mounts(orders)
    # The folder we stand in is still the one below the new mounts.
    os.chdir(os.getcwd())  # noqa: PTH109 - as above
    drop_capabilities()
    child = os.fork()
    if child == 0:
        try:
            os.execvp(argv[0], argv)  # noqa: S606 - an argument list, no shell
        except OSError as error:
            sys.stderr.write(f"{argv[0]}: {error.strerror}\n")
            os._exit(127)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # Process 1 ignores what it does not handle; -1 means everyone else in this namespace.
        signal.signal(number, lambda caught, _: os.kill(-1, caught))
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
