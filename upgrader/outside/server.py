"""How one server is treated: kept connections, retries with jitter, its Retry-After, and giving up when it is dead."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping

from upgrader.errors import RegistryError
from upgrader.outside.clock import Clock, Limits
from upgrader.outside.crowd import Far
from upgrader.outside.incoming import Answer
from upgrader.outside.origins import Address, proxy_for
from upgrader.outside.wire import Connection, Names, Unreachable

_RETRIED = frozenset((408, 425, 429, 500, 502, 503, 504))
_TOLD_TO_WAIT = frozenset((429, 503))
_PATIENCE_S = 60.0
"""The longest Retry-After that is waited for, per request in total."""
_BREAK_AFTER = 5
_BREAK_S = 30.0
_LONGEST_BACKOFF_S = 8.0
_random = secrets.SystemRandom()


class Server:
    """One origin, shared by all threads of a client."""

    def __init__(self, address: Address, limits: Limits, far: Far, *, public: bool) -> None:
        self.name = address.host_header
        self.proxy = proxy_for(address)
        self._names = Names()
        self._far = far
        self._limits = limits
        self._public = public
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._closed = False
        self._failures = 0
        self._dead_until = 0.0
        self._death = ""
        self._quiet_until = 0.0
        """time.time() before which the server wants no request."""

    def ask(
        self,
        method: str,
        address: Address,
        headers: Mapping[str, str],
        body: bytes,
        *,
        repeat: bool,
        cap: int,
        clock: Clock,
    ) -> Answer:
        """Send a request and return the answer, whatever its status; retried while that may help.

        `repeat`: the request may be sent again although it may have arrived. Raises RegistryError: no connection,
        no time left, rate limited for longer than one can wait, an answer larger than `cap`.
        """
        for attempt in range(1, self._limits.tries + 1):
            self._gate(clock)
            last = attempt == self._limits.tries
            try:
                answer = self._once(method, address, headers, body, cap, clock)
            except Unreachable as failure:
                self._count(failure)
                if last or clock.left() <= 0 or (failure.sent and not repeat):
                    raise self._gone(address, failure, clock) from failure
            else:
                if not self._again(answer, address, clock, repeat=repeat) or last:
                    return answer
            self._back_off(attempt, clock)
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Close the kept connections."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    # --- one attempt -------------------------------------------------------------------------------------

    def _once(
        self, method: str, address: Address, headers: Mapping[str, str], body: bytes, cap: int, clock: Clock
    ) -> Answer:
        """Use a kept connection, or a new one; a kept one that turns out to be closed costs no attempt."""
        while True:
            connection = self._take(address, clock)
            try:
                answer, keep = connection.exchange(
                    method, address, headers, body, deadline=clock.end, cap=cap
                )
            except Unreachable as failure:
                connection.close()
                if not failure.silent:
                    raise
            except BaseException:
                connection.close()
                raise
            else:
                self._give_back(connection, keep=keep)
                return answer

    def _take(self, address: Address, clock: Clock) -> Connection:
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                limits = self._limits
                return Connection.open(
                    address,
                    self.proxy,
                    self._names,
                    self._far,
                    connect_s=limits.connect_s,
                    deadline=clock.end,
                    public=self._public,
                )
            if connection.is_idle():
                return connection
            connection.close()

    def _give_back(self, connection: Connection, *, keep: bool) -> None:
        with self._lock:
            self._failures = 0
            self._dead_until = 0.0
            if keep and not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    # --- between attempts --------------------------------------------------------------------------------

    def _gate(self, clock: Clock) -> None:
        """Fail at once where the server is known to be dead; wait where it asked for it."""
        if time.monotonic() < self._dead_until:
            raise RegistryError(f"{self.name}: {self._death}; not asked again after {_BREAK_AFTER} failures.")
        wait = self._quiet_until - time.time()
        if wait > 0:
            if wait + clock.waited > _PATIENCE_S:
                raise self._limited()
            clock.sleep(wait + _random.uniform(0, 0.1), extra=True)

    def _again(self, answer: Answer, address: Address, clock: Clock, *, repeat: bool) -> bool:
        """Tell whether the answer is worth another try; notes for all threads when the server asks for quiet."""
        if (
            answer.status in _TOLD_TO_WAIT
            and (wait := _retry_after(answer.headers.get("retry-after", ""))) is not None
        ):
            self._quiet_until = max(self._quiet_until, time.time() + wait)
            if wait + clock.waited > _PATIENCE_S:
                raise self._limited()
            return True
        return answer.status == 429 or (answer.status in _RETRIED and repeat)

    def _limited(self) -> RegistryError:
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._quiet_until))
        return RegistryError(f"{self.name}: rate limited until {until}.", "Run again after that.")

    def _back_off(self, attempt: int, clock: Clock) -> None:
        """Full jitter: anything between nothing and a bound that doubles, within the time that is left."""
        if self._quiet_until > time.time():
            return
        bound = min(_LONGEST_BACKOFF_S, self._limits.backoff_s * 2**attempt, max(0.0, clock.left()))
        clock.sleep(_random.uniform(0, bound))

    def _count(self, failure: Unreachable) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= _BREAK_AFTER:
                self._dead_until = time.monotonic() + _BREAK_S
                self._death = failure.reason

    def _gone(self, address: Address, failure: Unreachable, clock: Clock) -> RegistryError:
        late = f" within {clock.seconds:g} s" if clock.left() <= 0 else ""
        through = f" (through the proxy {self.proxy.host_header})" if self.proxy else ""
        return RegistryError(
            f"{address.label}: {failure.reason}{late}{through}.",
            "Check the network and try again, or use --offline.",
        )


def _retry_after(value: str) -> float | None:
    """Return the seconds a Retry-After asks for (RFC 9110 10.2.3), None when it says nothing readable."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:12]), 10 * 366 * 86400))
    import email.utils  # lazy: it costs 5 ms, and few servers give a date

    try:
        then = email.utils.parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(0.0, then - time.time()), 10 * 366 * 86400.0)
