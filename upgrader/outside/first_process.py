"""Process 1 of a network namespace, run by path: loopback up, rights down, then the command; reaps its orphans."""

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


def loopback_up() -> None:
    """Switch `lo` on: a new network namespace has it off, and servers under test need it."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        answer = fcntl.ioctl(handle, _SIOCGIFFLAGS, struct.pack(_REQUEST, b"lo", 0))
        flags = struct.unpack(_REQUEST, answer)[1] | _IFF_UP
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack(_REQUEST, b"lo", flags))


def drop_capabilities() -> None:
    """Let nothing that is started from here be more than an ordinary user, although it is called root here."""
    prctl = ctypes.CDLL(None).prctl
    for capability in range(_CAPABILITIES):
        prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def main(argv: list[str]) -> int:
    """Run the command and return its exit code; the kernel kills the rest of the namespace when we return."""
    loopback_up()
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
