"""Work in threads: all of it once, a few threads for a near server, many for one that is far away."""

from __future__ import annotations

import threading
import time

import pytest

from upgrader.outside.crowd import FEW, MANY, Far, in_crowd


@pytest.mark.parametrize(
    ("size", "far", "most"), [(0, False, 0), (3, True, 3), (200, False, FEW), (200, True, MANY)]
)
def test_all_is_done_once_by_no_more_threads_than_needed(size: int, far: bool, most: int) -> None:
    done: list[int] = []
    threads: set[str] = set()
    distance = Far()

    def work(number: int) -> None:
        if far:
            distance.set()
        threads.add(threading.current_thread().name)
        time.sleep(0.002)
        done.append(number)

    in_crowd(list(range(size)), work, distance, threading.Event())
    assert sorted(done) == list(range(size))
    assert len(threads) <= most
    assert not far or size < MANY or len(threads) > FEW


def test_a_bug_ends_the_rest_and_is_raised() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 5:
            raise KeyError("bug")
        time.sleep(0.001)
        done.append(number)

    with pytest.raises(KeyError, match="bug"):
        in_crowd(list(range(5000)), work, Far(), threading.Event())
    assert len(done) < 5000
